"""What the divergence finder must know of a fabric. A new one is one module and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.crossbar import layout as crossbar
from mapper.crossbar.image import ChipImage
from mapper.hybrid.image import HybridImage
from mapper.image import Image
from mapper.pim import layout as pim
from mapper.yoso import layout as yoso
from mapper.yoso.image import GridImage

from ..blocks import Block
from ..crossbar.program import scanned_blocks
from ..yoso.program import pe_blocks
from .crossbar import crossbar_core, crossbar_counts
from .explanation import Core
from .hybrid import hybrid_blocks, hybrid_core, hybrid_counts
from .yoso import grid_core, grid_counts

__all__ = ["Inspector", "find_inspector"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Inspector:
    """core:   (image, golden trace, spikes, sample, core, chip tick) -> the core before that tick
    counts:    (image, spikes) -> what COUNTED grow by, (samples, chip ticks, cores of the mesh, 4)
    counters:  image -> (cores of the mesh,) config address of the first of the registers of
               COUNTED, which follow each other
    done:      data of TICK packets -> which of them the chip answers with DONE
    ticks:     image -> chip ticks of each pass
    lane:      (image, core, column) -> signal of the waveform that holds the potential, relative
               to the core
    blocks:    (image, core) -> what the host programs
    """

    core: Callable[..., Core]
    counts: Callable[..., Ints]
    counters: Callable[[Any], Ints]
    done: Callable[[Ints], npt.NDArray[np.bool_]]
    ticks: Callable[[Any], list[int]]
    lane: Callable[[Any, int, int], str]
    blocks: Callable[[Any, int], list[Block]]


def _crossbar_lane(image: ChipImage, core: int, column: int) -> str:
    index, lane = divmod(column, image.params.core.update_lanes)
    return f"update.lane_{lane}.shared.potential.[{index}]"


def _grid_lane(image: GridImage, core: int, column: int) -> str:
    return f"neurons.stored, where neurons.store_neuron is {column}"


_CROSSBAR_COUNTERS = crossbar.config_address(crossbar.Region.REGISTER, crossbar.Register.EVENTS)
_MACRO_COUNTERS = pim.region_address(pim.Region.REGISTER, pim.Register.EVENTS)
_GRID_COUNTERS = yoso.region_address(yoso.Region.REGISTER, yoso.Register.EVENTS)


def _hybrid_counters(image: HybridImage) -> Ints:
    kinds = [i in image.macros for i in range(image.params.cores)]
    return np.where(kinds, _MACRO_COUNTERS, _CROSSBAR_COUNTERS)


def _hybrid_lane(image: HybridImage, core: int, column: int) -> str:
    if core in image.macros:
        return f"periphery.v_next, where periphery.fired_neuron is {column}"
    return _crossbar_lane(image.crossbar, core, column)


INSPECTORS = {
    "crossbar": Inspector(
        crossbar_core, crossbar_counts,
        lambda image: np.full(image.params.cores, _CROSSBAR_COUNTERS),
        lambda data: np.ones(data.shape, bool),
        lambda image: [p.ticks for p in image.passes],
        _crossbar_lane,
        lambda image, core: scanned_blocks(image.cores[core], image.params.core),
    ),
    "hybrid": Inspector(
        hybrid_core, hybrid_counts, _hybrid_counters,
        lambda data: np.ones(data.shape, bool),
        lambda image: [image.ticks],
        _hybrid_lane, hybrid_blocks,
    ),
    "yoso": Inspector(
        grid_core, grid_counts,
        lambda image: np.full(image.params.cores, _GRID_COUNTERS),
        lambda data: (data & int(yoso.TOKEN.pack(wait=1, last=1))) != 0,
        lambda image: [image.network_ticks],
        _grid_lane,
        lambda image, core: pe_blocks(image.cores[core], image.params.pe),
    ),
}  # fmt: skip
"""By the name of the fabric, `Image.fabric`."""


def find_inspector(image: Image[Any]) -> Inspector:
    """That of the image's fabric."""
    return INSPECTORS[image.fabric]
