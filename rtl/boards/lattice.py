"""Boards with FPGAs that open tools place and route."""

from collections.abc import Mapping
from typing import ClassVar

from amaranth.build import Attrs, Pins, Resource, Subsignal
from amaranth.lib.io import PortLike
from amaranth_boards.ecpix5 import ECPIX585Platform
from amaranth_boards.icebreaker import ICEBreakerPlatform
from amaranth_boards.ulx3s import ULX3S_85F_Platform

from .board import Ecp5Board, Ice40Board

__all__ = ["Ecpix5", "Icebreaker", "Ulx3s"]


class Ulx3s(Ecp5Board, ULX3S_85F_Platform):
    """Lamps: LED 0 activity, LED 1 error."""

    title = "Radiona ULX3S, Lattice ECP5 LFE5U-85F"
    part = ("--85k", "--package", "CABGA381", "--speed", "6")
    clock_hz = 50_000_000

    def lamps(self, line: str) -> tuple[PortLike, PortLike]:
        return self.request("led", 0, dir="-"), self.request("led", 1, dir="-")


class Ecpix5(Ecp5Board, ECPIX585Platform):
    """Lamps: of the first LED green activity, red error."""

    title = "LambdaConcept ECPIX-5, Lattice ECP5 LFE5UM5G-85F"
    part = ("--um5g-85k", "--package", "CABGA554", "--speed", "8")
    clock_hz = 50_000_000

    def lamps(self, line: str) -> tuple[PortLike, PortLike]:
        led = self.request("rgb_led", 0, dir="-")
        return led.g, led.r


class Icebreaker(Ice40Board, ICEBreakerPlatform):
    """Lamps: green activity, red error.

    SPI comes from channel A of the USB bridge, over the wires of the configuration flash, but with
    a chip select of its own (ADBUS3), so the flash stays out of it: net SPI_CS, which is also the
    red lamp's, joined by jumper J29 since revision 1.0d (github.com/icebreaker-fpga/icebreaker,
    hardware). Errors light the red lamp of the snap-off section then.
    """

    title = "1BitSquared iCEBreaker, Lattice iCE40UP5K"
    part = ("--up5k", "--package", "sg48")
    clock_hz = 12_000_000
    hosts: ClassVar[Mapping[str, str]] = {"uart": "uart", "spi": "spi_host"}
    resources: ClassVar[list[Resource]] = [
        *ICEBreakerPlatform.resources,
        Resource(
            "spi_host", 0, Subsignal("sclk", Pins("15", dir="i")),
            Subsignal("cs_n", Pins("11", dir="i"), Attrs(PULLUP=1)),
            Subsignal("copi", Pins("14", dir="i")), Subsignal("cipo", Pins("17", dir="oe")),
            Attrs(IO_STANDARD="SB_LVCMOS"),
        ),
    ]  # fmt: skip

    def lamps(self, line: str) -> tuple[PortLike, PortLike]:
        if line == "spi":
            self.add_resources(self.break_off_pmod)
        error = 1 if line == "spi" else 0
        return self.request("led_g", 0, dir="-"), self.request("led_r", error, dir="-")
