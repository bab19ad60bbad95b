"""Boards with FPGAs that open tools place and route."""

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

    def lamps(self) -> tuple[PortLike, PortLike]:
        return self.request("led", 0, dir="-"), self.request("led", 1, dir="-")


class Ecpix5(Ecp5Board, ECPIX585Platform):
    """Lamps: of the first LED green activity, red error."""

    title = "LambdaConcept ECPIX-5, Lattice ECP5 LFE5UM5G-85F"
    part = ("--um5g-85k", "--package", "CABGA554", "--speed", "8")
    clock_hz = 50_000_000

    def lamps(self) -> tuple[PortLike, PortLike]:
        led = self.request("rgb_led", 0, dir="-")
        return led.g, led.r


class Icebreaker(Ice40Board, ICEBreakerPlatform):
    """Lamps: green activity, red error."""

    title = "1BitSquared iCEBreaker, Lattice iCE40UP5K"
    part = ("--up5k", "--package", "sg48")
    clock_hz = 12_000_000

    def lamps(self) -> tuple[PortLike, PortLike]:
        return self.request("led_g", 0, dir="-"), self.request("led_r", 0, dir="-")
