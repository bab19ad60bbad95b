"""The repairs around PyVerilator, and the engine's own failures."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from cosim.crossbar.session import CrossbarSession
from cosim.engines import EngineError, make_engine
from cosim.engines import pyverilator_compat as compat
from cosim.engines import pyverilator_port as port_module
from cosim.verify import verify
from mapper.crossbar.compiler import map_network
from mapper.errors import InputError

from .networks import CORE, MESH, random_network, random_spikes
from .seeds import seeds, stalls_for

on_mesh = pytest.mark.xdist_group("mesh-build")


@pytest.fixture(scope="module")
def chip():
    network = random_network(3)
    image = map_network(network, CORE, mesh=MESH)
    session = CrossbarSession(image)
    engine = make_engine("pyverilator", image.params)
    return engine, session.packets(random_spikes(network, 1, 0)), session.answers(1)


@on_mesh
@pytest.mark.parametrize("seed", seeds(range(400, 403)))
def test_verilog_in_pyverilator(seed):
    network = random_network(seed)
    image = map_network(network, CORE, mesh=MESH)
    engine = make_engine("pyverilator", image.params)
    run = verify(engine, image, random_spikes(network, 2, seed), stalls_for(seed))
    assert run.comparison.passed, (seed, run.comparison)


@on_mesh
def test_a_silent_chip_is_an_error(chip, monkeypatch):
    engine, packets, answers = chip
    monkeypatch.setattr(port_module, "_PATIENCE", 1000)
    with pytest.raises(EngineError, match="fell silent with 1 answers missing"):
        engine.exchange(packets, answers + 1)


@on_mesh
def test_a_stopped_run_ends_early(chip):
    engine, packets, answers = chip
    engine.build()
    threading.Timer(0.3, engine.stopped.set).start()
    with pytest.raises(EngineError, match="stopped"):
        engine.exchange(packets, answers + 1)
    engine.stopped.clear()


@on_mesh
def test_progress_reaches_the_end_and_surplus_is_returned(chip):
    engine, packets, answers = chip
    seen: list[int] = []
    assert len(engine.exchange(packets, answers - 1, progress=seen.append)) >= answers
    assert seen[-1] == answers - 1 and seen == sorted(seen)


@on_mesh
def test_every_exchange_starts_from_the_same_state(chip):
    """Also while another simulation is alive, later than at time 0: Verilator aborted there."""
    engine, packets, answers = chip
    other = engine.open()
    other.step(1000)
    first, second = (engine.exchange(packets, answers) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert other.cycle == 1003


def test_pyverilator_is_imported_whatever_became_of_its_helper():
    """In a process of its own: with the helper broken, with it absent, and with it working."""
    program = """
import sys, types
from cosim.engines.pyverilator_compat import load_pyverilator
if {state!r} == "absent":
    sys.modules["tclwrapper"] = None
elif {state!r} == "working":
    sys.modules["tclwrapper"] = helper = types.ModuleType("tclwrapper")
    helper.TCLWrapper = "untouched"
module = load_pyverilator()
print(module.PyVerilator.__name__, getattr(module.tclwrapper.TCLWrapper, "__name__", "untouched"))
"""
    for state, expected in (("broken", "_no_gtkwave"), ("absent", "_no_gtkwave"),
                            ("working", "untouched")):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", program.format(state=state)], capture_output=True, text=True
        )
        assert done.stdout.split() == ["PyVerilator", expected], done.stderr


def test_gtkwave_is_refused_in_words():
    with pytest.raises(InputError, match="VCD file"):
        compat._no_gtkwave("gtkwave", "-W")


@pytest.mark.parametrize("standard", ["--std=c++11 ", ""])
def test_a_pyverilator_that_asks_for_no_standard_is_left_alone(standard):
    called: list[list[str]] = []
    call = compat._caller(lambda command, quiet: called.append(command), ["-O3"])
    call(["perl", "verilator", "-CFLAGS", f"-fPIC {standard}-DX", "top.v"])
    assert called == [["perl", "verilator", "-CFLAGS", "-fPIC -DX", "top.v", "-O3",
                       "-CFLAGS", "-DVL_TIME_CONTEXT"]]  # fmt: skip


@pytest.mark.parametrize("mode, file", [("--hierarchical", "Vtop_hier.mk"), ("-O3", "Vtop.mk")])
def test_the_make_file_of_the_build(mode, file):
    called: list[list[str]] = []
    call = compat._caller(lambda command, quiet: called.append(command), [mode])
    call(["make", "-C", "obj", "-f", "Vtop.mk"], quiet=True)
    assert called == [["make", "-C", "obj", "-f", file]]


@pytest.mark.parametrize("mark", ["&", ""])
def test_names_of_ports_are_those_of_the_verilog(mark):
    template = compat._without_references(lambda *arguments: repr(arguments))
    found = template("top", [(f"{mark}clk", 1)], [(f"{mark}q", 64)], [], "null")
    assert found == repr(("top", [("clk", 1)], [("q", 64)], [], "null"))
