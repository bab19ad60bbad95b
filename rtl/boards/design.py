"""A chip on a board: what synthesis, place and route start from."""

from dataclasses import dataclass

from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import In

from mapper.mesh import MeshParams

from ..hierarchy import ModuleLibrary, UngatedLibrary
from ..link.linked_chip import LinkedChip
from .board import Board
from .lines import HostLine

__all__ = ["TOP", "Design", "board_design", "linked_design"]

TOP = "board"
"""Name of the top module."""


@dataclass(frozen=True)
class Design:
    """rtlil: module -> its text, the same in every process; top: the module that is all
    constraints: pins and clocks, in the language of the FPGA's tools (LPF, PCF)
    """

    rtlil: dict[str, str]
    top: str = TOP
    constraints: str = ""


class _Top(Elaboratable):
    """The linked chip with pins and clock; see `board_design`."""

    def __init__(self, params: MeshParams, hz: int, line: HostLine) -> None:
        self.params, self.hz, self.line = params, hz, line

    def elaborate(self, platform: Board) -> Module:
        m = Module()
        platform.clock(m, self.hz)
        linked = LinkedChip(self.params, self.line.wires, platform.depth)
        m.submodules.linked = linked
        lamps = zip(("active", "error"), platform.lamps(self.line.name), strict=True)
        for name, port in (*platform.pins(self.line).items(), *lamps):
            level = getattr(linked, name)
            if linked.signature.members[name].flow is In:
                m.submodules[name] = pin = io.Buffer("i", port)
                m.d.comb += level.eq(pin.i)
            else:
                m.submodules[name] = pin = io.Buffer("o", port)
                m.d.comb += pin.o.eq(level)
                if f"{name}_oe" in linked.signature.members:
                    m.d.comb += pin.oe.eq(getattr(linked, f"{name}_oe"))
        return m


def board_design(board: type[Board], params: MeshParams, hz: int, line: HostLine) -> Design:
    """The chip of these parameters on the board, with a clock of `hz` and one of its `hosts`.

    Raises InputError for a clock that the board cannot make.
    """
    platform = board()
    platform.check_clock(hz)
    top = _Top(params, hz, line)
    plan = platform.prepare(top, TOP, emit_src=False)
    (constraints,) = (text for name, text in plan.files.items() if name.endswith((".lpf", ".pcf")))
    return Design(_all_modules(TOP, plan.files[f"{TOP}.il"], platform), TOP, constraints)


def linked_design(linked: LinkedChip, name: str) -> Design:
    """Without a board: `linked` as module `name`, whose clock and pins are plain ports."""
    library = UngatedLibrary()
    return Design(_all_modules(name, _rtlil(linked, name, library), library), name)


def _rtlil(component: wiring.Component, name: str, library: ModuleLibrary) -> str:
    return str(rtlil.convert(component, name=name, platform=library, emit_src=False))


def _all_modules(top: str, text: str, library: ModuleLibrary) -> dict[str, str]:
    """`text` of module `top`, and the shared modules that `library` has met in it."""
    files = {top: text}
    while missing := [name for name in library.modules if name not in files]:
        files |= {name: _rtlil(library.modules[name], name, library) for name in missing}
    return files
