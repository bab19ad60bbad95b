"""Spikes and conversions of a network, counted by the golden model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cosim.golden.hybrid import run_hybrid
from cosim.trace import decide
from mapper.hybrid.image import HybridImage
from mapper.network import INPUT, Network
from mapper.pim.noise import Noise

from ..activity import measured_activity
from ..output import step
from ..resolve import Samples
from .equations import Converted
from .layers import LayerWork, layer_work

__all__ = ["Measured", "measure", "measure_hybrid"]

_BATCH = 50


@dataclass(frozen=True)
class Measured:
    """Means over samples.

    layers:   from input to output
    converted: of the macros; None where the first layer takes spikes
    rows:     R of the macros
    counters: of the chip per sample, as the hardware has them; empty where no chip ran
    accuracy: fraction of the samples, None where no chip ran
    """

    layers: list[LayerWork]
    ticks: int
    samples: int
    converted: Converted | None = None
    rows: int | None = None
    counters: dict[str, float] | None = None
    accuracy: float | None = None


def measure(network: Network, samples: Samples) -> Measured:
    """A network whose input is spikes: the integer Network runs."""
    with step(f"counting spikes of {len(samples)} samples"):
        activity = measured_activity(network, samples.spikes)
    return Measured(layer_work(network, activity), network.ticks, len(samples))


def measure_hybrid(
    network: Network,
    image: HybridImage,
    samples: Samples,
    noise: Noise | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Measured:
    """A directly coded network on a hybrid chip: its golden model runs.

    noise: of analog macros; progress: called with the number of samples done since the last call
    """
    totals: dict[str, npt.NDArray[np.float64]] = {INPUT: np.zeros(network.n_inputs)}
    totals |= {p.name: np.zeros(p.n) for p in network.populations}
    counts: dict[str, npt.NDArray[np.int64]] = {}
    right, n = 0, len(samples)
    for first in range(0, n, _BATCH):
        chosen = slice(first, first + _BATCH)
        trace = run_hybrid(image, samples.part(chosen), noise=noise)
        right += int((decide(image, trace) == samples.labels[chosen]).sum())
        for name, fired in trace.spikes.items():
            totals[name] += fired.sum(axis=(0, 1))
        for name, counted in trace.counters.items():
            counts[name] = counts.get(name, 0) + counted.sum(axis=0)
        progress(trace.samples)
    return Measured(
        layers=layer_work(network, {name: total / n for name, total in totals.items()}),
        ticks=network.ticks, samples=n, converted=_converted(image, counts, n),
        rows=image.params.macro.rows_active,
        counters={name: float(c.sum() / n) for name, c in counts.items()},
        accuracy=right / n,
    )  # fmt: skip


def _converted(image: HybridImage, counts: dict[str, Any], samples: int) -> Converted:
    """What the macros did, per sample; the counters of crossbar cores are not theirs."""
    places, macro = [*image.macros], image.params.macro
    mine = {name: float(counts[name][places].sum() / samples) for name in counts}
    return Converted(
        cells=mine["synaptic_ops"], conversions=mine["conversions"],
        columns=macro.banks * macro.lanes * macro.weight_bits * len(places),
        adc_bits=macro.adc_bits, weight_bits=macro.weight_bits,
    )  # fmt: skip
