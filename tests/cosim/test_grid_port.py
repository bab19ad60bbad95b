"""The packet port of a grid: every memory written and read back, bad packets and sums."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.engines import make_engine
from cosim.fabrics import FABRICS
from cosim.golden.yoso import run_grid
from cosim.scoreboard import compare
from cosim.yoso.program import pe_blocks
from cosim.yoso.session import GridSession
from mapper.network import Dense, Network, Population
from mapper.packets import PACKET, Kind, Space, rectangle
from mapper.yoso.compiler import map_network
from mapper.yoso.image import Feed, GridImage
from mapper.yoso.layout import (
    IDENTITY,
    MODE,
    TAG,
    TARGET,
    TOKEN,
    NeuronField,
    Region,
    Register,
    neuron_address,
    region_address,
)

from .grid_networks import GRID, PE, grid_network
from .port import exchange, read, write

pytestmark = pytest.mark.xdist_group("grid-batch-build")
error_names = FABRICS["yoso"].error_names
ERRORS = region_address(Region.REGISTER, Register.ERRORS)


def image_of(seed: int) -> GridImage:
    return map_network(grid_network(seed), PE, GRID)


def answers(packets, count: int, **stalls):
    return exchange(image_of(3).params, packets, count, "batch", **stalls)


def random_core(rng: np.random.Generator, core):
    """Random contents in every word, registers too."""
    limit = 1 << PE.potential_bits - 1
    return replace(
        core,
        weight=rng.integers(-32, 32, PE.weights).astype(np.int8),
        threshold=rng.integers(-limit, limit, PE.neurons),
        spike=rng.integers(0, 1 << 16, PE.neurons),
        row=rng.integers(0, 1 << 32, PE.rows), run=rng.integers(0, 1 << 32, PE.runs),
        neurons=int(rng.integers(PE.neurons + 1)), sources=int(rng.integers(128)),
        ticks=int(rng.integers(PE.ticks + 1)), mode=int(rng.integers(1 << MODE.width)),
        line=int(rng.integers(1 << 16)), stop=int(rng.integers(1 << TARGET.width)),
        targets=tuple(rng.integers(0, 1 << TARGET.width, 4).tolist()),
    )  # fmt: skip


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_every_memory_reads_back_as_written(stall):
    """So that no address aliases another one."""
    image, rng = image_of(3), np.random.default_rng(0)
    cores = [random_core(rng, core) for core in image.cores]
    blocks = [(block, rectangle(*image.position(i)))
              for i, core in enumerate(cores) for block in pe_blocks(core, PE)]  # fmt: skip
    expected = np.concatenate([b.values for b, _ in blocks])
    packets = [b.writes(where) for b, where in blocks]
    packets += [b.reads(Kind.READ, where) for b, where in blocks]
    replies = answers(np.concatenate(packets), len(expected), source=stall, sink=stall, seed=1)
    assert (replies["kind"] == Kind.REPLY).all()
    np.testing.assert_array_equal(replies["data"], expected)
    words = PE.weights // 4 + 2 * PE.neurons + PE.rows + PE.runs + 10
    assert len(expected) == words * image.params.cores


def test_identity_and_read_only_words():
    registers = region_address(Region.REGISTER, 0)
    state = neuron_address(0, NeuronField.STATE)
    for address, value in ((registers, IDENTITY), (state, 0), (state + 1, 0)):
        packets = [write(address, 1), read(address), read(ERRORS)]
        found = answers(packets, 2)["data"].tolist()
        assert (found[0], error_names(found[1])) == (value, ["bad address"])


NOWHERE = [
    (Space.CONFIG, region_address(Region.REGISTER, len(Register))),
    (Space.CONFIG, region_address(Region.ROW, PE.rows)),
    (Space.CONFIG, region_address(Region.RUN, PE.runs)),
    (Space.CONFIG, neuron_address(PE.neurons, NeuronField.STATE)),
    (Space.CONFIG, neuron_address(0, 4)),
    (Space.CONFIG, 7 << 13),
    (Space.SYNAPSE, PE.weights // 4),
    (Space.SYNAPSE, 0xFFFF),
]


@pytest.mark.parametrize("space, address", NOWHERE)
@pytest.mark.parametrize("kind", ["read", "write"])
def test_addresses_of_nothing_raise_the_sticky_error(space, address, kind):
    access = [read(address, space=space)] if kind == "read" else [write(address, 1, space)]
    packets = [read(ERRORS), *access, read(ERRORS), write(ERRORS, 0), read(ERRORS)]
    data = answers(packets, 3 + (kind == "read"))["data"].tolist()
    if kind == "read":
        assert data.pop(1) == 0
    assert [error_names(e) for e in data] == [[], ["bad address"], []]


@pytest.mark.parametrize("register, value", [
    (Register.NEURONS, PE.neurons + 1), (Register.TICKS, PE.ticks + 1), (Register.SOURCES, 128),
    (Register.MODE, 1 << MODE.width), (Register.STOP, 1 << TARGET.width),
])  # fmt: skip
def test_registers_refuse_values_beyond_the_pe(register, value):
    address = region_address(Region.REGISTER, register)
    packets = [write(address, 1), write(address, value), read(address), read(ERRORS)]
    data = answers(packets, 2)["data"].tolist()
    assert (data[0], error_names(data[1])) == (1, ["bad address"])


def work(kind: Kind, tick: int = 0, data: int = 0, x: int = 0, y: int = 0):
    return PACKET.pack(kind=kind, address=TAG.pack(tick=tick), data=data, **rectangle(x, y))


def test_a_packet_without_destination_is_reported():
    """The tick that nobody gets still ends."""
    done = work(Kind.TICK, data=int(TOKEN.pack(last=1)), x=7, y=7)
    found = answers([done], 1)
    assert (found["kind"].tolist(), found["address"].tolist()) == ([Kind.DONE], [1])


def only_pe(ticks: int = 2):
    """Packets that program PE 0: one neuron, all weights 1, a threshold of 3."""
    registers = {Register.NEURONS: 1, Register.SOURCES: 1, Register.TICKS: ticks}
    ones = [write(i, 0x0101_0101, Space.SYNAPSE) for i in range(PE.weights // 4)]
    threshold = write(neuron_address(0, NeuronField.THRESHOLD), 3)
    settings = (write(region_address(Region.REGISTER, r), v) for r, v in registers.items())
    return [*ones, threshold, *settings]


TICK, LAST = work(Kind.TICK), work(Kind.TICK, 1, int(TOKEN.pack(last=1)))
SPIKE = work(Kind.SPIKE)


@pytest.mark.parametrize("extra, error", [
    ([], None),
    ([work(Kind.SPIKE, tick=2)], "out of turn"),
    ([work(Kind.TICK, tick=5)], "out of turn"),
    ([work(Kind.SPIKE, tick=1)] * PE.queue, "queue overflow"),
    ([work(Kind.SPIKE, data=PE.weights)], "bad address"),
    ([work(Kind.SPIKE, data=0xFFFF)], "bad address"),
])  # fmt: skip
def test_malformed_work_raises_an_error_and_the_next_sample_is_right(extra, error):
    """Sample 0 has the bad packets, sample 1 has not."""
    state = neuron_address(0, NeuronField.STATE)
    clean = [SPIKE, SPIKE, SPIKE, TICK, LAST, read(state), read(ERRORS)]
    broken = [*extra, *clean[:-1], read(ERRORS), write(ERRORS, 0)]
    found = answers([*only_pe(), *broken, *clean], 6)["data"].reshape(2, 3)[:, 1:]
    expected = 1 << 24 | 3  # fired at tick 0 with potential 3
    assert found[1].tolist() == [expected, 0]
    assert error_names(int(found[0, 1])) == ([error] if error else [])
    assert found[0, 0] == expected or error == "queue overflow"  # which lost its spikes


def test_a_token_too_many_is_an_error():
    """The second one for tick 1, while tick 0 still waits for its own."""
    second = work(Kind.TICK, 1)
    found = answers([*only_pe(), second, second, TICK, read(ERRORS)], 1)
    assert error_names(int(found["data"][0])) == ["out of turn"]


@pytest.mark.parametrize("weight", [31, -32])
def test_saturation_is_reported_by_both_models(weight):
    """Four times the spikes that the mapper reckons with, all weights of one sign: accumulators
    leave their 11 bits in the first tick, potentials their 13 bits later.
    """
    network = Network(
        "full", (16,), (Population("out", (4,), kind="rel_psp_readout"),),
        (Dense("input", "out", np.full((4, 16), weight), "int6"),), "out", 8,
    )  # fmt: skip
    image = map_network(network, PE, GRID)
    feed = Feed(image.feed.start * 4, np.repeat(image.feed.packet, 4))
    loud = replace(image, feed=feed)
    spikes = np.zeros((2, 8, 16), bool)
    spikes[0, 0, :4] = spikes[1, 0] = True
    session = GridSession(loud)
    answers = make_engine("batch", image.params).exchange(
        session.packets(spikes), session.answers(2)
    )
    trace, golden = session.decode(answers, 2), run_grid(loud, spikes)
    assert compare(loud, golden, trace, []).passed
    np.testing.assert_array_equal(trace.errors, golden.errors)
    assert error_names(int(golden.errors[0])) == ["saturation"]
    limits = {31: (1023, 4095), -32: (-1024, -4096)}[weight]
    assert (golden.potentials["out"][1, [0, -1], 0] == limits).all()
