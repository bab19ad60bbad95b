"""The whole path: Verilog of a chip with its link, bit by bit over a line, to the host."""

import json
import os
import re
import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from cosim.board import Board
from cosim.board.noise import Noise
from cosim.board.port import BoardPort
from cosim.board.simulated_line import SimulatedLine
from cosim.board.simulator import BoardSimulator
from cosim.board.terminal import open_terminal
from cosim.engines import EngineError
from cosim.verify import verify
from flows.map_arguments import MapArguments
from flows.resolve import samples_for
from mapper.errors import InputError
from tests.test_docs import ROOT, keys

from ..digit_chip import digit_network

pytestmark = pytest.mark.xdist_group("board")  # one build

DATA = ("--data", "digits:test")
METER = ("--watts", 0.5, "--clock", 50)


def chip(change: int = 0):
    """An image for a chip that builds fast: 2 x 1 cores of 64 axons."""
    core = "tiny,axons=64,potential_bits=18"
    arguments = MapArguments(net="small.nir", core=core, mesh="2x1")
    return arguments.map_rows(digit_network(change))


@pytest.fixture(scope="module")
def image():
    return chip()


@pytest.fixture(scope="module")
def spikes(image):
    return samples_for(image, "digits:test", 6).spikes


@contextmanager
def terminal(image, noise=0.0):
    """A simulated board behind a pseudo-terminal, served by a thread."""
    over = threading.Event()
    with open_terminal(BoardSimulator(image.params).switch_on(), Noise(noise, 3)) as found:
        thread = threading.Thread(target=found.serve, args=(over.is_set,))
        thread.start()
        try:
            yield found
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_every_value_is_right(image, spikes, noise):
    with Board.simulated(image, noise, seed=5) as board:
        board.program()
        board.run_all(spikes)
        compared = board.compare()
        assert compared.passed, compared
        assert compared.compared["potentials"] == 6 * 2 * 19
        assert board.verify() == [] and board.errors() == []
        seen = board.port.statistics
        print(seen, board.port.line.noise.hits)
        assert (seen.packets_resent > 0) == (seen.damaged > 0) == bool(noise)
        assert np.array_equal(
            board.counters()["spikes"], board.trace.counters["spikes"].sum(axis=0)
        )


def test_sample_by_sample_tick_by_tick(image, spikes):
    """As in the shell; and ticks and whole samples may take turns."""
    with Board.simulated(image) as board:
        board.program()
        board.run(spikes[0])
        for _ in range(board.ticks):
            if board.ticks_left > board.ticks - 2 or not board.ticks_left:
                tick = 0 if not board.ticks_left else board.ticks - board.ticks_left
                board.send(spikes[1, tick])
            board.tick()
        assert np.array_equal(board.potentials("out"), board.golden.potentials("out"))
        board.run_all(spikes[2:])
        assert board.trace.samples == len(spikes) and board.compare().passed


def test_another_network_is_wiped(image, spikes):
    """Memories keep what they held, also across a reset."""
    other = chip(change=1)
    line = SimulatedLine(BoardSimulator(image.params).switch_on(), Noise(0))
    for network in (other, image, other):
        board = Board(network, BoardPort(line))
        board.program()
        board.run_all(spikes)
        assert board.compare().passed
    line.close()


def test_a_changed_word_is_noticed(image, spikes):
    with Board.simulated(image) as board:
        board.program()
        board.write(1, "threshold", 77, 3)
        assert board.verify() == ["core 1: threshold memory is not what was programmed"]
        board.program()
        assert board.verify() == []
        board.reset()
        with pytest.raises(InputError, match="the chip is not programmed"):
            board.run_all(spikes)


def test_as_an_engine(image, spikes):
    """What cosimulation asks of one: everything from reset, in one exchange."""
    engine = BoardSimulator(image.params)
    assert verify(engine, image, spikes[:2]).comparison.passed


def test_another_design(image):
    params = replace(image.params, core=replace(image.params.core, potential_bits=20))
    other = replace(image, params=params)
    line = SimulatedLine(BoardSimulator(image.params).switch_on(), Noise(0))
    with pytest.raises(InputError, match="another design is on the board: crossbar, 2 x 1 cores"):
        Board(other, BoardPort(line))
    line.close()


def test_a_line_that_dies(image, spikes):
    with Board.simulated(image) as board:
        board.program()
        board.port.line.noise = Noise(0.999)
        with pytest.raises(EngineError, match=r"not heard any more: \d+ packets sent, [1-9]\d* ag"):
            board.run_all(spikes)
        with pytest.raises(InputError, match="no board answers: "):
            board.reset()


def test_a_chip_that_owes_an_answer(image):
    with Board.simulated(image) as board, pytest.raises(EngineError, match="1 answers missing"):
        board.exchange([], answers=1)


def test_the_lamps(image):
    board = BoardSimulator(image.params).switch_on()
    line = SimulatedLine(board, Noise(0))
    assert board.lamps == (False, False)
    BoardPort(line).reset()
    assert board.lamps == (True, False)
    board.run(b"~ noise ~", 8000)
    assert board.lamps == (True, True)
    board.run(b"", 1 << 17)
    assert board.lamps == (False, False)
    line.close()


def test_the_commands(spikeloom, image, tmp_path):
    """Through a pseudo-terminal and pyserial, with noise."""
    image.save(tmp_path / "chip")
    with terminal(image, noise=0.002) as served:
        run = spikeloom(
            "host", "chip", "--port", served.path, *DATA, "--limit", 8, *METER, "--json"
        )
        print(run.err, served.noise.hits)
        facts = json.loads(run.out)
        assert run.code == 0 and facts["passed"] and facts["mismatches"] == 0
        assert facts["potentials_compared"] == facts["spikes_compared"] == 8 * 2 * 19
        assert facts["accuracy"] == facts["golden_accuracy"]
        assert {*facts} == keys("docs/host.md", "host")
        energy = facts["energy"]
        assert {*energy} == keys("docs/host.md", "flows.metered.MeteredEnergy")
        of_cycles = pytest.approx(0.5 * facts["cycles_per_sample"] / 50e6)
        assert energy["joules_per_sample"] == of_cycles
        assert energy["joules_per_synaptic_op"] * facts["synaptic_ops_per_sample"] == of_cycles
        assert energy["joules_per_sample_on_line"] == pytest.approx(0.5 * facts["seconds"] / 8)
        assert served.noise.hits and facts["link"]["damaged"]
        run = spikeloom("host", "chip", "--port", served.path)
        assert run.code == 0 and "crossbar, 2 x 1 cores" in run.out and "errors" in run.out


def test_a_simulated_board_at_once(spikeloom, image, tmp_path):
    image.save(tmp_path / "chip")
    run = spikeloom("host", "chip", "--simulate", *DATA, "--limit", 2)
    assert run.code == 0 and "PASSED" in run.out and "energy" not in run.out, run
    run = spikeloom("host", "chip", "--simulate", *DATA, "--limit", 2, *METER)
    assert "energy per synaptic operation" in run.out and "line included" not in run.out, run


def test_bad_ports(spikeloom, image, tmp_path):
    """Nobody at the other end; somebody else's design."""
    image.save(tmp_path / "chip")
    master, slave = os.openpty()
    run = spikeloom("host", "chip", "--port", os.ttyname(slave))
    assert run.code == 2 and run.err.count("\n") == 1
    assert re.search(r"no board answers: \d frames sent, 0 good and 0 damaged ones came", run.err)
    os.close(master)
    os.close(slave)
    with terminal(image) as served:
        run = spikeloom("host", "digits", "--core", "small", "--port", served.path)
        assert run.code == 2 and run.err.count("\n") == 1 and "another design" in run.err


def test_the_example_of_the_docs(image, spikes, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    image.save("chip")
    block = re.search(
        r"<!-- example -->\n```python\n(.*?)```", (ROOT / "docs/host.md").read_text(), re.S
    )
    assert block is not None
    exec(block[1], {"spikes": spikes})
    assert "LinkStatistics(" in capsys.readouterr().out
