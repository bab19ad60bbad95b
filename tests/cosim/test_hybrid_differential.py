"""Network == chip golden model == RTL of the hybrid chip, on random direct-coded networks."""

import numpy as np
import pytest

from cosim.engines import make_engine
from cosim.verify import verify
from mapper.hybrid.compiler import map_network

from .hybrid_networks import CORES, MESH, direct_network, random_values
from .seeds import seeds, stalls_for
from .truth import assert_is_the_network


def run(engine: str, seed: int):
    network = direct_network(seed)
    image = map_network(network, CORES, MESH)
    values = random_values(network, 2, seed)
    found = verify(make_engine(engine, image.params), image, values, stalls_for(seed))
    return network, values, found


@pytest.mark.xdist_group("hybrid-build")
@pytest.mark.parametrize("seed", seeds(range(12)))
def test_verilog(seed):
    network, values, found = run("batch", seed)
    assert found.comparison.passed, found.comparison
    assert found.comparison.compared["counters"] > 0
    assert_is_the_network(found, network, values)


def test_amaranth():
    network, values, found = run("amaranth", 0)
    assert found.comparison.passed, found.comparison
    assert_is_the_network(found, network, values)


def test_macros_count_conversions():
    _, _, found = run("amaranth", 1)
    for name in ("conversions", "clipped"):
        np.testing.assert_array_equal(found.rtl.counters[name], found.golden.counters[name])
    assert found.rtl.counters["conversions"].sum() > 0
