"""Images: all that RTL, golden model and host need to run a network on a chip of some fabric.

On disk: one folder with `chip.json` (facts) and `memories.npz` (arrays, no pickled objects). It
loads without the Network.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt

from .errors import InputError
from .files import atomic_directory, read_json
from .mesh import MeshParams
from .network import INPUT
from .npz import Arrays, read_arrays

__all__ = ["Arrays", "Image", "Placement", "arrays_under", "read_facts"]

_FACTS, _ARRAYS = "chip.json", "memories.npz"
_MAX_BYTES = 1 << 28  # 64 full cores with their routes and inputs take 20 MB a pass


def read_facts(path: str | Path) -> dict[str, Any]:
    """The chip.json of a saved image, unchecked; InputError when there is none."""
    return read_json(Path(path) / _FACTS, "a chip image's chip.json")


def arrays_under(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin with `prefix`, by the rest of their names."""
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


@dataclass(frozen=True, eq=False, kw_only=True)
class Placement:
    """Where a population's neurons are: neuron i's state is in `column[i]` of core `core[i]`."""

    name: str
    shape: tuple[int, ...]
    spiking: bool
    core: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]

    def facts(self) -> dict[str, Any]:
        """What chip.json says of it."""
        return {"name": self.name, "shape": list(self.shape), "spiking": self.spiking}

    def arrays(self) -> Arrays:
        """Its arrays as they are stored."""
        return {"core": self.core.astype("<i4"), "column": self.column.astype("<i4")}

    @classmethod
    def load(cls, facts: dict[str, Any], arrays: Arrays) -> Self:
        """Inverse of `facts` and `arrays`; KeyError, TypeError for anything else."""
        found = {name: arrays[name].astype(np.int64) for name in ("core", "column")}
        return cls(**facts | {"shape": tuple(facts["shape"])} | found)


P = TypeVar("P", bound=Placement)


@dataclass(frozen=True, eq=False, kw_only=True)
class Image(ABC, Generic[P]):
    """See the module's text. A fabric's image adds what its host must know.

    cores:         memories of the cores at the mesh's crossings, row by row
    network_ticks: T
    output, decision: see Network
    layers:        the mapper's summary, one JSON object per population
    mapping:       with which arguments it was made, so that it can be made again; {}: unknown
    """

    params: MeshParams
    cores: tuple[Any, ...]
    populations: tuple[P, ...]
    network_ticks: int
    input_shape: tuple[int, ...]
    output: str
    decision: str
    network_sha256: str
    network_name: str
    layers: list[dict[str, Any]] = field(default_factory=list)
    encoding: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, Any] = field(default_factory=dict)

    fabric: ClassVar[str]
    SCHEMA: ClassVar[int]
    SCALARS: ClassVar = ("network_ticks", "output", "decision", "network_sha256", "network_name",
                         "layers", "encoding", "record", "mapping")  # fmt: skip
    UNHASHED: ClassVar = ("layers", "record", "mapping")
    """Facts that neither hardware nor host act on."""

    def __getitem__(self, name: str) -> P:
        for placement in self.populations:
            if placement.name == name:
                return placement
        raise InputError(f"there is no population {name!r} on this chip")

    def size(self, source: str) -> int:
        """Elements of the input or of a population."""
        return int(np.prod(self.input_shape if source == INPUT else self[source].shape))

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """What `spikeloom map --json` prints."""

    @abstractmethod
    def occupancy(self) -> Arrays:
        """For reports: "occupancy" (cores, rows, columns), shares of a core's memory in use,
        tile by tile; "columns" (cores,), neurons in use; and what the fabric adds.
        """

    @abstractmethod
    def _own_arrays(self) -> Arrays:
        """Arrays of the fabric, beside those of cores and populations."""

    @abstractmethod
    def _own_facts(self) -> dict[str, Any]:
        """Facts of the fabric, as JSON values."""

    @classmethod
    @abstractmethod
    def _build(cls, facts: dict[str, Any], arrays: Arrays) -> Self:
        """Inverse of `facts` and `arrays`, checking everything; any exception."""

    @classmethod
    def _common(cls, facts: dict[str, Any]) -> dict[str, Any]:
        """Constructor arguments that no array belongs to."""
        scalars = {name: facts[name] for name in cls.SCALARS}
        return scalars | {"input_shape": tuple(facts["input_shape"])}

    def arrays(self) -> Arrays:
        """Every array by its name in the file."""
        found: Arrays = {}
        for i, core in enumerate(self.cores):
            found |= {f"core{i}/{name}": array for name, array in core.arrays().items()}
        found |= self._own_arrays()
        for p in self.populations:
            found |= {f"population/{p.name}/{name}": a for name, a in p.arrays().items()}
        return found

    def facts(self) -> dict[str, Any]:
        """Everything that is not an array, as JSON values."""
        return {
            "schema": self.SCHEMA,
            "fabric": self.fabric,
            "input_shape": list(self.input_shape),
            "cores": [core.registers() for core in self.cores],
            "populations": [p.facts() for p in self.populations],
            **self._own_facts(),
            **{name: getattr(self, name) for name in self.SCALARS},
        }

    def sha256(self) -> str:
        """Hash of all that the hardware and the host act on: not of UNHASHED."""
        facts = {k: v for k, v in self.facts().items() if k not in self.UNHASHED}
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        for name, array in sorted(self.arrays().items()):
            digest.update(f"{name}{array.shape}{array.dtype.str}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write the folder `path`, atomically. Same image, same bytes."""
        with atomic_directory(path) as folder:
            np.savez_compressed(folder / _ARRAYS, allow_pickle=False, **self.arrays())
            facts = self.facts() | {"sha256": self.sha256()}
            (folder / _FACTS).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a folder written by `save`, checking everything.

        Raises InputError for missing, truncated, foreign or inconsistent files, and when the
        content does not have the hash that it had when it was saved.
        """
        path, what = Path(path), cls.__name__
        facts = read_facts(path)
        if facts.get("schema") != cls.SCHEMA or facts.get("fabric") != cls.fabric:
            raise InputError(
                f"{path}: schema {facts.get('schema')!r}, fabric {facts.get('fabric')!r}; "
                f"expected a {cls.fabric} {what} of schema {cls.SCHEMA}: map the network again"
            )
        try:
            arrays = read_arrays(path / _ARRAYS, _MAX_BYTES)
            image = cls._build(facts, arrays)
            foreign = sorted(arrays.keys() - image.arrays().keys())
            if foreign:
                raise ValueError(f"{_ARRAYS} holds {foreign[0]!r}, which no part of it has")
        except Exception as error:  # zipfile, zlib and numpy raise whatever broken bytes lead to
            text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            text = text or type(error).__name__
            raise InputError(f"{path}: damaged {what}: {text}") from error
        if image.sha256() != facts.get("sha256"):
            raise InputError(f"{path}: the {what} was changed after it was written (hash)")
        return image
