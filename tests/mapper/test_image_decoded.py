"""Every synapse of the Network is in the image exactly once, and nothing else is: the audit, which
shares no code with the mapper, of random networks on random meshes.
"""

from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mapper.audit import audit
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import CoreParams
from mapper.crossbar.strategies import STRATEGIES
from mapper.errors import InputError

CORE = CoreParams(axons=24, neurons=128, lanes=8, update_lanes=4, max_extension=16, routes=1024)


def check(network, image):
    found = audit(network, image.facts(), image.arrays())
    assert not found, found.told


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_random_networks(seed, make_network):
    network = make_network(seed)
    check(network, map_network(network, CORE))


@given(seed=st.integers(0, 2**32), strategy=st.sampled_from([*STRATEGIES]))
@example(seed=35, strategy="paper")  # two populations of a core, each with axons for one source
@example(seed=2936, strategy="cores")  # a core of several levels
@settings(max_examples=40)
def test_convolutions(seed, strategy, make_conv_network):
    """Of 1 to 3 dimensions, with loops, delays and every weight format, however they are cut."""
    network = make_conv_network(seed)
    try:
        image = map_network(network, CoreParams(potential_bits=32), strategy=strategy)
    except InputError:  # of a delay, a padding or a layer that the chip cannot have
        assume(False)
    check(network, image)


@pytest.mark.parametrize("mesh", [None, (8, 8), (2, 7)])
def test_large_layers(mesh, make_network):
    network = make_network(1, levels=[[70, 30], [60], [5]], inputs=30, formats=["int3", "ternary"],
                           recurrent=0.2, ticks=2)  # fmt: skip
    image = map_network(network, replace(CORE, neurons=512, axons=32, routes=8192), mesh)
    assert max(c.extension for c in image.cores) > 0 and image.params.cores > 3
    check(network, image)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_several_passes(seed, make_network):
    network = make_network(seed, recurrent=0, levels=[[9, 40], [30], [12]], inputs=15)
    image = map_network(network, CORE, mesh=(2, 1))
    assert len(image.passes) > 1
    check(network, image)


def test_idle_cores_are_empty(make_network):
    image = map_network(make_network(1, levels=[[2]], inputs=3), CORE, mesh=(3, 2))
    for core in image.cores[1:]:
        assert not any(array.any() for array in core.arrays().values())
        assert (core.columns, core.extension, core.first_tick, core.ticks) == (0, 0, 0, 0)
