"""The speed and energy that Zou et al. (2021) print, Table 11, and their latency model."""

from collections.abc import Sequence
from dataclasses import dataclass

from .patches import PatchPlan
from .published import TICK_CYCLES
from .shape_cost import Assumptions

__all__ = [
    "PEAK_OPS_PER_CYCLE", "SPEED", "TICK_CYCLES", "PublishedSpeed", "assumptions", "paper_cycles"
]  # fmt: skip

PEAK_OPS_PER_CYCLE = 85
"""Synaptic operations per cycle and core: 21.5 G/s at 252 MHz (section 4.4)."""
_MESH = 64


@dataclass(frozen=True)
class PublishedSpeed:
    """A row of Table 11: frames per second, millijoules per frame; and the spikes per neuron,
    section 4.3 (between one and four spikes interpolated).
    """

    fps: float
    millijoules: float
    spike_rate: float


SPEED = {
    "lenet-1": PublishedSpeed(3642, 0.1897, 0.23),
    "lenet-2": PublishedSpeed(3036, 0.2293, 0.20),
    "lenet-4": PublishedSpeed(2602, 0.2751, 0.17),
    "vgg-1": PublishedSpeed(1138, 0.6148, 0.32),
    "vgg-2": PublishedSpeed(650, 1.0854, 0.265),
    "vgg-4": PublishedSpeed(308, 2.3013, 0.21),
}
"""By name in `published.NETWORKS`."""


def assumptions(network: str) -> Assumptions:
    """The paper's spike rate, and half of the weights at 0."""
    return Assumptions(spike_rate=SPEED[network].spike_rate)


def paper_cycles(plans: Sequence[PatchPlan]) -> int:
    """Cycles per frame by the paper's own model: a tick for every 64 cores of each layer."""
    return TICK_CYCLES * sum(-(-plan.cores // _MESH) for plan in plans)
