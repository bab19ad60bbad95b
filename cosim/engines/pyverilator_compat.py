"""PyVerilator 0.7.0 on today's Python and Verilator: what it trips over, put right around it.

Nothing of it is changed on disk or copied. Each repair does nothing to a PyVerilator that no
longer needs it.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from mapper.errors import InputError

__all__ = ["build_model", "load_pyverilator"]

Signals = list[tuple[str, int]]
"""Names in C++ and widths in bits."""


def load_pyverilator() -> ModuleType:
    """The module that holds the class PyVerilator.

    It imports `tclwrapper`, its remote control of GTKWave, which fails since Python 3.11 (it asks
    Tk for a function that is gone) and wherever Python has no Tk. Then an empty one takes its
    place: only PyVerilator's `start_gtkwave` is lost.
    """
    try:
        import tclwrapper  # noqa: F401
    except (ImportError, AttributeError):
        replacement: Any = ModuleType("tclwrapper")
        replacement.TCLWrapper = _no_gtkwave
        sys.modules["tclwrapper"] = replacement
    from pyverilator import pyverilator

    return pyverilator


def _no_gtkwave(*arguments: str) -> NoReturn:
    raise InputError(
        "PyVerilator cannot control GTKWave on this Python; write a VCD file and open that"
    )


def build_model(verilog: Path, build: Path, arguments: Sequence[str]) -> None:
    """PyVerilator's own build of a top module, in this process and its environment.

    verilog: file of the top module; other modules are in files beside it
    arguments: more of Verilator's

    Changes what the module calls, for good: meant for a process of its own.
    """
    module: Any = load_pyverilator()
    module.call_process = _caller(module.call_process, arguments)
    module.template_cpp.template_cpp = _without_references(module.template_cpp.template_cpp)
    module.PyVerilator.build(str(verilog), [str(verilog.parent)], build_dir=str(build))


def _caller(call: Callable[..., None], arguments: Sequence[str]) -> Callable[..., None]:
    """Runs PyVerilator's two commands, with our arguments.

    Verilator's library needs more than C++11, which PyVerilator asks for; the make file knows
    which standard the compiler should use. A hierarchical build has a make file of its own.
    PyVerilator's time counts evaluations, and Verilator aborts the process when a second model
    is made later than at time 0; with VL_TIME_CONTEXT that time is not asked for.
    """

    def call_process(command: list[str], quiet: bool = False) -> None:
        if command[0] == "make" and "--hierarchical" in arguments:
            plain = command[command.index("-f") + 1]
            command = [c.replace(plain, plain.replace(".mk", "_hier.mk")) for c in command]
        elif command[0] != "make":
            command = [*(c.replace("--std=c++11 ", "") for c in command), *arguments]
            command += ["-CFLAGS", "-DVL_TIME_CONTEXT"]
        call(command, quiet=quiet)

    return call_process


def _without_references(template: Callable[..., str]) -> Callable[..., str]:
    """Since Verilator 5 the header declares ports as references, `VL_IN8(&clk,0,0)`, and
    PyVerilator takes the `&` for a part of the name.
    """

    def template_cpp(
        top: str, inputs: Signals, outputs: Signals, internals: Signals, facts: str
    ) -> str:
        ports = ([(name.lstrip("&"), width) for name, width in way] for way in (inputs, outputs))
        return template(top, *ports, internals, facts)

    return template_cpp
