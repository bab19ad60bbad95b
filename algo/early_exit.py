"""How early a network that decides by its first output spike has decided, and on how much."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mapper.network import Network
from mapper.run import NetworkTrace, run_network

from .encoders import encode
from .evaluate import CHUNK

__all__ = ["EarlyExit", "early_exit"]


class EarlyExit(NamedTuple):
    """Per sample, (N,).

    tick:   of the first output spike; the last tick T - 1 where the output stays silent
    silent: whether it does
    fired:  share of all hidden neurons, 0..1, that have fired at that tick
    ever:   share that fire within the T ticks
    """

    tick: npt.NDArray[np.int64]
    silent: npt.NDArray[np.bool_]
    fired: npt.NDArray[np.float64]
    ever: npt.NDArray[np.float64]

    @classmethod
    def of(cls, network: Network, trace: NetworkTrace) -> "EarlyExit":
        """From the spikes of all populations."""
        first = {name: _first_ticks(spikes) for name, spikes in trace.spikes.items()}
        tick = first.pop(network.output).min(axis=1)
        silent, tick = tick == network.ticks, tick.clip(max=network.ticks - 1)
        hidden = np.concatenate([np.empty((len(tick), 0)), *first.values()], axis=1)
        count = max(1, hidden.shape[1])
        fired = (hidden <= tick[:, None]).sum(axis=1) / count
        return cls(tick, silent, fired, (hidden < network.ticks).sum(axis=1) / count)

    def summary(self, ticks: int) -> dict[str, float]:
        """Means over all samples of a network of `ticks` ticks: plain numbers for its record.

        decision_tick, decision_tick_std: of `tick`; the standard deviation says how it spreads
        decided_early:                    share of samples that are decided before the last tick
        silent:                           share of samples without an output spike
        hidden_fired, hidden_fired_ever:  of `fired` and `ever`
        """
        return {
            "decision_tick": float(self.tick.mean()),
            "decision_tick_std": float(self.tick.std()),
            "decided_early": float((self.tick < ticks - 1).mean()),
            "silent": float(self.silent.mean()),
            "hidden_fired": float(self.fired.mean()),
            "hidden_fired_ever": float(self.ever.mean()),
        }


def early_exit(network: Network, images: npt.NDArray[np.uint8]) -> dict[str, float]:
    """`EarlyExit.summary` of the integer network on images (N, *shape), N >= 1."""
    parts = []
    for start in range(0, len(images), CHUNK):
        spikes = encode(images[start : start + CHUNK], network.encoding, network.ticks)
        parts.append(EarlyExit.of(network, run_network(network, spikes)))
    return EarlyExit(*map(np.concatenate, zip(*parts, strict=True))).summary(network.ticks)


def _first_ticks(spikes: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Tick of the first spike (samples, n), of spikes (samples, ticks, n); `ticks` for none."""
    return np.where(spikes.any(axis=1), spikes.argmax(axis=1), spikes.shape[1])
