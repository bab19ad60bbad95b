"""The audit of images: right ones pass, and mistakes of every kind are named."""

from dataclasses import replace

import numpy as np
import pytest
from grids import chain, grid_pe

from mapper.audit import audit
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import CoreParams
from mapper.fabrics import find_fabric
from mapper.network import INPUT, Dense, Network, Population
from mapper.semantics import Decay, DecayKind
from mapper.yoso.compiler import map_network as map_grid

CORE = CoreParams(axons=24, neurons=128, lanes=8, update_lanes=4, max_extension=16, routes=1024)


def two_layers(decision="potential"):
    """30 inputs, 20 hidden neurons on core 0, 5 outputs on core 1."""
    rng = np.random.default_rng(3)
    populations = (Population("h", (20,), threshold=3, bias=1), Population("out", (5,)))
    connections = (Dense(INPUT, "h", rng.integers(-3, 4, (20, 30)), "int3"),
                   Dense("h", "out", rng.integers(-1, 2, (5, 20))))  # fmt: skip
    return Network("two", (30,), populations, connections, "out", 3, decision)


@pytest.fixture
def chip():
    """(network, facts, arrays), to be spoilt."""
    network = two_layers("spikes")
    image = map_network(network, CORE)
    return network, image.facts(), {n: a.copy() for n, a in image.arrays().items()}


@pytest.fixture
def grid():
    network = chain(20, 16, 2, ticks=5)
    image = map_grid(network, grid_pe(), mesh=(3, 2))
    return network, image.facts(), {n: a.copy() for n, a in image.arrays().items()}


def mistakes(spoilt):
    found = audit(*spoilt)
    assert bool(found) == bool(found.told)
    return dict(found.count), " ".join(found.told)


def test_right_images_pass(chip, grid):
    assert not audit(*chip) and not audit(*grid)


def test_a_missing_synapse(chip):
    arrays = chip[2]
    control = arrays["core0/control"]
    only = [(r, k) for r, k in np.argwhere(np.unpackbits(
        arrays["core0/synapse"], axis=1, bitorder="little")) if control[k] & 7 == 0
        and not control[k] >> 4 & 1]  # fmt: skip
    for row, column in only:  # one whose weight is 1, so that none is left
        neuron = np.unpackbits(arrays["core0/synapse"][row], bitorder="little")[column:][:3]
        if neuron.sum() == 1:
            arrays["core0/synapse"][row, column // 8] ^= 1 << column % 8
            break
    count, told = mistakes(chip)
    assert count == {"missing synapse": 1} and "input[" in told and "h[" in told


def test_a_wrong_strength(chip):
    chip[2]["core0/control"][0] ^= 1  # the column counts 2 instead of 1
    count, told = mistakes(chip)
    assert "wrong strength" in count and "expected" in told


def test_a_synapse_at_an_axon_that_nothing_drives(chip):
    idle = np.flatnonzero(~chip[2]["core1/synapse"].any(axis=1))[-1]
    chip[2]["core1/synapse"][idle, 0] |= 1
    count, told = mistakes(chip)
    assert count == {"foreign synapse": 1} and "that nothing drives" in told


def test_a_synapse_in_a_column_that_is_not_used(chip):
    chip[2]["core0/synapse"][0, -1] |= 128
    assert mistakes(chip)[0] == {"foreign synapse": 1}


def test_synapses_that_cancel(chip):
    packed = chip[2]["core1/synapse"]
    on = np.unpackbits(packed, axis=1, bitorder="little")
    row = next(r for r in np.flatnonzero(on.any(axis=1)) if not on[r, :2].any())
    packed[row, 0] |= 3
    count, told = mistakes(chip)
    assert count == {"foreign synapse": 1} and "cancel" in told


def test_a_spike_for_another_axon(chip):
    arrays = chip[2]
    start = int(arrays["core0/pointer"][arrays["population/h/column"][0]]) & 0xFFFF
    arrays["core0/route"][start] ^= 1
    count, told = mistakes(chip)
    assert "foreign axon" in count and "h[0]" in told


def test_a_route_that_is_missing(chip):
    arrays = chip[2]
    arrays["core0/pointer"][arrays["population/h/column"][0]] = 0
    count, told = mistakes(chip)
    assert count["missing synapse"] == 1 and "h[0] never reaches core 1" in told


def test_a_spike_that_the_host_sends_twice(chip):
    arrays = chip[2]
    packets, start = arrays["pass0/feed0/packet"], arrays["pass0/feed0/start"]
    arrays["pass0/feed0/packet"] = np.concatenate([packets[:1], packets])
    start[1:] += 1
    count, told = mistakes(chip)
    assert "foreign axon" in count and "by input[0] and by input[0]" in told


def test_a_rectangle_beyond_the_mesh(chip):
    chip[2]["pass0/feed0/packet"][0] |= np.uint64(7) << np.uint64(58)
    assert "wrong route" in mistakes(chip)[0]


def test_a_core_over_capacity(chip):
    chip[1]["cores"][0]["extension"] = 4
    count, told = mistakes(chip)
    assert "over capacity" in count and "core 0" in told


def test_a_window_that_opens_late(chip):
    chip[1]["cores"][1]["first_tick"] += 1
    assert "wrong window" in mistakes(chip)[0]


def test_a_core_of_several_levels():
    """It runs more ticks than a sample has, which must not disturb what it holds."""
    clear = Decay(DecayKind.CLEAR)
    network = Network(
        "three", (6,), tuple(Population(n, (4,), decay=clear) for n in ("a", "b", "c")),
        tuple(Dense(x, y, np.ones((4, n), int))
              for x, y, n in ((INPUT, "a", 6), ("a", "b", 4), ("b", "c", 4))), "c", 2,
    )  # fmt: skip
    image = map_network(network, CORE, strategy="cores")
    chip = image.facts(), image.arrays()
    assert image.cores[0].ticks == 4 and not audit(network, *chip)
    leaking = [replace(p, decay=Decay(DecayKind.NONE)) for p in network.populations]
    assert "disturb b" in mistakes((replace(network, populations=tuple(leaking)), *chip))[1]
    late = [replace(c, delay=int(c.source == "a")) for c in network.connections]
    count = mistakes((replace(network, connections=tuple(late)), *chip))[0]
    assert {"wrong window", "missing synapse", "foreign synapse"} <= set(count)
    chip[0]["cores"][0]["ticks"] = 3
    assert "runs 3 ticks from 0 on, expected 4" in mistakes((network, *chip))[1]


def test_wrong_parameters(chip):
    column = chip[2]["population/h/column"][2]
    chip[2]["core0/threshold"][column] += 1
    chip[2]["core0/control"][column] ^= 1 << 10
    count, told = mistakes(chip)
    assert count == {"wrong parameter": 2} and "h[2]: threshold is 4, expected 3" in told


def test_neurons_that_no_core_has(chip):
    network, facts, arrays = chip
    h, out = network.populations
    other = replace(network, populations=(replace(h, kind="rel_psp"), out))
    count, told = mistakes((other, facts, arrays))
    assert count == {"wrong parameter": 1} and "h has neurons of kind rel_psp" in told


def test_exchanged_places_and_lines(chip):
    arrays = chip[2]
    arrays["population/h/column"][[0, 1]] = arrays["population/h/column"][[1, 0]]
    assert {"missing synapse", "foreign synapse"} & set(mistakes(chip)[0])
    arrays["population/h/column"][[0, 1]] = arrays["population/h/column"][[1, 0]]
    arrays["population/out/column"][[0, 1]] = arrays["population/out/column"][[1, 0]]
    assert "wrong output line" in mistakes(chip)[0]
    arrays["population/out/column"][0] += 1
    assert "wrong place" in mistakes(chip)[0]


def test_another_network(chip):
    network, facts, arrays = chip
    assert mistakes((two_layers(), facts, arrays))[0] == {"foreign network": 1}
    other = replace(network, encoding={"name": "binarize", "threshold": 7})
    assert "encoding is {}" in mistakes((other, facts, arrays))[1]
    facts["populations"][0]["spiking"] = False
    assert "('h', (20,), False)" in mistakes(chip)[1]


def test_grid_weights(grid):
    weight = grid[2]["core0/weight"]
    weight[0] = 0
    assert mistakes(grid)[0] == {"missing synapse": 1}
    weight[0] = 2
    assert mistakes(grid)[0] == {"wrong strength": 1}
    weight[0] = 1
    weight[-1] = 1
    count, told = mistakes(grid)
    assert "foreign synapse" in count and "that no spike reads" in told


def test_grid_routes_and_tokens(grid):
    facts, arrays = grid[1:]
    right, arrays["core0/spike"][0] = int(arrays["core0/spike"][0]), 250
    count, told = mistakes(grid)
    assert "missing synapse" in count and "l0[0] to l1[0]" in told
    arrays["core0/spike"][0] = right
    facts["cores"][0]["targets"][0] = 0
    assert {"missing synapse", "wrong tokens"} <= set(mistakes(grid)[0])


def test_grid_registers(grid):
    facts = grid[1]
    for name, value, kind in (
        ("sources", 7, "wrong tokens"), ("ticks", 4, "wrong parameter"),
        ("mode", 2, "wrong parameter"), ("neurons", 1, "wrong place"),
    ):  # fmt: skip
        right = facts["cores"][0][name]
        facts["cores"][0][name] = value
        assert kind in mistakes(grid)[0], name
        facts["cores"][0][name] = right
    facts["params"]["pe"]["queue"] = 10
    assert "over capacity" in mistakes(grid)[0]


def test_grid_thresholds(grid):
    grid[2]["core0/threshold"][0] += 1
    assert mistakes(grid)[0] == {"wrong parameter": 1}


@pytest.mark.parametrize("fabric", ["crossbar", "yoso"])
def test_the_shipped_cores(fabric):
    """As a user maps them."""
    network, chosen = chain(200, 150, 10, kind="threshold"), find_fabric(fabric)
    image = chosen.map(network, chosen.parse("full"))
    assert not audit(network, image.facts(), image.arrays())
