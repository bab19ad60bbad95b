"""Golden model of the hybrid chip: its macros, then the crossbar chip that they feed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.hybrid.image import HybridImage
from mapper.pim.noise import Noise

from ..inputs import input_values
from ..trace import ChipTrace
from .crossbar import run_chip
from .pim_model import MacroModel

__all__ = ["run_hybrid"]

_MACROS_SHARE = 0.5


@dataclass
class _FirstLayer:
    """What the macros do: spikes, potentials (samples, ticks, neurons); by place in the mesh,
    counters (samples,) and whether anything saturated.
    """

    spikes: npt.NDArray[np.bool_]
    potentials: npt.NDArray[np.int32]
    counters: dict[int, dict[str, npt.NDArray[np.int64]]]
    saturated: dict[int, bool]


def run_hybrid(
    image: HybridImage,
    values: npt.NDArray[np.generic],
    batch: int = 100,
    progress: Callable[[float], None] = lambda samples: None,
    noise: Noise | None = None,
) -> ChipTrace:
    """Run input `values` (samples, network ticks, inputs), the same at all ticks, on the chip.

    batch: samples held in memory at a time. progress: called with the number of samples done
    since the last call. noise: of analog macros; RTL has none.

    Raises InputError for values of another shape, range, or that change.
    """
    inputs = input_values(image, values)
    parts = []
    for begin in range(0, len(inputs), batch):
        parts.append(_run_macros(image, inputs[begin : begin + batch], noise))
        progress(len(parts[-1].spikes) * _MACROS_SHARE)
    spikes = np.concatenate([p.spikes for p in parts])
    trace = run_chip(
        image.crossbar, spikes, progress=lambda done: progress(done * (1 - _MACROS_SHARE))
    )
    name = image.first.name
    trace.spikes = {name: spikes} | trace.spikes
    trace.potentials = {name: np.concatenate([p.potentials for p in parts])} | trace.potentials
    for place in image.macros:
        for counter in parts[0].counters[place]:
            found = [p.counters[place][counter] for p in parts]
            cores = trace.counters.setdefault(counter, np.zeros_like(trace.counters["events"]))
            cores[:, place] = np.concatenate(found)
        trace.errors[place] |= int(any(p.saturated[place] for p in parts))
    return trace


def _run_macros(
    image: HybridImage, values: npt.NDArray[np.uint8], noise: Noise | None
) -> _FirstLayer:
    samples, ticks, n = len(values), image.network_ticks, len(image.first.core)
    buffer = np.zeros((samples, image.params.macro.activations), np.uint8)
    buffer[:, image.values] = values
    layer = _FirstLayer(
        np.zeros((samples, ticks, n), bool), np.zeros((samples, ticks, n), np.int32), {}, {}
    )
    for place, macro in image.macros.items():
        model = MacroModel(macro, image.params.macro, noise, place)
        mine = np.flatnonzero(image.first.core == place)
        column = image.first.column[mine]
        model.start(buffer)
        layer.saturated[place] = False
        for t in range(ticks):
            fired, saturated = model.step()
            layer.spikes[:, t, mine] = fired[:, column]
            layer.potentials[:, t, mine] = model.neurons.v[:, column]
            layer.saturated[place] |= saturated
        fires = layer.spikes[:, :, mine].sum(axis=(1, 2))
        # All of the array's counters: also those that no crossbar core has.
        counts = model.array.counters | {"spikes": fires, "stray": np.zeros(samples, np.int64)}
        layer.counters[place] = counts
    return layer
