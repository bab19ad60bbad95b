"""What every board has: an FPGA, a clock for the chip, a line to the host, two lamps."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from amaranth.hdl import ClockDomain, ClockSignal, Module
from amaranth.lib import io
from amaranth.lib.cdc import ResetSynchronizer

from mapper.errors import InputError

from ..hierarchy import UngatedLibrary
from ..link.packet_link import DEPTH
from .ecp5_pll import Ecp5Pll, dividers
from .lines import HostLine

__all__ = ["Board", "Ecp5Board", "Ice40Board"]


class Board(UngatedLibrary):
    """Stands before an Amaranth platform among the bases of a board.

    title: what it is; series: of its FPGA, a key of `flows.fpga.families.FAMILIES`
    part: nextpnr's arguments that name the FPGA
    clock_hz: of the chip, and core: `--core` of `spikeloom fpga`, unless told otherwise
    hosts: lines to the host, of LINES -> the resource of the platform whose pins have their names
    depth: packets that the link keeps each way, 32 to 128
    """

    title: ClassVar[str]
    series: ClassVar[str]
    part: ClassVar[tuple[str, ...]]
    clock_hz: ClassVar[int]
    core: ClassVar[str]
    hosts: ClassVar[Mapping[str, str]] = {"uart": "uart"}
    depth: ClassVar[int] = DEPTH

    # Of the Amaranth platform:
    default_clk: str
    default_clk_frequency: float
    request: Any
    prepare: Any

    @abstractmethod
    def check_clock(self, hz: int) -> None:
        """InputError when the board cannot make this clock."""

    @abstractmethod
    def clock(self, m: Module, hz: int) -> None:
        """Make the domain `sync`, or leave it to Amaranth to make it from the board's clock."""

    @abstractmethod
    def lamps(self, line: str) -> tuple[io.PortLike, io.PortLike]:
        """Lamps for activity and for errors, lit while 1, which this line leaves free."""

    def pins(self, line: HostLine) -> dict[str, io.PortLike]:
        """Of a line among `hosts`: name in `Wires.pins` -> port."""
        ports = self.request(self.hosts[line.name], 0, dir="-")
        return {name: getattr(ports, name) for name in line.wires.pins if name[-3:] != "_oe"}


class Ecp5Board(Board):
    """An ECP5 makes any clock with a PLL."""

    series = "ecp5"
    core = "fpga"

    def check_clock(self, hz: int) -> None:
        source = round(self.default_clk_frequency)
        if dividers(source, hz) is None:
            raise InputError(f"clock {hz / 1e6:g} MHz: the PLL makes it not of the board's "
                             f"{source / 1e6:g} MHz; try multiples of 5 MHz")  # fmt: skip

    def clock(self, m: Module, hz: int) -> None:
        m.submodules.clock = pin = io.Buffer("i", self.request(self.default_clk, dir="-"))
        m.submodules.pll = pll = Ecp5Pll(round(self.default_clk_frequency), hz)
        m.domains.sync = ClockDomain("sync")
        m.d.comb += [pll.i.eq(pin.i), ClockSignal("sync").eq(pll.o)]
        m.submodules.reset = ResetSynchronizer(~pll.locked, domain="sync")


class Ice40Board(Board):
    """The board's clock is the chip's: the small FPGA is not faster than it."""

    series = "ice40"
    core = "tiny,update_lanes=1,max_extension=1"
    depth = 32

    def check_clock(self, hz: int) -> None:
        if hz != self.default_clk_frequency:
            raise InputError(f"clock {hz / 1e6:g} MHz: this board has only its own, "
                             f"{self.default_clk_frequency / 1e6:g} MHz")  # fmt: skip

    def clock(self, m: Module, hz: int) -> None:
        """Amaranth makes the domain, with the long reset that the memories of an iCE40 need."""
