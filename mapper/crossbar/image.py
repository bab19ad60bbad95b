"""ChipImage: all that RTL, golden model and FPGA host need to run a network on a crossbar chip.

Schema version 1. On disk: one folder with `chip.json` (facts) and `memories.npz` (arrays, no
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
from ..semantics import DecayKind
from .layout import CONTROL, DECAY_CODE
from .params import ChipParams, CoreParams
from .validate import check_image

__all__ = ["ChipImage", "CoreImage", "Placement"]

SCHEMA_VERSION = 1
_FACTS, _ARRAYS = "chip.json", "memories.npz"
_MAX_BYTES = 1 << 28  # 64 full cores with their routes and inputs take 20 MB


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
class CoreImage:
    """One core's memories, named as the RTL's.

    synapse:   bool (axons, neurons)
    control:   (neurons,) CONTROL words;  threshold, initial, bias: (neurons,) signed
    pointer:   (neurons,) POINTER words;  route: (routes,) ROUTE words
    columns, extension, first_tick, ticks: registers; extension is log2 of f
    """

    synapse: npt.NDArray[np.bool_]
    control: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.int64]
    initial: npt.NDArray[np.int64]
    bias: npt.NDArray[np.int64]
    pointer: npt.NDArray[np.int64]
    route: npt.NDArray[np.int64]
    columns: int
    extension: int
    first_tick: int
    ticks: int

    REGISTERS: ClassVar = ("columns", "extension", "first_tick", "ticks")
    VECTORS: ClassVar = ("control", "threshold", "initial", "bias", "pointer")

    @classmethod
    def empty(cls, core: CoreParams) -> dict[str, Any]:
        """Constructor arguments of a core that does nothing."""
        vectors = {name: np.zeros(core.neurons, np.int64) for name in cls.VECTORS}
        return vectors | {
            "synapse": np.zeros((core.axons, core.neurons), bool),
            "route": np.zeros(core.routes, np.int64),
            **dict.fromkeys(cls.REGISTERS, 0),
        }

    def active(self, tick: int) -> bool:
        """Whether the core's window is open at this chip tick of a sample."""
        return 0 <= tick - self.first_tick < self.ticks and self.columns > 0

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The memories as stored: small types, synapses packed 8 to a byte."""
        return {
            "synapse": np.packbits(self.synapse, axis=1, bitorder="little"),
            "control": self.control.astype("<u2"),
            **{n: getattr(self, n).astype("<i4") for n in ("threshold", "initial", "bias")},
            **{n: getattr(self, n).astype("<u4") for n in ("pointer", "route")},
        }

    @classmethod
    def load(
        cls, arrays: dict[str, npt.NDArray[Any]], registers: dict[str, int], core: CoreParams
    ) -> "CoreImage":
        """Inverse of `arrays`; KeyError, ValueError for what cannot be a core."""
        reference = cls(**cls.empty(core)).arrays()
        for name, expected in reference.items():
            found = arrays[name]
            if found.shape != expected.shape or found.dtype != expected.dtype:
                raise ValueError(
                    f"{name} has shape {found.shape} and type {found.dtype}, "
                    f"expected {expected.shape} and {expected.dtype}"
                )
        synapse = np.unpackbits(
            arrays["synapse"], axis=1, bitorder="little", count=core.neurons
        ).astype(bool)
        rest: dict[str, Any] = {n: arrays[n].astype(np.int64) for n in (*cls.VECTORS, "route")}
        rest |= {n: registers[n] for n in cls.REGISTERS}
        image = cls(synapse=synapse, **rest)
        image.check(core)
        return image

    def check(self, core: CoreParams) -> None:
        """Raise ValueError when the memories break the core's contract."""
        for name in self.REGISTERS:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 16:
                raise ValueError(f"register {name} is {value!r}, expected 0..65535")
        if 1 << self.extension > core.max_extension:
            raise ValueError(f"extension 2^{self.extension} exceeds {core.max_extension}")
        if self.columns > core.neurons >> self.extension:
            raise ValueError(f"{self.columns} columns exceed {core.neurons >> self.extension}")
        limit = 1 << (core.potential_bits - 1)
        for name in ("threshold", "initial", "bias"):
            value = getattr(self, name)
            if value.min(initial=0) < -limit or value.max(initial=0) >= limit:
                raise ValueError(f"{name} does not fit {core.potential_bits} bits")
        if (self.control >> CONTROL.width).any() or self.control[self.columns :].any():
            raise ValueError("control words have unknown bits or lie beyond the columns in use")
        lasts = np.flatnonzero(CONTROL.unpack(self.control[: self.columns])["last"])
        if np.diff(lasts, prepend=-1).max(initial=0) > 8 or self.columns != (
            lasts[-1] + 1 if len(lasts) else 0
        ):
            raise ValueError("a complete neuron spans more than 8 columns or does not end")
        control = CONTROL.unpack(self.control[: self.columns])
        if len(lasts) and np.add.reduceat(1 << control["shift"], [0, *lasts[:-1] + 1]).max() > 255:
            raise ValueError("the strengths of a complete neuron sum to more than 255")
        shifts = np.isin(
            control["decay"], (DECAY_CODE[DecayKind.SHIFT], DECAY_CODE[DecayKind.HALVE])
        )
        if ((control["amount"] > 0) != shifts)[lasts].any():
            raise ValueError("a decay has no amount, or an amount that it does not use")


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a population's neurons are: neuron i's state is in `column[i]` of core `core[i]`."""

    name: str
    shape: tuple[int, ...]
    spiking: bool
    first_tick: int
    core: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ChipImage:
    """See the module's text.

    ticks:         chip ticks per sample; network tick t of a population is chip tick
                   t + placement.first_tick
    network_ticks: T
    input_start, input_packet: input element i sends SPIKE packets
                   input_packet[input_start[i] : input_start[i + 1]]
    output, decision: see Network; line l of OUTPUT packets is neuron l of `output`
    layers:        the mapper's summary, one JSON object per population
    """

    params: ChipParams
    cores: tuple[CoreImage, ...]
    populations: tuple[Placement, ...]
    ticks: int
    network_ticks: int
    input_shape: tuple[int, ...]
    input_start: npt.NDArray[np.int64]
    input_packet: npt.NDArray[np.uint64]
    output: str
    decision: str
    network_sha256: str
    network_name: str
    layers: list[dict[str, Any]] = field(default_factory=list)
    encoding: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)

    fabric: ClassVar = "crossbar"
    SCALARS: ClassVar = ("ticks", "network_ticks", "output", "decision", "network_sha256",
                         "network_name", "layers", "encoding", "record")  # fmt: skip

    def __getitem__(self, name: str) -> Placement:
        for placement in self.populations:
            if placement.name == name:
                return placement
        raise InputError(f"there is no population {name!r} on this chip")

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Every array by its name in the file."""
        found: dict[str, npt.NDArray[Any]] = {
            "input/start": self.input_start.astype("<i8"),
            "input/packet": self.input_packet.astype("<u8"),
        }
        for i, core in enumerate(self.cores):
            found |= {f"core{i}/{name}": array for name, array in core.arrays().items()}
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
            "populations": [
                {"name": p.name, "shape": list(p.shape), "spiking": p.spiking,
                 "first_tick": p.first_tick} for p in self.populations
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
                f"expected a {cls.fabric} ChipImage of schema {SCHEMA_VERSION}"
            )
        try:
            image = cls._build(facts, _read_arrays(path / _ARRAYS))
        except Exception as error:  # zipfile, zlib and numpy raise whatever broken bytes lead to
            text = str(error) or type(error).__name__
            raise InputError(f"{path}: damaged ChipImage: {text}") from error
        if image.sha256() != facts.get("sha256"):
            raise InputError(f"{path}: the ChipImage was changed after it was written (hash)")
        return image

    @classmethod
    def _build(cls, facts: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> "ChipImage":
        params = ChipParams.from_json(facts["params"])
        if len(facts["cores"]) != params.cores:
            raise ValueError(f"{len(facts['cores'])} cores, expected {params.cores}")
        cores = tuple(
            CoreImage.load(
                {n.split("/", 1)[1]: a for n, a in arrays.items() if n.startswith(f"core{i}/")},
                registers,
                params.core,
            )
            for i, registers in enumerate(facts["cores"])
        )
        populations = tuple(
            Placement(
                shape=tuple(p["shape"]),
                core=arrays[f"population/{p['name']}/core"].astype(np.int64),
                column=arrays[f"population/{p['name']}/column"].astype(np.int64),
                **{n: p[n] for n in ("name", "spiking", "first_tick")},
            )
            for p in facts["populations"]
        )
        image = cls(
            params=params,
            cores=cores,
            populations=populations,
            input_shape=tuple(facts["input_shape"]),
            input_start=arrays["input/start"].astype(np.int64),
            input_packet=arrays["input/packet"].astype(np.uint64),
            **{name: facts[name] for name in cls.SCALARS},
        )
        check_image(image)
        return image

    def summary(self) -> dict[str, Any]:
        """What `spikeloom map --json` prints."""
        return {
            "cores": self.params.cores,
            "mesh": [self.params.width, self.params.height],
            "core": asdict(self.params.core),
            "ticks": self.ticks,
            "layers": self.layers,
            "image_sha256": self.sha256(),
            "network_sha256": self.network_sha256,
        }
