"""From the differential equations of NIR's neurons to steps of one tick.

NIR: tau dv/dt = v_leak - v + R I (LIF, LI), dv/dt = R I (IF, I); a spike when v reaches v_threshold
sets v to v_reset. One Euler step of dt, with u = v - v_leak (IF: v - v_reset) and a = dt / tau:

    u' = (1 - a) u + a R I        (IF: u' = u + dt R I)

Divided by the gain g = a R (IF: dt R), which is positive, nothing is left of it but thresholds:
w' = (1 - a) w + I fires when w >= (v_threshold - v_leak) / g, and a spike sets w to 0.
"""

from dataclasses import dataclass
from typing import Any

import nir
import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

__all__ = ["NEURONS", "FloatNeuron", "neuron_of"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FloatNeuron:
    """leak: factor of the potential per tick, 0..1; threshold: scalar or the population's shape,
    None for a neuron that never spikes; gain: by which NIR's potentials are larger, likewise
    """

    leak: float
    threshold: Array | None
    gain: Array


def _leaky(node: Any, dt: float) -> FloatNeuron:
    tau, r, rest = (np.asarray(getattr(node, n), np.float64) for n in ("tau", "r", "v_leak"))
    if not (tau > 0).all():
        raise InputError(f"tau must be positive, not {tau.min():g}")
    if (dt > tau).any():
        raise InputError(f"a time step of {dt:g} is longer than tau = {tau.min():g}: give the "
                         "step that the network was trained with (--dt)")  # fmt: skip
    leaks = 1 - dt / tau
    if np.ptp(leaks) > 1e-6:
        raise InputError(f"its neurons have different time constants, {tau.min():g} to "
                         f"{tau.max():g}; a population has one leak")  # fmt: skip
    return _neuron(node, float(leaks.flat[0]), r * (dt / tau), rest)


def _integrator(node: Any, dt: float) -> FloatNeuron:
    rest = getattr(node, "v_reset", None)
    rest = np.zeros(()) if rest is None else np.asarray(rest, np.float64)
    return _neuron(node, 1.0, np.asarray(node.r, np.float64) * dt, rest)


def _neuron(node: Any, leak: float, gain: Array, rest: Array) -> FloatNeuron:
    if not (gain > 0).all() or not np.isfinite(gain).all():
        raise InputError("r must be positive and finite")
    threshold = getattr(node, "v_threshold", None)
    if threshold is None:
        return FloatNeuron(leak, None, gain)
    reset = getattr(node, "v_reset", None)
    if reset is not None and not np.allclose(reset, rest):
        raise InputError("v_reset differs from v_leak: a reset to another potential than that at "
                         "rest is not what the hardware does")  # fmt: skip
    distance = np.asarray(threshold, np.float64) - rest
    if not (distance > 0).all() or not np.isfinite(distance).all():
        raise InputError("v_threshold must lie above the potential at rest")
    return FloatNeuron(leak, distance / gain, gain)


NEURONS = {nir.IF: _integrator, nir.I: _integrator, nir.LIF: _leaky, nir.LI: _leaky}
"""NIR node -> the function that makes its step, given the node and dt in its own unit of time."""


def neuron_of(node: Any, dt: float) -> FloatNeuron:
    """The step of a node's neurons. Raises InputError for values that no step can have."""
    return NEURONS[type(node)](node, dt)
