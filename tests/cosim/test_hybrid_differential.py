"""Network == chip golden model == RTL of the hybrid chip, on random direct-coded networks."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.engines import make_engine
from cosim.verify import verify
from flows.energy.measure import measure_hybrid
from flows.resolve import Samples
from mapper.hybrid.compiler import map_network
from mapper.hybrid.params import HybridCores
from mapper.packets import PACKET, Kind, Space, rectangle
from mapper.pim.layout import Region, region_address

from .hybrid_networks import CORES, MESH, direct_network, random_values
from .seeds import seeds, stalls_for
from .truth import assert_is_the_network


def run(engine: str, seed: int, cores: HybridCores = CORES):
    network = direct_network(seed)
    image = map_network(network, cores, MESH)
    values = random_values(network, 2, seed)
    found = verify(make_engine(engine, image.params), image, values, stalls_for(seed))
    return network, values, found


PADDED = 1
"""A first layer with words of padding alone."""
RARE = (19, 21, 22, 30, 33, 36, 56, 62, 87, 1618)
"""Decays and resets of a macro's neurons that the others lack; several positions and a stack. One
or two macros, as the others, for which the simulator is built.
"""


@pytest.mark.xdist_group("hybrid-build")
@pytest.mark.parametrize("seed", seeds([*range(12), *RARE]))
def test_verilog(seed):
    network, values, found = run("batch", seed)
    assert found.comparison.passed, found.comparison
    assert found.comparison.compared["counters"] > 0
    assert_is_the_network(found, network, values)


@pytest.mark.xdist_group("hybrid-build")
@pytest.mark.parametrize(("shift", "offset", "clips"), [(1, 1, False), (2, 0, False), (0, 7, True)])
@pytest.mark.parametrize("seed", seeds(range(3)))
def test_lossy_converters_in_verilog(seed, shift, offset, clips):
    """Rounding, and an offset with which all sums but 0 clip: another network, but one."""
    cores = replace(CORES, lossy=1, adc_shift=shift, adc_offset=offset)
    _, _, found = run("batch", seed, cores)
    assert found.comparison.passed, found.comparison
    assert found.comparison.compared["counters"] > 0
    assert (found.golden.counters["clipped"].sum() > 0) == clips
    np.testing.assert_array_equal(found.rtl.counters["clipped"], found.golden.counters["clipped"])


@pytest.mark.xdist_group("hybrid-build")
def test_values_of_another_networks_samples_do_not_matter(monkeypatch):
    """Padding reads as 0, whatever the activation memory held before."""
    network = direct_network(PADDED)
    image = map_network(network, CORES, MESH)
    engine, values = make_engine("batch", image.params), random_values(network, 2, PADDED)
    address = region_address(Region.ACTIVATION, 0) + np.arange(CORES.macro.activations // 4)
    facts = {"kind": Kind.WRITE, "space": Space.CONFIG, "address": address, "data": 0xFFFF_FFFF}
    old = np.concatenate([
        PACKET.pack(**facts, **rectangle(*image.params.position(i))) for i in image.macros
    ])  # fmt: skip
    exchange = engine.exchange
    monkeypatch.setattr(
        engine, "exchange",
        lambda packets, *args, **kw: exchange(np.concatenate([old, packets]), *args, **kw),
    )  # fmt: skip
    found = verify(engine, image, values)
    assert found.comparison.passed, found.comparison
    assert_is_the_network(found, network, values)


def test_amaranth():
    network, values, found = run("amaranth", 0)
    assert found.comparison.passed, found.comparison
    assert_is_the_network(found, network, values)


def test_macros_count_conversions():
    network, values, found = run("amaranth", 1)
    for name in ("conversions", "clipped"):
        np.testing.assert_array_equal(found.rtl.counters[name], found.golden.counters[name])
    assert found.rtl.counters["conversions"].sum() > 0
    assert_energy_counts(network, values, found.rtl)


def assert_energy_counts(network, values, rtl):
    """What energy is computed from is what the hardware counted."""
    image, n = map_network(network, CORES, MESH), len(values)
    images = values[:, 0].reshape(n, *network.input_shape)
    samples = Samples("none", "test", 0, images, np.zeros(n, np.int64), network.encoding,
                      network.ticks)  # fmt: skip
    counted = measure_hybrid(network, image, samples)
    places = [*image.macros]
    assert counted.converted.conversions == rtl.counters["conversions"].sum() / n > 0
    assert counted.converted.cells == rtl.counters["synaptic_ops"][:, places].sum() / n > 0
    for name, count in rtl.counters.items():
        assert counted.counters[name] == count.sum() / n, name
    fired = rtl.spikes["first"].sum() / n
    assert counted.layers[-1].accumulations == pytest.approx(fired * network["out"].n)
