"""GridImage: all that RTL, golden model and host need to run a network on a grid of YOSO PEs.

Schema version 1; see `mapper.image`.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..image import Arrays, Image, Placement, arrays_under
from .params import GridParams
from .pe_image import PeImage
from .validate import check_image

__all__ = ["Feed", "GridImage"]


@dataclass(frozen=True, eq=False)
class Feed:
    """Spikes that the host sends: when input element i spikes, SPIKE packets
    packet[start[i] : start[i + 1]] with the tick in their TAG, which is 0 here.
    """

    start: npt.NDArray[np.int64]
    packet: npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False, kw_only=True)
class GridImage(Image[Placement]):
    """cores: the PEs of the mesh, row by row. A population's `column` is a PE's local neuron.

    feed:   the host's spikes; an input element may spike once per sample
    tokens: TICK packets, with TAG 0, that the host sends after the spikes of each tick
    lines:  populations whose spikes the host receives -> the OUTPUT line of their neuron 0; the
            others' follow
    """

    params: GridParams
    cores: tuple[PeImage, ...]
    feed: Feed
    tokens: npt.NDArray[np.uint64]
    lines: dict[str, int]

    fabric: ClassVar = "yoso"
    SCHEMA: ClassVar = 1

    @property
    def exit_core(self) -> int | None:
        """The PE that may stop a sample after its first spike, so that the class is known (early
        exit): the one that holds the whole output; None if no single one does, or if something
        else than the first spike decides.
        """
        cores = np.unique(self[self.output].core)
        return int(cores[0]) if len(cores) == 1 and self.decision == "first_spike" else None

    def position(self, core: int) -> tuple[int, int]:
        """(x, y) of a PE in the mesh."""
        return self.params.position(core)

    def _own_arrays(self) -> Arrays:
        return {
            "feed/start": self.feed.start.astype("<i8"),
            "feed/packet": self.feed.packet.astype("<u8"),
            "tokens": self.tokens.astype("<u8"),
        }

    def _own_facts(self) -> dict[str, Any]:
        return {"params": self.params.to_json(), "lines": self.lines}

    @classmethod
    def _build(cls, facts: dict[str, Any], arrays: Arrays) -> "GridImage":
        params = GridParams.from_json(facts["params"])
        if len(facts["cores"]) != params.cores:
            raise ValueError(f"{len(facts['cores'])} cores, expected {params.cores}")
        image = cls(
            params=params,
            cores=tuple(
                PeImage.load(arrays_under(arrays, f"core{i}/"), registers, params.pe)
                for i, registers in enumerate(facts["cores"])
            ),
            feed=Feed(
                arrays["feed/start"].astype(np.int64), arrays["feed/packet"].astype(np.uint64)
            ),
            tokens=arrays["tokens"].astype(np.uint64),
            populations=tuple(
                Placement.load(p, arrays_under(arrays, f"population/{p['name']}/"))
                for p in facts["populations"]
            ),
            lines=dict(facts["lines"]),
            **cls._common(facts),
        )
        check_image(image)
        return image

    def summary(self) -> dict[str, Any]:
        return {
            "fabric": self.fabric,
            "cores": sum(c.neurons > 0 for c in self.cores),
            "mesh": [self.params.width, self.params.height],
            "core": asdict(self.params.pe),
            "ticks": self.network_ticks,
            "layers": self.layers,
            "image_sha256": self.sha256(),
            "network_sha256": self.network_sha256,
        }

    def occupancy(self) -> Arrays:
        """Tiles of consecutive weights, in lines of 8: shares that are not 0. "population": of
        which (an index) a PE holds neurons, -1 where it holds none.
        """
        shares = [(c.weight.reshape(8, 8, -1) != 0).mean(axis=2) for c in self.cores]
        population = np.full(len(self.cores), -1)
        for i, placement in enumerate(self.populations):
            population[placement.core] = i
        return {
            "occupancy": np.stack(shares),
            "columns": np.array([c.neurons for c in self.cores]),
            "population": population,
        }
