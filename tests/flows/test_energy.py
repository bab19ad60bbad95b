"""Energy and delay: the equations by hand, how they move, what they are fed with."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.energy.compare import COUNTED, DIGITAL, FULL, LOW, PASSES, PIM, compare
from flows.energy.constants import Constants, read_constants
from flows.energy.equations import (
    Converted,
    Cost,
    Shape,
    ac_energy,
    ann_cost,
    counted_cost,
    mac_energy,
    pim_cost,
    snn_cost,
)
from flows.energy.layers import fan_out, layer_work
from flows.energy.measure import Measured
from flows.energy.paper import published_layers
from mapper.connections import Conv, Dense
from mapper.network import INPUT

SHIPPED = read_constants()
SHAPE = Shape(weights=600, positions=10)
DONE = Converted(cells=1200.0, conversions=320.0, columns=40, adc_bits=6, weight_bits=6)


def changed(**values: float) -> Constants:
    return Constants(
        SHIPPED.facts | {n: replace(SHIPPED.facts[n], value=v) for n, v in values.items()}
    )


def close(cost: Cost, energy: float, delay: float) -> None:
    assert (cost.energy, cost.delay) == pytest.approx((energy, delay))


def test_equations_22_and_23_by_hand():
    # 600 weights of 5.2 pJ, 6,000 products of 3.1 pJ; 2 of 32 bits a bank and access, 4 banks,
    # 4 ns; 175 multipliers, 4 ns at 6 bits, log2(32) / log2(6) times that at 32.
    slower = np.log2(32) / np.log2(6)
    close(ann_cost(SHIPPED, SHAPE, 32, 32), 3120 + 18600, 600 / 8 * 4 + 6000 / 175 * 4 * slower)
    low = 3.1 * (6 / 32) ** 1.25
    close(ann_cost(SHIPPED, SHAPE, 6, 6), 3120 + 6000 * low, 600 * 6 / 256 * 4 + 6000 / 175 * 4)


def test_equations_24_and_25_by_hand():
    close(snn_cost(SHIPPED, SHAPE, 6, 1000), 3120 + 1000 * 0.1 * 6 / 32,
          600 * 6 / 256 * 4 + 6000 / 175 * 0.4)  # fmt: skip
    five = snn_cost(SHIPPED, SHAPE, 6, 1000, passes=5)
    close(five, 3120 + 18.75, 56.25 + 5 * 6000 / 175 * 0.4)


def test_equations_26_and_27_by_hand():
    # 256 / 6 weights a row of each of 4 banks
    close(pim_cost(SHIPPED, SHAPE, 6, 16), 6000 * (0.08 + 0.268 / 16),
          6000 / (256 / 6 * 4) * (4 + 6 / 16))  # fmt: skip


def test_counted_macro_by_hand():
    close(counted_cost(SHIPPED, DONE), 1200 * 0.08 / 6 + 320 * 0.268, 320 / 40 * (4 + 6))
    finer = counted_cost(SHIPPED, replace(DONE, adc_bits=8))
    close(finer, 1200 * 0.08 / 6 + 320 * 0.268 * 2**0.5, 80)


def test_leakage_is_power_times_delay():
    for cost in (lambda c: ann_cost(c, SHAPE, 8, 6), lambda c: snn_cost(c, SHAPE, 6, 9),
                 lambda c: pim_cost(c, SHAPE, 6, 8), lambda c: counted_cost(c, DONE)):  # fmt: skip
        without, leaking = cost(SHIPPED), cost(changed(P_leak=2.5))
        assert leaking.delay == without.delay
        assert leaking.energy - without.energy == pytest.approx(2.5 * without.delay)


sizes = st.integers(1, 10**6)
bits = st.integers(2, 32)


@given(sizes, sizes, st.integers(1, 1000), bits, st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_work_never_costs_less(weights, more, positions, b, few, many):
    small, large = Shape(weights, positions), Shape(weights + more, positions)
    for cost in (lambda s: ann_cost(SHIPPED, s, b, b), lambda s: pim_cost(SHIPPED, s, b, 4),
                 lambda s: snn_cost(SHIPPED, s, b, few)):  # fmt: skip
        assert cost(small).energy < cost(large).energy and cost(small).delay < cost(large).delay
    few, many = sorted((few, many))
    assert snn_cost(SHIPPED, small, b, few).energy <= snn_cost(SHIPPED, small, b, many).energy
    assert snn_cost(SHIPPED, small, b, few).delay == snn_cost(SHIPPED, small, b, many).delay
    assert pim_cost(SHIPPED, small, b, 8).energy < pim_cost(SHIPPED, small, b, 4).energy


@given(bits, bits)
def test_precision_costs(a, b):
    low, high = sorted((a, b))
    assert mac_energy(SHIPPED, low, low) <= mac_energy(SHIPPED, high, high)
    assert ac_energy(SHIPPED, low) <= ac_energy(SHIPPED, high)
    assert ac_energy(SHIPPED, high) < mac_energy(SHIPPED, high, high)
    assert mac_energy(SHIPPED, a, b) == pytest.approx(mac_energy(SHIPPED, b, a))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_fan_out_is_that_of_the_matrix(rank, seed):
    rng = np.random.default_rng([rank, seed])
    kernel = tuple(int(k) for k in rng.integers(1, 4, rank))
    shape = (2, *(int(n) for n in rng.integers(3, 7, rank)))
    conv = Conv(INPUT, "x", np.ones((3, 2, *kernel), np.int64), "int4", input_shape=shape,
                stride=tuple(int(s) for s in rng.integers(1, 3, rank)),
                padding=tuple(int(p) for p in rng.integers(0, 2, rank)))  # fmt: skip
    expected = conv.matrix().sum(axis=0)
    np.testing.assert_array_equal(fan_out(conv, int(np.prod(shape))), expected)
    dense = Dense(INPUT, "x", np.ones((4, 7), np.int64))
    np.testing.assert_array_equal(fan_out(dense, 7), dense.matrix().sum(axis=0))


@pytest.mark.parametrize("seed", range(5))
def test_additions_of_dense_layers_are_those_of_equation_24(seed, make_network):
    network = make_network(seed, levels=((8,), (6,), (4,)))
    rng = np.random.default_rng(seed)
    spikes = {
        n: rng.random(network.size_of(n)) for n in (INPUT, *(p.name for p in network.order()))
    }
    work = layer_work(network, spikes)
    assert len(work) == len(network.connections)
    for layer in work:
        assert layer.accumulations == pytest.approx(layer.shape.macs * layer.spikes)


def test_comparison_adds_layers_up():
    layers = published_layers("cnn-3d", 0.5)
    found = compare(SHIPPED, Measured(layers, 5, 1, DONE, 16))
    assert [*found.totals] == [FULL, LOW, DIGITAL, PASSES, PIM, COUNTED]
    for name, total in found.totals.items():
        assert total.energy == pytest.approx(sum(costs[name].energy for costs in found.layers))
    first = found.layers[0]
    assert first[DIGITAL] == ann_cost(SHIPPED, layers[0].shape, 8, 6) == first[LOW]
    assert first[PIM] == pim_cost(SHIPPED, layers[0].shape, 6, 16)
    assert first[COUNTED] == counted_cost(SHIPPED, DONE)
    assert all(costs[PIM] == costs[COUNTED] == costs[DIGITAL] for costs in found.layers[1:])
    gain = found.ratio(DIGITAL, PIM)
    assert gain["edp"] == pytest.approx(gain["energy"] * gain["delay"])


def test_networks_without_values_have_no_macros():
    layers = published_layers("cnn-3d", 0.5)[1:]
    assert {PIM, COUNTED}.isdisjoint(compare(SHIPPED, Measured(layers, 5, 1)).totals)


def test_every_constant_has_a_source_and_counts(tmp_path):
    assert all(c.source and c.meaning and c.unit for c in SHIPPED.facts.values())
    layers = published_layers("cnn-3d", 0.5, bits=5)
    measured = Measured(layers, 5, 1, replace(DONE, adc_bits=5))
    leaking = {n: c.value for n, c in changed(P_leak=1.0).facts.items()}

    def totals(values):
        return compare(changed(**values), measured).totals

    for name, value in leaking.items():
        assert totals(leaking | {name: value * 2}) != totals(leaking), name
