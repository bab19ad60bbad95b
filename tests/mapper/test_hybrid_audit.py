"""The audit of hybrid chips: mistakes of every kind are named; converters that may lose nothing."""

from dataclasses import replace

import numpy as np
import pytest
from directs import direct_network

from mapper.audit import audit
from mapper.crossbar.params import CoreParams
from mapper.fabrics import find_fabric
from mapper.hybrid.compiler import map_network
from mapper.hybrid.params import HybridCores
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.pim.params import MacroParams

MACRO = MacroParams(
    banks=2, columns=24, rows=16, weight_bits=4, rows_active=4, adc_bits=3, lanes=2, activations=64,
    positions=8, neurons=64, routes=128, potential_bits=16,
)  # fmt: skip
CORES = HybridCores(
    core=CoreParams(axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, routes=64),
    macro=MACRO,
)
MACROS = (1, 2)  # of 2 channels at 8 and 4 of 12 positions, behind one crossbar core


def spoilable(network, cores=CORES, mesh=None):
    """(network, facts, arrays)."""
    image = map_network(network, cores, mesh)
    return network, image.facts(), {n: a.copy() for n, a in image.arrays().items()}


@pytest.fixture
def chip():
    return spoilable(direct_network(1))


@pytest.fixture
def parts(chip):
    """Macro 1's arrays, by name."""
    return {n.removeprefix("core1/"): a for n, a in chip[2].items() if n.startswith("core1/")}


def mistakes(spoilt):
    found = audit(*spoilt)
    assert bool(found) == bool(found.told)
    return dict(found.count), " ".join(found.told)


def test_a_right_image_passes(chip):
    assert not audit(*chip)
    assert [len(chip[2][f"core{i}/position"]) for i in MACROS] == [8, 4]


def test_weights(parts, chip):
    """One of a kernel's is wrong at all 8 positions but those where it lies in the padding."""
    weight = parts["weight"]
    channel, row = np.argwhere((weight != 0) & (weight != 7))[0]
    weight[channel, row], right = 0, int(weight[channel, row])
    count, told = mistakes(chip)
    assert list(count) == ["missing synapse"] and count["missing synapse"] <= 8
    assert f"macro 1: 0, expected {right}" in told and "input[0, 0, " in told
    weight[channel, row] = right + 1 or 1
    assert list(mistakes(chip)[0]) == ["wrong strength"]


def test_a_foreign_weight():
    network = direct_network(1)
    first, second = network.connections
    hole = first.weight.copy()
    hole[1, 0, 0, 1] = 0
    chip = spoilable(replace(network, connections=(replace(first, weight=hole), second)))
    chip[2]["core2/weight"][1, 1] = 3
    count, told = mistakes(chip)
    assert list(count) == ["foreign synapse"] and "macro 2: 3, expected 0" in told


def corner():
    """One value, in the middle of a kernel of 3 x 3: eight rows see padding alone."""
    first = Conv(INPUT, "first", np.arange(-8, 10).reshape(2, 1, 3, 3) % 15 - 7, "int4",
                 input_shape=(1, 1, 1), padding=(1, 1))  # fmt: skip
    populations = Population("first", (2, 1, 1)), Population("out", (3,), kind="readout")
    return Network("corner", (1, 1, 1), populations,
                   (first, Dense("first", "out", np.ones((3, 2), int))), "out", 2,
                   encoding={"name": "pixels"})  # fmt: skip


def test_rows_that_no_input_drives():
    """They hold the kernel's weights, and no others."""
    chip = spoilable(corner())
    assert not audit(*chip)
    weight = chip[2]["core1/weight"]
    weight[:, [0, 8]] = weight[:, [8, 0]]
    assert not audit(*chip)
    for wrong in (weight[:, 0] ^ [0, 1], weight[:, 4]):  # 4: of the row that is driven
        weight[:, 0], right = wrong, weight[:, 0].copy()
        count, told = mistakes(chip)
        assert count == {"foreign synapse": 1} and "in a row that no input drives" in told
        weight[:, 0] = right


def test_a_weight_in_two_rows(chip):
    """3 and -2 at the same value are 1 in all, which no other check can tell from 1."""
    arrays = chip[2]
    weight, row = arrays["core1/weight"], arrays["core1/row"]
    arrays["core1/row"] = np.append(row, row[:1])
    arrays["core1/weight"] = np.append(weight, np.array([[1], [-1]], np.int8), axis=1)
    arrays["core1/weight"][:, 0] -= np.array([1, -1], np.int8)
    count, told = mistakes(chip)
    assert count == {"foreign synapse": 1} and "2 rows of macro 1" in told


@pytest.mark.parametrize("name", ["threshold", "initial", "bias"])
def test_words_of_a_channel(chip, parts, name):
    parts[name][1] += 5
    count, told = mistakes(chip)
    assert count == {"wrong parameter": 8} and f"first[1, 0, 0]: {name} is " in told


@pytest.mark.parametrize(("bit", "fact"), [(5, "decay"), (7, "amount"), (10, "reset"),
                                           (12, "silent")])  # fmt: skip
def test_control_words(chip, parts, bit, fact):
    parts["control"][0] ^= 1 << bit
    count, told = mistakes(chip)
    assert count == {"wrong parameter": 8} and f"first[0, 0, 0]: {fact} is " in told


def test_exchanged_channels_and_positions(chip):
    column = chip[2]["population/first/column"]
    column[[0, 15]] = column[[15, 0]]  # the first neurons of both channels
    kinds = {"missing synapse", "foreign synapse", "wrong strength"}
    assert kinds & set(mistakes(chip)[0])
    column[[0, 15]] = column[[15, 0]]
    column[[0, 6]] = column[[6, 0]]
    count, told = mistakes(chip)
    assert kinds & set(count) and "first[0, 0, 0]" in told
    column[0] = column[1]
    assert {"wrong place", "foreign neuron"} == set(mistakes(chip)[0])


def test_patches_that_lie_elsewhere(chip, parts):
    for name, at in (("position", 3), ("row", 1)):
        parts[name][at] += 1
        count, told = mistakes(chip)
        assert {"missing synapse", "foreign synapse"} & set(count) and "macro 1" in told
        parts[name][at] -= 1
    parts["position"][:] = parts["position"][::-1].copy()
    assert "missing synapse" in mistakes(chip)[0]


def test_values_that_lie_elsewhere(chip):
    values = chip[2]["values"]
    values[[3, 4]] = values[[4, 3]]
    assert {"missing synapse", "foreign synapse", "wrong strength"} & set(mistakes(chip)[0])
    values[3] = values[4]
    count, told = mistakes(chip)
    assert count["wrong input place"] == 1 and "input[0, 0, 3] and input[0, 1, 0] share" in told


def test_routes(chip, parts):
    """To another axon, to a macro, to the host; and none at all."""
    start = int(parts["pointer"][0]) & 0xFFFF
    right = int(parts["route"][start])
    for wrong, kind, text in (
        (right ^ 1, "foreign axon", "first[0, 0, 0]"),
        (right | 1 << 17 | 1 << 23, "wrong route", "of macro 1, which has no such axon"),
        (right | 2 << 17 | 2 << 23, "wrong route", "of macro 2, which has no such axon"),
        (right | 7 << 23, "wrong route", "a rectangle beyond the mesh"),
        (right | 1 << 29, "wrong output line", "first[0, 0, 0] tells the host"),
    ):
        parts["route"][start] = wrong
        count, told = mistakes(chip)
        assert kind in count and text in told, kind
    parts["route"][start], parts["pointer"][0] = right, 0
    count, told = mistakes(chip)
    assert count["missing synapse"] == 1 and "first[0, 0, 0] never reaches core 0" in told
    parts["pointer"][0] = 1 << 16 | len(parts["route"])
    count, told = mistakes(chip)
    assert count == {"over capacity": 1} and "macro 1: a neuron's routes lie beyond" in told


def test_windows(chip):
    facts = chip[1]
    own, levels = facts["cores"], facts["populations"]
    for where, name, change, text in (
        (own[1], "ticks", 1, "macro 1 runs 4 ticks from 0 on, expected 3 from 0"),
        (own[0], "first_tick", -1, "core 0 runs 3 ticks from 0 on, expected 3 from 1"),
        (levels[0], "level", 1, "macro 1 runs 3 ticks from 0 on, expected 3 from 1"),
        (facts, "ticks", -1, "core 0: the pass ends before it"),
    ):
        where[name] += change
        count, told = mistakes(chip)
        assert "wrong window" in count and text in told
        where[name] -= change
    assert not audit(*chip)


@pytest.mark.parametrize(("name", "room", "text"), [
    ("columns", 3, "macro 1 uses 2 channels; it has 0"), ("rows", 2, "4 rows; it has 2"),
    ("positions", 4, "macro 1 uses 8 positions; it has 4"), ("neurons", 8, "16 neurons; it has 8"),
    ("activations", 16, "input values; it has 16"), ("weight_bits", 3, "a weight needs more bits"),
    ("activation_bits", 7, "input values of 7 bits; the Network's go up to 255"),
    ("potential_bits", 8, "a threshold needs more than 8 bits"),
    ("routes", 8, "a neuron's routes lie beyond"),
])  # fmt: skip
def test_macros_over_capacity(chip, name, room, text):
    chip[1]["params"]["macro"][name] = room
    count, told = mistakes(chip)
    assert set(count) == {"over capacity"} and text in told


def test_stacked_banks_are_counted(chip):
    chip[1]["cores"][1]["stack"] = 1  # both banks for one channel each
    chip[1]["params"]["macro"]["columns"] = 7
    assert "macro 1 uses 2 channels; it has 1" in mistakes(chip)[1]


def test_another_encoding(chip):
    network, facts, arrays = chip
    spikes = replace(network, encoding={"name": "binarize", "threshold": 1})
    assert list(mistakes((spikes, facts, arrays))[0]) == ["foreign network"]
    count, told = mistakes((spikes, facts | {"encoding": spikes.encoding}, arrays))
    assert "foreign network" in count and "a macro's is values" in told


def test_converters(chip):
    """Rounded, with an offset, clipped: named; too few levels for sums that never are: not."""
    facts = chip[1]
    for registers, bits in ((1, 3), (1 << 3, 3), (8 << 3, 3), (0, 1)):
        facts["cores"][1]["adc"], facts["params"]["macro"]["adc_bits"] = registers, bits
        count, told = mistakes(chip)
        assert list(count) == ["lossy converter"] and "macro 1 reads some sums of" in told
    narrow = replace(CORES, macro=replace(MACRO, adc_bits=2, potential_bits=20), lossy=1)
    network = corner()  # one row of nine is driven
    image = map_network(network, narrow)
    assert not audit(network, image.facts(), image.arrays())


def test_the_shipped_macros(chip):
    """As a user maps them: dense, with more rows than a bank has."""
    weight = np.random.default_rng(2).integers(-32, 32, (9, 700))
    network = Network(
        "wide", (700,), (Population("first", (9,)), Population("out", (2,), kind="readout")),
        (Dense(INPUT, "first", weight, "int6"), Dense("first", "out", np.ones((2, 9), int))),
        "out", 2, encoding={"name": "pixels"},
    )  # fmt: skip
    hybrid = find_fabric("hybrid")
    network, facts, arrays = spoilable(network, hybrid.parse("full"))
    assert facts["cores"][1]["stack"] == 1 and not audit(network, facts, arrays)
    arrays["core1/weight"][3, 699] ^= 1
    assert "input[699] to first[3], macro 1" in mistakes((network, facts, arrays))[1]
