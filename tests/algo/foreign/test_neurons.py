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
    v, spikes = np.array(node.v_reset), []
    for current in currents:
        v = v + dt / node.tau * (node.v_leak - v + node.r * current)
        spikes.append(v >= node.v_threshold)
        v = np.where(spikes[-1], node.v_reset, v)
    return spikes


@given(st.floats(0.5, 20), st.floats(0.1, 3), VALUES, VALUES, st.floats(0.1, 4),
       st.lists(VALUES, min_size=1, max_size=20))  # fmt: skip
def test_a_step_is_that_of_the_equation(tau, r, rest, reset, height, currents):
    """Wherever the potentials at rest and after a spike are."""
    one = np.ones(1)
    node = nir.LIF(tau=tau * one, r=r * one, v_leak=rest * one, v_reset=reset * one,
                   v_threshold=(reset + height) * one)  # fmt: skip
    found, w, spikes = neuron_of(node, 0.5), 0.0, []
    near = False  # rounding decides
    for current in currents:
        w = found.leak * w + float(found.bias[0]) + current
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
    ({"v_threshold": np.array([0.0, 1.0])}, "v_threshold must lie above v_reset"),
    ({"v_reset": np.array([np.nan, 0.0])}, "v_reset has values that are not finite"),
])  # fmt: skip
def test_refused(changes, message):
    two = np.ones(2)
    parameters = {"tau": two * 1e-3, "r": two, "v_leak": 0 * two, "v_threshold": two} | changes
    with pytest.raises(InputError, match=message):
        neuron_of(nir.LIF(**parameters), DT)


def test_a_readout_is_drawn_to_its_own_rest():
    found = neuron_of(nir.LI(tau=np.ones(2), r=np.ones(2), v_leak=np.array([0.0, 4.0])), 0.5)
    w = np.zeros(2)
    for _ in range(60):
        w = found.leak * w + found.bias
    assert 0.5 * w == pytest.approx([0.0, 4.0])  # dt / tau * r


def test_potentials_of_a_readout_must_compare():
    with pytest.raises(InputError, match="a readout whose neurons have different r"):
        neuron_of(nir.LI(tau=np.ones(2), r=np.array([1.0, 2.0]), v_leak=np.zeros(2)), 0.5)
