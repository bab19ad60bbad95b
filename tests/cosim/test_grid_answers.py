"""What a grid answers: decoded, and nothing of it can change without being noticed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.answers import HostError
from cosim.engines import make_engine
from cosim.fabrics import FABRICS
from cosim.golden.yoso import run_grid
from cosim.host import PACES
from cosim.scoreboard import compare
from cosim.yoso.session import GridSession
from mapper.errors import InputError
from mapper.network import Dense, Network, Population
from mapper.packets import PACKET, Kind
from mapper.yoso.compiler import map_network
from mapper.yoso.layout import TAG, Region, Register

from .grid_networks import GRID, PE, grid_network, single_spikes

pytestmark = pytest.mark.xdist_group("grid-batch-build")
SAMPLES = 2


def chatty() -> Network:
    """Two layers on several PEs; every neuron fires, the outputs at different ticks."""
    eye = np.eye(12, dtype=int)
    return Network(
        "chatty", (12,),
        (
            Population("hidden", (12,), kind="rel_psp", threshold=1),
            Population("out", (6,), kind="rel_psp", threshold=np.arange(2, 8)),
        ),
        (Dense("input", "hidden", eye), Dense("hidden", "out", np.tile(eye[:6, :6], 2))),
        "out", ticks=4, decision="first_spike",
    )  # fmt: skip


@pytest.fixture(scope="module", params=PACES)
def run(request):
    """(session, the grid's answers, the golden model's trace) of a run at each pace."""
    image = map_network(chatty(), PE, GRID)
    spikes = single_spikes(chatty(), SAMPLES, 3)
    spikes[1] = False
    spikes[1, 0] = True
    session = GridSession(image, request.param)
    engine = make_engine("batch", image.params)
    answers = engine.exchange(session.packets(spikes), session.answers(SAMPLES))
    return session, answers, run_grid(image, spikes, request.param)


def passes(run, answers) -> bool:
    session, _, golden = run
    trace = session.decode(answers, SAMPLES)
    errors = [*FABRICS["yoso"].raised(trace), *trace.corrupt]
    return compare(session.image, golden, trace, errors).passed


def test_the_answers_are_those_of_the_golden_model(run):
    session, answers, golden = run
    assert passes(run, answers)
    trace = session.decode(answers, SAMPLES)
    assert trace.outputs["out"].any() and golden.spikes["out"].any()
    assert trace.cycles.shape == (SAMPLES, 4 if golden.potentials["out"].shape[1] == 4 else 1)
    assert (trace.cycles > 0).all()
    assert (trace.measured["cycles"].sum(axis=1) > 0).all()


def unpredicted(session, answers) -> set[int]:
    """Answers whose data nobody predicts: clock cycles; with early exit also what PEs count that
    are stopped.
    """
    fields = PACKET.unpack(answers)
    done = fields["kind"] == Kind.DONE
    first = 3 << 13 | Register.CYCLES
    counters = (fields["kind"] == Kind.REPLY) & (fields["space"] == 1)
    stop = first + (5 if len(session.plan.cores) == 1 else 1)
    counters &= (fields["address"] >= first) & (fields["address"] < stop)
    return {*np.flatnonzero(done | counters).tolist()}


def kinds_of_answers(session, answers) -> dict[str, np.ndarray]:
    """Indices of the answers that are alike."""
    fields = PACKET.unpack(answers)
    index, kind = np.arange(len(answers)), fields["kind"]
    register = fields["address"] >> 13 == Region.REGISTER
    reply = (kind == Kind.REPLY) & (index >= session.answers(0))
    found = {
        "checksum": index < session.answers(0), "state": reply & ~register,
        "register": reply & register, "output": kind == Kind.OUTPUT, "done": kind == Kind.DONE,
    }  # fmt: skip
    return {name: np.flatnonzero(which) for name, which in found.items()}


@pytest.mark.parametrize("kind", ["checksum", "state", "register", "output", "done"])
@given(draw=st.integers(0, 1 << 16))
@settings(max_examples=8)
def test_no_bit_of_an_answer_can_change_unnoticed(run, kind, draw):
    session, answers, _ = run
    alike = kinds_of_answers(session, answers)[kind]
    index = int(alike[draw % len(alike)])
    first = 32 if index in unpredicted(session, answers) else 0
    for bit in range(first, PACKET.width):
        changed = answers.copy()
        changed[index] ^= np.uint64(1 << bit)
        try:
            assert not passes(run, changed), (index, bit, PACKET.unpack(answers[index]))
        except HostError:
            pass


@given(data=st.data())
@settings(max_examples=40)
def test_no_answer_can_be_lost_doubled_or_exchanged_unnoticed(run, data):
    session, answers, _ = run
    i, j = (data.draw(st.integers(0, len(answers) - 1)) for _ in range(2))
    exchanged = answers.copy()
    exchanged[[i, j]] = answers[[j, i]]
    changes = [np.delete(answers, i), np.insert(answers, i, answers[i])]
    # PEs answer a SCAN in any order, spikes come when they come.
    ordered = min(i, j) >= session.answers(0)
    ordered &= Kind.OUTPUT not in PACKET.unpack(answers[[i, j]])["kind"]
    if ordered and (answers[i] ^ answers[j]) >> np.uint64(32):
        changes.append(exchanged)
    for changed in changes:
        try:
            assert not passes(run, changed)
        except HostError:
            pass


def outputs(run) -> tuple[np.ndarray, int]:
    """The answers, and the index of an OUTPUT."""
    _, answers, _ = run
    return answers.copy(), int(np.flatnonzero(PACKET.unpack(answers)["kind"] == Kind.OUTPUT)[0])


@pytest.mark.parametrize("field, value", [
    ("data", 6), ("address", TAG.pack(tick=4)), ("address", 1 << 6), ("address", 1 << 7),
    ("x0", 7), ("space", 1),
])  # fmt: skip
def test_an_output_that_cannot_be_is_refused(run, field, value):
    answers, index = outputs(run)
    fields = {n: int(v) for n, v in PACKET.unpack(answers[index]).items()}
    changed = {field: fields[field] ^ int(value) if field == "address" else value}
    changed |= {"x1": value} if field == "x0" else {}
    answers[index] = PACKET.pack(**fields | changed)
    with pytest.raises(HostError, match="OUTPUT packet"):
        run[0].decode(answers, SAMPLES)


def test_an_output_that_comes_twice_is_refused(run):
    answers, index = outputs(run)
    with pytest.raises(HostError, match="twice"):
        run[0].decode(np.insert(answers, index, answers[index]), SAMPLES)


def test_an_output_that_comes_too_late_is_refused(run):
    """After the DONE of its tick or sample."""
    _, answers, _ = run
    kind = PACKET.unpack(answers)["kind"]
    for index in np.flatnonzero(kind == Kind.OUTPUT):
        late = index + int((kind[index:] == Kind.DONE).argmax())
        moved = np.insert(np.delete(answers, index), late, answers[index])
        with pytest.raises(HostError, match="OUTPUT packet"):
            run[0].decode(moved, SAMPLES)


def test_a_checksum_that_comes_twice_is_refused(run):
    """In place of another PE's."""
    answers = run[1].copy()
    answers[1] = answers[0]
    with pytest.raises(HostError, match="missing or came twice"):
        run[0].decode(answers, SAMPLES)


def test_packets_that_lost_their_way_are_reported(run):
    _, answers, _ = run
    done = int(np.flatnonzero(PACKET.unpack(answers)["kind"] == Kind.DONE)[0])
    changed = answers.copy()
    changed[done] |= PACKET.pack(address=1)
    with pytest.raises(HostError, match="lost a packet"):
        run[0].decode(changed, SAMPLES)


def test_paces_that_cannot_be_are_refused():
    image = map_network(grid_network(1), PE, GRID)
    with pytest.raises(InputError, match="unknown pace 'day'; known: tick, sample, exit"):
        GridSession(image, "day")
    readout = Network(
        "n", (2,), (Population("out", (2,), kind="rel_psp_readout"),),
        (Dense("input", "out", np.ones((2, 2), int)),), "out", 2,
    )  # fmt: skip
    with pytest.raises(InputError, match="decision is 'potential'"):
        GridSession(map_network(readout, PE, GRID), "exit")
