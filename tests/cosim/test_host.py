"""The packet port: every memory written and read back, bad packets, bad answers."""

import numpy as np
import pytest

from cosim.answers import HostError
from cosim.crossbar.program import program_packets, scanned_blocks
from cosim.crossbar.session import CrossbarSession
from cosim.engines import make_engine
from cosim.fabrics import FABRICS
from cosim.golden.crossbar import run_chip
from mapper.crossbar.compiler import map_network
from mapper.crossbar.layout import IDENTITY, Region, Register, column_address, config_address
from mapper.packets import PACKET, Kind, Space, rectangle, spike_packet

from .networks import CORE, MESH, random_network, random_spikes
from .port import exchange, read, write

pytestmark = pytest.mark.xdist_group("mesh-build")
error_names = FABRICS["crossbar"].error_names


def image_of(seed: int):
    return map_network(random_network(seed), CORE, mesh=MESH)


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_every_memory_reads_back_as_written(stall):
    """Random contents in every word, so that no address aliases another one."""
    image = image_of(3)
    rng = np.random.default_rng(0)
    for core in image.cores:
        core.synapse[:] = rng.random(core.synapse.shape) < 0.5
        core.control[:] = rng.integers(0, 1 << 13, len(core.control))
        for name in ("threshold", "initial", "bias"):
            getattr(core, name)[:] = rng.integers(-(1 << 17), 1 << 17, CORE.neurons)
        core.pointer[:] = rng.integers(0, 1 << 32, CORE.neurons)
        core.route[:] = rng.integers(0, 1 << 30, CORE.routes)
    blocks = [(scanned_blocks(core, CORE), rectangle(*image.position(i)))
              for i, core in enumerate(image.cores)]  # fmt: skip
    reads = [b.reads(Kind.READ, where) for core, where in blocks for b in core]
    expected = np.concatenate([b.values for core, _ in blocks for b in core])
    packets = np.concatenate([program_packets(image), *reads])
    replies = exchange(image.params, packets, len(expected), source=stall, sink=stall, seed=1)
    assert (replies["kind"] == Kind.REPLY).all()
    np.testing.assert_array_equal(replies["data"], expected)
    words = CORE.axons * CORE.neurons // CORE.synapse_chunk + CORE.neurons * 5 + CORE.routes + 4
    assert len(expected) == words * image.params.cores


def test_potentials_and_identity():
    image = image_of(3)
    address = column_address(7, 4)
    registers = config_address(Region.REGISTER, 0)
    packets = [
        write(address, 0xFFFF_FFF0),
        read(address),
        read(registers),
        write(registers, 1),  # the identity cannot be written
        read(registers),
        read(config_address(Region.REGISTER, Register.ERRORS)),
        read(registers, x=2, y=1),
    ]
    replies = exchange(image.params, packets, 5)
    assert replies["data"].tolist() == [0xFFFF_FFF0, IDENTITY, IDENTITY, 0b10, IDENTITY]
    assert (replies["x0"][-1], replies["y0"][-1]) == (2, 1)


NOWHERE = [
    (Space.CONFIG, config_address(Region.REGISTER, len(Register))),
    (Space.CONFIG, config_address(Region.ROUTE, CORE.routes)),
    (Space.CONFIG, config_address(Region.FIRED, CORE.neurons // CORE.fired_word)),
    (Space.CONFIG, column_address(CORE.neurons, 0)),
    (Space.CONFIG, column_address(0, 6)),
    (Space.CONFIG, 7 << 13),
    (Space.SYNAPSE, CORE.axons),
    (Space.SYNAPSE, 0xFFFF),
]


@pytest.mark.parametrize("space, address", NOWHERE)
@pytest.mark.parametrize("kind", ["read", "write"])
def test_addresses_of_nothing_raise_the_sticky_error(space, address, kind):
    image = image_of(3)
    errors = config_address(Region.REGISTER, Register.ERRORS)
    access = [read(address, space=space)] if kind == "read" else [write(address, 1, space)]
    packets = [read(errors), *access, read(errors), write(errors, 0), read(errors)]
    data = exchange(image.params, packets, 3 + (kind == "read"))["data"].tolist()
    if kind == "read":
        assert data.pop(1) == 0
    assert [error_names(e) for e in data] == [[], ["bad address"], []]


def test_foreign_packets_and_axons_raise_errors_and_the_core_goes_on():
    """Malformed packets between samples must not change what the samples compute."""
    network = random_network(3)
    image = map_network(network, CORE, mesh=MESH)
    spikes = random_spikes(network, 1, 3)
    session = CrossbarSession(image)
    errors = config_address(Region.REGISTER, Register.ERRORS)
    bad = [
        spike_packet(CORE.axons, 0, **rectangle(0, 0)),  # no such row
        spike_packet(0, 63, **rectangle(0, 0)),  # no such phase
    ]
    bad += [read(errors), write(errors, 0)]
    packets = np.concatenate([np.array(bad), session.packets(spikes)])
    engine = make_engine("cocotb", image.params)
    answers = engine.exchange(packets, 1 + session.answers(1))
    assert error_names(int(PACKET.unpack(answers[:1])["data"][0])) == ["bad address"]
    trace = session.decode(answers[1:], 1)
    golden = run_chip(image, spikes)
    for name in golden.potentials:
        np.testing.assert_array_equal(trace.potentials[name], golden.potentials[name])


def test_a_packet_without_destination_is_reported():
    image = image_of(3)
    everywhere = rectangle(0, 0, 2, 1)
    lost = spike_packet(0, 0, **rectangle(5, 5))
    tick = PACKET.pack(kind=Kind.TICK, data=1, **everywhere)
    assert exchange(image.params, [tick], 1)["address"].tolist() == [0]
    assert exchange(image.params, [lost, tick], 1)["address"].tolist() == [1]


def test_saturation_is_reported_by_both_models():
    """A potential at its limit plus one: the mapper would refuse, a hand-made image does not."""
    image = map_network(random_network(3), CORE, mesh=MESH)
    core = image.cores[0]
    core.control[:] = np.where(core.control & 16, 16, core.control)  # no decay, no reset, spiking
    core.initial[:] = (1 << (CORE.potential_bits - 1)) - 1
    core.bias[:] = 1
    spikes = np.zeros((1, image.network_ticks, image.input_shape[0]), bool)
    session = CrossbarSession(image)
    engine = make_engine("cocotb", image.params)
    trace = session.decode(engine.exchange(session.packets(spikes), session.answers(1)), 1)
    golden = run_chip(image, spikes)
    assert error_names(int(golden.errors[0])) == ["saturation"]
    np.testing.assert_array_equal(trace.errors, golden.errors)
    np.testing.assert_array_equal(trace.potentials["hidden"], golden.potentials["hidden"])


def test_missing_surplus_and_misplaced_answers_are_refused():
    network = random_network(4)
    image = map_network(network, CORE, mesh=MESH)
    session = CrossbarSession(image)
    spikes = random_spikes(network, 2, 4)
    engine = make_engine("cocotb", image.params)
    answers = engine.exchange(session.packets(spikes), session.answers(2))
    session.decode(answers, 2)
    is_reply = PACKET.unpack(answers)["kind"] == Kind.REPLY
    first = int(np.flatnonzero(is_reply)[0])
    moved = answers.copy()
    moved[first] ^= np.uint64(1 << PACKET.offset("address"))
    foreign = answers.copy()
    foreign[first] = spike_packet(0, 0, **rectangle(0, 0))
    for wrong, message in (
        (np.delete(answers, first), "expected"),
        (np.insert(answers, first, answers[first]), "expected"),
        (moved, "address"),
        (foreign, "packet of kind 0"),
        (answers[:0], "expected"),
    ):
        with pytest.raises(HostError, match=message):
            session.decode(wrong, 2)
