"""From the differential equations of NIR's neurons to steps of one tick.

NIR: tau dv/dt = v_leak - v + R I (LIF, LI), dv/dt = R I (IF, I); a spike when v reaches v_threshold
sets v to v_reset. One Euler step of dt, with u = v - v_reset and a = dt / tau:

    u' = (1 - a) u + a (v_leak - v_reset) + a R I        (IF: u' = u + dt R I)

Divided by the gain g = a R (IF: dt R), which is positive, only a bias and the threshold remain:
w' = (1 - a) w + (v_leak - v_reset) / R + I fires when w >= (v_threshold - v_reset) / g, and a spike
sets w to 0. A readout has no v_reset: 0. NIR does not say where potentials begin; here w does at 0.
"""

from dataclasses import dataclass
from typing import Any

import nir
import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

__all__ = ["NEURONS", "FloatNeuron", "neuron_of"]

Array = npt.NDArray[np.float64]
_SAME = 1e-6  # relative; tools compute time constants in 32 bits


@dataclass(frozen=True, eq=False)
class FloatNeuron:
    """leak: factor of the potential per tick, 0..1. Each a scalar or in the population's shape:
    bias: added per tick; threshold: None for a neuron that never spikes
    """

    leak: float
    bias: Array
    threshold: Array | None


def _leaky(node: Any, dt: float) -> FloatNeuron:
    tau, r, rest = (_finite(node, name) for name in ("tau", "r", "v_leak"))
    if not (tau > 0).all():
        raise InputError(f"tau must be positive, not {tau.min():g}")
    if (dt > tau).any():
        raise InputError(f"a time step of {dt:g} is longer than tau = {tau.min():g}: give the "
                         "step that the network was trained with (--dt)")  # fmt: skip
    leaks = 1 - dt / tau
    if np.ptp(leaks) > _SAME:
        raise InputError(f"its neurons have different time constants, {tau.min():g} to "
                         f"{tau.max():g}; a population has one leak")  # fmt: skip
    return _neuron(node, float(leaks.flat[0]), r * (dt / tau), rest)


def _integrator(node: Any, dt: float) -> FloatNeuron:
    return _neuron(node, 1.0, _finite(node, "r") * dt, None)


def _neuron(node: Any, leak: float, gain: Array, rest: Array | None) -> FloatNeuron:
    """rest: v_leak, None without a leak."""
    if not (gain > 0).all():
        raise InputError(f"r must be positive, not {np.min(node.r):g}")
    if not hasattr(node, "v_threshold"):
        if np.ptp(gain) > _SAME * gain.max():
            raise InputError("a readout whose neurons have different r: their potentials could "
                             "not be compared")  # fmt: skip
        pull = np.zeros(()) if rest is None else (1 - leak) * rest
        return FloatNeuron(leak, pull / gain, None)
    reset, threshold = _finite(node, "v_reset"), _finite(node, "v_threshold")
    if not (threshold > reset).all():
        raise InputError("v_threshold must lie above v_reset")
    pull = np.zeros(()) if rest is None else (1 - leak) * (rest - reset)
    return FloatNeuron(leak, pull / gain, (threshold - reset) / gain)


def _finite(node: Any, name: str) -> Array:
    """A parameter; v_reset may be missing, and is 0 then."""
    value = getattr(node, name)
    found = np.asarray(0.0 if value is None else value, np.float64)
    if not np.isfinite(found).all():
        raise InputError(f"{name} has values that are not finite")
    return found


NEURONS = {nir.IF: _integrator, nir.I: _integrator, nir.LIF: _leaky, nir.LI: _leaky}
"""NIR node -> the function that makes its step, given the node and dt in its own unit of time."""


def neuron_of(node: Any, dt: float) -> FloatNeuron:
    """The step of a node's neurons. Raises InputError for values that no step can have."""
    return NEURONS[type(node)](node, dt)
