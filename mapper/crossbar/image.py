"""ChipImage: all that RTL, golden model and FPGA host need to run a network on a crossbar chip.

Schema version 2. On disk: one folder with `chip.json` (facts) and `memories.npz` (arrays, no
pickled objects). It loads without the Network.
"""

import hashlib
import json
import warnings
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..files import atomic_directory, read_json
from ..network import INPUT
from .core_image import CoreImage
from .params import ChipParams
from .validate import check_image

__all__ = ["ChipImage", "Feed", "Pass", "Placement"]

SCHEMA_VERSION = 2
_FACTS, _ARRAYS = "chip.json", "memories.npz"
_MAX_BYTES = 1 << 28  # 64 full cores with their routes and inputs take 20 MB a pass


def _read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an npz file; any exception for anything else. Unpacks a bounded size."""
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        if size > _MAX_BYTES:
            raise ValueError(f"{path.name} unpacks to {size} bytes, at most {_MAX_BYTES}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy warns of headers that it did not write
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a population's neurons are: neuron i's state is in `column[i]` of core `core[i]`.

    level: network tick t of the population is chip tick t + level - base of its core's pass
    """

    name: str
    shape: tuple[int, ...]
    spiking: bool
    level: int
    core: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Feed:
    """Spikes that the host sends: the network's input, or what an earlier pass put out.

    source: "input" or a population; when element i of it fired at network tick t, the host sends
            SPIKE packets packet[start[i] : start[i + 1]] before chip tick t + level of the pass
    """

    source: str
    level: int
    start: npt.NDArray[np.int64]
    packet: npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Pass:
    """One load of the mesh. A network larger than the mesh takes several, one after the other.

    ticks: chip ticks per sample
    base:  level of the populations whose network tick 0 is chip tick 0
    lines: populations whose spikes the host receives -> the OUTPUT line of the first of their
           neurons in this pass; those of the others follow (`ChipImage.neurons_of`)
    """

    ticks: int
    base: int
    feeds: tuple[Feed, ...]
    lines: dict[str, int]


@dataclass(frozen=True, eq=False)
class ChipImage:
    """See the module's text.

    cores:         params.cores of pass 0, row by row, then those of pass 1, ...
    network_ticks: T
    output, decision: see Network
    layers:        the mapper's summary, one JSON object per population
    """

    params: ChipParams
    cores: tuple[CoreImage, ...]
    passes: tuple[Pass, ...]
    populations: tuple[Placement, ...]
    network_ticks: int
    input_shape: tuple[int, ...]
    output: str
    decision: str
    network_sha256: str
    network_name: str
    layers: list[dict[str, Any]] = field(default_factory=list)
    encoding: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)

    fabric: ClassVar = "crossbar"
    SCALARS: ClassVar = ("network_ticks", "output", "decision", "network_sha256", "network_name",
                         "layers", "encoding", "record")  # fmt: skip

    def __getitem__(self, name: str) -> Placement:
        for placement in self.populations:
            if placement.name == name:
                return placement
        raise InputError(f"there is no population {name!r} on this chip")

    @property
    def ticks(self) -> int:
        """Chip ticks per sample, all passes together."""
        return sum(p.ticks for p in self.passes)

    def cores_of(self, index: int) -> range:
        """Indices of the cores of a pass."""
        return range(index * self.params.cores, (index + 1) * self.params.cores)

    def pass_of(self, core: int) -> int:
        """The pass in which a core is loaded."""
        return core // self.params.cores

    def position(self, core: int) -> tuple[int, int]:
        """(x, y) of a core in the mesh."""
        return self.params.position(core % self.params.cores)

    def first_tick(self, population: Placement, index: int) -> int:
        """Chip tick of pass `index` that is network tick 0 of a population."""
        return population.level - self.passes[index].base

    def neurons_of(self, population: str, index: int) -> npt.NDArray[np.int64]:
        """The neurons of a population that are in a pass, in order."""
        return np.flatnonzero(self[population].core // self.params.cores == index)

    def size(self, source: str) -> int:
        """Elements of the input or of a population."""
        return int(np.prod(self.input_shape if source == INPUT else self[source].shape))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Every array by its name in the file."""
        found: dict[str, npt.NDArray[Any]] = {}
        for i, core in enumerate(self.cores):
            found |= {f"core{i}/{name}": array for name, array in core.arrays().items()}
        for i, run in enumerate(self.passes):
            for j, feed in enumerate(run.feeds):
                found[f"pass{i}/feed{j}/start"] = feed.start.astype("<i8")
                found[f"pass{i}/feed{j}/packet"] = feed.packet.astype("<u8")
        for p in self.populations:
            found[f"population/{p.name}/core"] = p.core.astype("<i4")
            found[f"population/{p.name}/column"] = p.column.astype("<i4")
        return found

    def facts(self) -> dict[str, Any]:
        """Everything that is not an array, as JSON values."""
        return {
            "schema": SCHEMA_VERSION,
            "fabric": self.fabric,
            "params": self.params.to_json(),
            "input_shape": list(self.input_shape),
            "cores": [{n: getattr(c, n) for n in c.REGISTERS} for c in self.cores],
            "passes": [
                {"ticks": p.ticks, "base": p.base, "lines": p.lines,
                 "feeds": [{"source": f.source, "level": f.level} for f in p.feeds]}
                for p in self.passes
            ],
            "populations": [
                {"name": p.name, "shape": list(p.shape), "spiking": p.spiking, "level": p.level}
                for p in self.populations
            ],
            **{name: getattr(self, name) for name in self.SCALARS},
        }  # fmt: skip

    def sha256(self) -> str:
        """Hash of all that the hardware and the host act on (not of `layers` and `record`)."""
        facts = {k: v for k, v in self.facts().items() if k not in ("layers", "record")}
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
    def load(cls, path: str | Path) -> "ChipImage":
        """Read a folder written by `save`, checking everything.

        Raises InputError for missing, truncated, foreign or inconsistent files, and when the
        content does not have the hash that it had when it was saved.
        """
        path = Path(path)
        facts = read_json(path / _FACTS, "a ChipImage's chip.json")
        if facts.get("schema") != SCHEMA_VERSION or facts.get("fabric") != cls.fabric:
            raise InputError(
                f"{path}: schema {facts.get('schema')!r}, fabric {facts.get('fabric')!r}; "
                f"expected a {cls.fabric} ChipImage of schema {SCHEMA_VERSION}: map the network "
                "again"
            )
        try:
            image = cls._build(facts, _read_arrays(path / _ARRAYS))
        except Exception as error:  # zipfile, zlib and numpy raise whatever broken bytes lead to
            text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            text = text or type(error).__name__
            raise InputError(f"{path}: damaged ChipImage: {text}") from error
        if image.sha256() != facts.get("sha256"):
            raise InputError(f"{path}: the ChipImage was changed after it was written (hash)")
        return image

    @classmethod
    def _build(cls, facts: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> "ChipImage":
        params = ChipParams.from_json(facts["params"])
        if not facts["passes"] or len(facts["cores"]) != params.cores * len(facts["passes"]):
            raise ValueError(f"{len(facts['cores'])} cores, expected {params.cores} in each of "
                             f"{len(facts['passes'])} passes")  # fmt: skip
        image = cls(
            params=params,
            cores=tuple(
                CoreImage.load(_under(arrays, f"core{i}/"), registers, params.core)
                for i, registers in enumerate(facts["cores"])
            ),
            passes=tuple(_pass(p, i, arrays) for i, p in enumerate(facts["passes"])),
            populations=tuple(
                Placement(
                    shape=tuple(p["shape"]),
                    core=arrays[f"population/{p['name']}/core"].astype(np.int64),
                    column=arrays[f"population/{p['name']}/column"].astype(np.int64),
                    **{n: p[n] for n in ("name", "spiking", "level")},
                )
                for p in facts["populations"]
            ),
            input_shape=tuple(facts["input_shape"]),
            **{name: facts[name] for name in cls.SCALARS},
        )
        check_image(image)
        return image

    def summary(self) -> dict[str, Any]:
        """What `spikeloom map --json` prints."""
        return {
            "cores": sum(c.columns > 0 for c in self.cores),
            "mesh": [self.params.width, self.params.height],
            "passes": len(self.passes),
            "core": asdict(self.params.core),
            "ticks": self.ticks,
            "layers": self.layers,
            "image_sha256": self.sha256(),
            "network_sha256": self.network_sha256,
        }


def _under(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


def _pass(facts: dict[str, Any], index: int, arrays: dict[str, npt.NDArray[Any]]) -> Pass:
    feeds = tuple(
        Feed(
            f["source"], f["level"],
            arrays[f"pass{index}/feed{j}/start"].astype(np.int64),
            arrays[f"pass{index}/feed{j}/packet"].astype(np.uint64),
        )
        for j, f in enumerate(facts["feeds"])
    )  # fmt: skip
    return Pass(facts["ticks"], facts["base"], feeds, dict(facts["lines"]))
