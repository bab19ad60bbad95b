"""Synthesis, place and route, bitstream, one after the other in one folder."""

import json
import re
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.errors import InputError
from rtl.boards.board import Board
from rtl.boards.design import Design

from .families import FAMILIES, Family
from .tools import Tool, processor_seconds, run_tool

__all__ = ["NETLIST", "Build"]

NETLIST = "netlist.json"
_TRIMMED = "trimmed.json"
_PLACED = "placed"
_LOGIC_SHARE = 0.325
"""Of a cycle; wires take the rest. Half leaves the full-size core slower than its clock."""
_USED = re.compile(r"Info:\s+([A-Z][A-Z0-9_]+):\s+(\d+)/\s*(\d+)\s")


@dataclass
class Build:
    """A design on its way to a bitstream.

    folder: where everything is written: the design, logs, netlist, placed design, bitstream
    tools: of synthesis, place and pack; hz: clock to place and route for; logic that needs
        less than its share of a cycle is made small rather than fast
    seconds, processor_seconds, commands: of each step so far
    used: resource of nextpnr -> (used, there are), after `place`
    """

    design: Design
    board: type[Board]
    folder: Path
    tools: Mapping[str, Tool]
    hz: int
    seconds: dict[str, float] = field(default_factory=dict)
    processor_seconds: dict[str, float] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    used: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """Of the board's FPGA."""
        return FAMILIES[self.board.series]

    def write(self) -> None:
        """The design and its constraints."""
        self.folder.mkdir()
        for name, text in self.design.rtlil.items():
            (self.folder / f"{name}.il").write_text(text)
        (self.folder / f"pins.{self.family.constraints}").write_text(self.design.constraints)
        for name, text in self.family.maps.items():
            (self.folder / name).write_text(text)

    def synthesize(self, heard: Callable[[str], None]) -> None:
        """To a netlist of the FPGA's cells, NETLIST."""
        script = (
            *(f"read_rtlil {name}.il" for name in sorted(self.design.rtlil)),
            "attrmap -modattr -remove top -remove generator",
            *self.family.prepare,
            f"scratchpad -set abc9.D {1e12 * _LOGIC_SHARE / self.hz:.0f}",
            f"{self.family.synthesize} -top {self.design.top} -json {NETLIST}",
        )
        (self.folder / "synthesis.ys").write_text("\n".join(script) + "\n")
        self._run("synthesis", ["synthesis.ys"], heard)

    def count(self) -> None:
        """Let nextpnr count what the design takes, into `used`, without placing it; an ECP5's pins
        may be missing.
        """

        def listen(line: str) -> None:
            self._note_used(line)

        arguments = [*self._netlist(), "--lpf-allow-unconstrained", "--pack-only"]
        self._run("place", arguments, listen)

    def place(self, heard: Callable[[str], None], seed: int) -> None:
        """Place and route; a slower result than `hz` is reported, not refused.

        Raises InputError when the design does not fit.
        """

        def listen(line: str) -> None:
            if not self._note_used(line) and self.used:
                self._check_size()
            heard(line)

        family = self.family
        arguments = [
            *self._netlist(), f"--{family.text}", f"{_PLACED}.{family.text}", "--freq",
            f"{self.hz / 1e6:g}", "--seed", str(seed), "--report", "timing.json",
            "--timing-allow-fail",
        ]  # fmt: skip
        self._run("place", arguments, listen)

    def pack(self, heard: Callable[[str], None]) -> None:
        """The bitstream."""
        self._run("pack", [f"{_PLACED}.{self.family.text}", self.family.bitstream], heard)

    def report(self) -> dict[str, Any]:
        """What nextpnr says of timing and utilization."""
        value: dict[str, Any] = json.loads((self.folder / "timing.json").read_text())
        return value

    def _netlist(self) -> list[str]:
        """What nextpnr is to place and route, and where: its arguments."""
        kind = self.family.constraints
        return [*self.board.part, "--json", self._trimmed(), f"--{kind}", f"pins.{kind}"]

    def _trimmed(self) -> str:
        """The netlist for place and route."""
        if self.family.trim is None:
            return NETLIST
        netlist = json.loads((self.folder / NETLIST).read_text())
        self.family.trim(netlist["modules"][self.design.top])
        (self.folder / _TRIMMED).write_text(json.dumps(netlist))
        return _TRIMMED

    def _run(self, step: str, arguments: list[str], heard: Callable[[str], None]) -> None:
        start, worked = time.monotonic(), processor_seconds()
        self.commands[step] = shlex.join([self.tools[step].name, *arguments])
        run_tool(self.tools[step], arguments, self.folder, f"{step}.log", heard)
        self.seconds[step] = round(time.monotonic() - start, 1)
        self.processor_seconds[step] = round(processor_seconds() - worked, 1)

    def _note_used(self, line: str) -> bool:
        """Is this a line of nextpnr's count? Then note it in `used`."""
        if found := _USED.match(line):
            self.used[found[1]] = int(found[2]), int(found[3])
        return found is not None

    def _check_size(self) -> None:
        """InputError when there is more than the FPGA has."""
        beyond = {kind: (n, room) for kind, (n, room) in self.used.items() if n > room}
        if beyond:
            much = ", ".join(f"{n:,} of {room:,} {kind}" for kind, (n, room) in beyond.items())
            raise InputError(f"the design does not fit {self.board.title}: {much}. {_SHRINK}")


_SHRINK = (
    "Smaller: logic (LC, COMB) by update_lanes, lanes, potential_bits and max_extension; memory "
    "(RAM, DP16KD) by axons, neurons, routes and max_extension; both by fewer cores"
)
