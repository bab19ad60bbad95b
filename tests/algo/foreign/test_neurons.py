"""Steps of NIR's neurons."""

import nir
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algo.foreign.neurons import neuron_of
from mapper.errors import InputError

from .graphs import DT, integrating, leaky

VALUES = st.floats(-4, 4)


def spikes_of_nir(node, currents, dt):
    """NIR's own equation, one Euler step after the other."""
    v, spikes = np.array(node.v_leak), []
    for current in currents:
        v = v + dt / node.tau * (node.v_leak - v + node.r * current)
        spikes.append(v >= node.v_threshold)
        v = np.where(spikes[-1], node.v_reset, v)
    return spikes


@given(st.floats(0.5, 20), st.floats(0.1, 3), VALUES, st.floats(0.1, 4),
       st.lists(VALUES, min_size=1, max_size=20))  # fmt: skip
def test_a_step_is_that_of_the_equation(tau, r, rest, height, currents):
    """Also with a potential at rest, to which a spike resets."""
    one = np.ones(1)
    node = nir.LIF(tau=tau * one, r=r * one, v_leak=rest * one, v_reset=rest * one,
                   v_threshold=(rest + height) * one)  # fmt: skip
    found, w, spikes = neuron_of(node, 0.5), 0.0, []
    near = False
    for current in currents:
        w = found.leak * w + current
        near |= abs(w - found.threshold[0]) < 1e-9
        spikes.append(w >= found.threshold[0])
        w = 0.0 if spikes[-1] else w
    assert near or spikes == spikes_of_nir(node, currents, 0.5)


def test_what_snntorch_and_spikingjelly_write():
    """beta = 0.9; thresholds of 1 in units of the weights."""
    found = neuron_of(leaky(3, 0.9), DT)
    assert found.leak == pytest.approx(0.9) and found.threshold == pytest.approx(np.ones(3))
    found = neuron_of(integrating(3, 0.5), DT)
    assert found.leak == 1.0 and found.threshold == pytest.approx(np.full(3, 0.5))


@pytest.mark.parametrize(("changes", "message"), [
    ({"tau": np.array([1e-5, 1e-3])}, "a time step of 0.0001 is longer than tau = 1e-05"),
    ({"tau": np.array([-1.0, 1e-3])}, "tau must be positive"),
    ({"tau": np.array([2e-3, 1e-3])}, "different time constants, 0.001 to 0.002"),
    ({"r": np.array([0.0, 1.0])}, "r must be positive"),
    ({"v_threshold": np.array([0.0, 1.0])}, "v_threshold must lie above"),
    ({"v_reset": np.array([-1.0, 0.0])}, "v_reset differs from v_leak"),
])  # fmt: skip
def test_refused(changes, message):
    two = np.ones(2)
    parameters = {"tau": two * 1e-3, "r": two, "v_leak": 0 * two, "v_threshold": two} | changes
    with pytest.raises(InputError, match=message):
        neuron_of(nir.LIF(**parameters), DT)
