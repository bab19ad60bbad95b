"""Waveforms: a bug planted in the Verilog is found, and the file shows it when and where we say."""

import re

import numpy as np
import pytest
import pywellen

from cosim.divergence.find import find_divergence
from cosim.divergence.report import write_divergence
from cosim.divergence.window import record_window
from cosim.engines import ENGINES, verilated
from cosim.engines.waveform import WaveformEngine
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import ChipParams
from mapper.yoso.params import GridParams
from rtl.verilog import chip_verilog

from .grid_networks import PE
from .networks import CORE
from .test_faults import busy_network

pytestmark = pytest.mark.xdist_group("waveform-build")
LANE = "crossbar_neuron_lane.v"
COMPARE = ") >= $signed(threshold)"


def planted(params):
    """Neurons fire above their threshold, not at it."""
    files = chip_verilog(params)
    assert files[LANE].count(COMPARE) == 1
    return files | {LANE: files[LANE].replace(COMPARE, COMPARE.replace(">=", ">"))}


@pytest.fixture
def found(monkeypatch):
    """The divergence of a chip of two cores with that bug, on the build that records waveforms."""
    monkeypatch.setattr(verilated, "chip_verilog", planted)
    monkeypatch.setitem(ENGINES, "planted", lambda params: WaveformEngine(params, 0))
    image = map_network(busy_network(), CORE, mesh=(2, 1))
    # The bias alone brings every hidden neuron exactly to its threshold at tick 1.
    return find_divergence(image, np.zeros((1, 4, 12), bool), ("golden", "planted"))


def test_the_bug_is_found(found):
    first, why = found.first, found.explanation
    place = {"what": "potentials", "name": "hidden", "tick": 1, "neuron": 0, "core": 0}
    assert first.items() >= place.items()
    assert why.cause == "arithmetic"
    threshold = next(s.value for s in why.steps if s.what == "threshold")
    assert f"as with threshold {threshold + 1} in place of {threshold}" in why.findings
    integrated = next(s.value for s in why.steps if s.what == "= integrated")
    assert integrated == threshold  # every other case is right


def signals(path):
    """Full name -> signal."""
    return {v.full_name: v.signal for v in pywellen.Waveform(str(path)).all_vars()}


def test_the_waveform_shows_the_difference(found, tmp_path):
    """Its times are those that are told, and at its end the neuron has the wrong potential."""
    window = record_window(found, tmp_path / "window.fst")
    assert window.reproduced
    shown = signals(tmp_path / "window.fst")
    begin, end = window.cycles
    clock = shown["TOP.clk"]
    for cycle in (begin, end):
        assert [clock.value_at(10 * cycle), clock.value_at(10 * cycle + 5)] == [1, 0]
    changes = []
    pywellen.Waveform(str(tmp_path / "window.fst")).stream_changes(
        lambda time, *_: changes.append(time), ["TOP.clk"]
    )
    assert (min(changes), max(changes)) == (10 * begin, 10 * end + 5)
    potential = shown[f"{window.scope}.{window.potential}"]
    bits = CORE.potential_bits
    value = potential.value_at(10 * end + 5)
    assert (value ^ 1 << bits - 1) - (1 << bits - 1) == found.first["actual"]
    assert "TOP.crossbar_chip.tile.core_1.i__valid" in shown  # its ports only
    assert not any(name.startswith("TOP.crossbar_chip.tile.core_1.shared.") for name in shown)


def test_the_window_is_the_tick_and_the_one_before(found, tmp_path):
    """The core's TICKs: as many as there are ticks in the window."""
    window = record_window(found, tmp_path / "window.fst")
    shown = signals(tmp_path / "window.fst")
    scope = "TOP.crossbar_chip.tile.core_0"
    valid, ready = (shown[f"{scope}.i__{name}"] for name in ("valid", "ready"))
    kind = shown[f"{scope}.i__payload.kind"]
    before = [10 * cycle - 1 for cycle in range(window.cycles[0] + 1, window.cycles[1] + 1)]
    ticks = [t for t in before if valid.value_at(t) and ready.value_at(t) and kind.value_at(t) == 1]
    assert len(ticks) == min(2, found.chip_tick + 1)


def test_what_is_written_is_the_same_each_time(found, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_divergence(tmp_path / name, found, 7)
    files = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert files == ["divergence.json", "divergence.txt", "trace.txt", "window.fst"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one" / "window.fst").stat().st_size < 200_000


@pytest.mark.parametrize("fabric", ["crossbar", "yoso"])
def test_one_core_has_a_module_of_its_own(fabric):
    """In the Verilog every module is defined once, and one core is an instance of the copy."""
    chip = ChipParams(width=2, height=1, core=CORE)
    params = chip if fabric == "crossbar" else GridParams(width=2, height=1, pe=PE)
    files = WaveformEngine(params, 1).verilog()
    text = "\n".join(files.values())
    modules = re.findall(r"(?m)^module (\S+?)(?:\(| )", text)
    assert len(modules) == len(set(modules))
    [name] = (m.removesuffix("_seen") for m in modules if m.endswith("_seen"))
    assert re.findall(rf"(?m)^  ({name}\w*) shared ", text) == [name, f"{name}_seen"]
    inside = [m for m in modules if m.startswith(f"\\{name}_seen.")]
    assert len(inside) == sum(m.startswith(f"\\{name}.") for m in modules) > 0
