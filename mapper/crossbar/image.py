"""ChipImage: all that RTL, golden model and FPGA host need to run a network on a crossbar chip.

Schema version 2; see `mapper.image`.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..image import Arrays, Image, Placement, arrays_under
from .core_image import CoreImage
from .params import ChipParams
from .validate import check_image

__all__ = ["ChipImage", "Feed", "LevelPlacement", "Pass", "density"]


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelPlacement(Placement):
    """level: network tick t of the population is chip tick t + level - base of its core's pass"""

    level: int

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"level": self.level}


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


@dataclass(frozen=True, eq=False, kw_only=True)
class ChipImage(Image[LevelPlacement]):
    """cores: params.cores of pass 0, row by row, then those of pass 1, ..."""

    params: ChipParams
    cores: tuple[CoreImage, ...]
    passes: tuple[Pass, ...]
    populations: tuple[LevelPlacement, ...]

    fabric: ClassVar = "crossbar"
    SCHEMA: ClassVar = 2

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

    def first_tick(self, population: LevelPlacement, index: int) -> int:
        """Chip tick of pass `index` that is network tick 0 of a population."""
        return population.level - self.passes[index].base

    def neurons_of(self, population: str, index: int) -> npt.NDArray[np.int64]:
        """The neurons of a population that are in a pass, in order."""
        return np.flatnonzero(self[population].core // self.params.cores == index)

    def _own_arrays(self) -> Arrays:
        found: Arrays = {}
        for i, run in enumerate(self.passes):
            for j, feed in enumerate(run.feeds):
                found[f"pass{i}/feed{j}/start"] = feed.start.astype("<i8")
                found[f"pass{i}/feed{j}/packet"] = feed.packet.astype("<u8")
        return found

    def _own_facts(self) -> dict[str, Any]:
        return {
            "params": self.params.to_json(),
            "passes": [
                {"ticks": p.ticks, "base": p.base, "lines": p.lines,
                 "feeds": [{"source": f.source, "level": f.level} for f in p.feeds]}
                for p in self.passes
            ],
        }  # fmt: skip

    @classmethod
    def _build(cls, facts: dict[str, Any], arrays: Arrays) -> "ChipImage":
        params = ChipParams.from_json(facts["params"])
        if not facts["passes"] or len(facts["cores"]) != params.cores * len(facts["passes"]):
            raise ValueError(f"{len(facts['cores'])} cores, expected {params.cores} in each of "
                             f"{len(facts['passes'])} passes")  # fmt: skip
        image = cls(
            params=params,
            cores=tuple(
                CoreImage.load(arrays_under(arrays, f"core{i}/"), registers, params.core)
                for i, registers in enumerate(facts["cores"])
            ),
            passes=tuple(_pass(p, i, arrays) for i, p in enumerate(facts["passes"])),
            populations=tuple(
                LevelPlacement.load(p, arrays_under(arrays, f"population/{p['name']}/"))
                for p in facts["populations"]
            ),
            **cls._common(facts),
        )
        check_image(image)
        return image

    def summary(self) -> dict[str, Any]:
        return {
            "fabric": self.fabric,
            "cores": sum(c.columns > 0 for c in self.cores),
            "mesh": [self.params.width, self.params.height],
            "passes": len(self.passes),
            "core": asdict(self.params.core),
            "ticks": self.ticks,
            "layers": self.layers,
            "image_sha256": self.sha256(),
            "network_sha256": self.network_sha256,
        }

    def occupancy(self) -> Arrays:
        return {
            "occupancy": np.stack([density(c.synapse) for c in self.cores]),
            "columns": np.array([c.columns << c.extension for c in self.cores]),
        }


def density(synapse: npt.NDArray[np.bool_], cells: int = 64) -> npt.NDArray[np.float64]:
    """Fraction of synapses that are on, in a grid of at most cells x cells tiles."""
    rows = np.array_split(synapse, min(cells, len(synapse)), axis=0)
    columns = min(cells, synapse.shape[1])
    return np.array([[t.mean() for t in np.array_split(r, columns, axis=1)] for r in rows])


def _pass(facts: dict[str, Any], index: int, arrays: Arrays) -> Pass:
    feeds = tuple(
        Feed(
            f["source"], f["level"],
            arrays[f"pass{index}/feed{j}/start"].astype(np.int64),
            arrays[f"pass{index}/feed{j}/packet"].astype(np.uint64),
        )
        for j, f in enumerate(facts["feeds"])
    )  # fmt: skip
    return Pass(facts["ticks"], facts["base"], feeds, dict(facts["lines"]))
