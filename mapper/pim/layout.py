"""Words and addresses of a PIM macro, shared by mapper, golden model, host and RTL.

Packets are those of `mapper.packets`; a TICK is that of a crossbar chip. A neuron is a place of
the kernel (a position) and an output channel: number position * channels + channel.
"""

from enum import IntEnum

from ..bits import BitLayout
from ..packets import CONFIG_ADDRESS, Space

__all__ = [
    "ADC", "COUNTERS", "ERRORS", "IDENTITY", "LARGEST_OFFSET", "LARGEST_SHIFT", "ROUTES",
    "VALUES_PER_WORD", "WORD", "ChannelField", "Region", "Register", "channel_address",
    "region_address", "route_address",
]  # fmt: skip

WORD = 32
"""Bits of a programming word."""
VALUES_PER_WORD = 4
"""Input values in a word of Region.ACTIVATION, one per byte, the first in the least significant."""
ROUTES = 1 << 15
"""First address of the routing table in Space.SYNAPSE; the arrays lie below it."""


class Region(IntEnum):
    """Parts of the config address space (`packets.CONFIG_ADDRESS`)."""

    POTENTIAL = 0
    """index = neuron, as of the last tick (read only)"""
    POINTER = 1
    """index = neuron: a crossbar POINTER word, its slice of the routing table"""
    ACTIVATION = 2
    """index = input value // VALUES_PER_WORD; written anew for each sample"""
    POSITION = 3
    """index = position: added to the offsets of all rows"""
    ROW = 4
    """index = row of the kernel, 0..fan-in - 1: offset of the input value that drives it"""
    CHANNEL = 5
    """index = channel * 8 + ChannelField"""
    FIRED = 6
    """index = neuron // 32: who fired in the last active tick (read only)"""
    REGISTER = 7
    """index = Register"""


class ChannelField(IntEnum):
    """Words of an output channel. CONTROL is the crossbar's, less strength and `last`."""

    CONTROL = 0
    THRESHOLD = 1
    INITIAL = 2
    BIAS = 3


class Register(IntEnum):
    """Words of a macro's register file."""

    IDENTITY = 0
    """read only, see IDENTITY"""
    CHANNELS = 1
    """output channels in use, 0..channels; 0: the macro is not used"""
    POSITIONS = 2
    """places of the kernel, 0..positions"""
    ROWS = 3
    """fan-in of a neuron, 0..rows << STACK"""
    STACK = 4
    """log2 of the banks that hold the rows of one channel, one part each"""
    TICKS = 5
    """ticks of a sample, counted from its first"""
    ADC = 6
    """an ADC word"""
    ERRORS = 7
    """sticky, see ERRORS; any write clears them"""
    CYCLES = 8
    """counters, 32 bits, wrapping; any write clears the one written"""
    EVENTS = 9
    """word lines raised"""
    SYNAPTIC_OPS = 10
    """bit cells that a raised word line connected to a bit line that was converted"""
    SPIKES = 11
    """neurons that fired"""
    STRAY = 12
    """SPIKE packets, which mean nothing to a macro, discarded"""
    CONVERSIONS = 13
    """analog-to-digital conversions"""
    CLIPPED = 14
    """conversions whose sum lay above the converter's range"""


COUNTERS = (
    Register.CYCLES, Register.EVENTS, Register.SYNAPTIC_OPS, Register.SPIKES, Register.STRAY,
    Register.CONVERSIONS, Register.CLIPPED,
)  # fmt: skip

IDENTITY = 0x5049_4D01
"""Register.IDENTITY: "PIM" and the version of this layout."""

ERRORS = ("saturation", "bad address", "unknown packet", "tick overrun")
"""Names of the sticky error bits, bit 0 first; as the crossbar core's."""

ADC = BitLayout("adc", (("shift", 3), ("offset", 4)))
"""A converter reads min((sum + offset) >> shift, 2^adc_bits - 1), which stands for itself << shift:
a step is 2^shift rows wide; offset 2^(shift - 1) rounds to the nearest step."""
LARGEST_SHIFT = (1 << dict(ADC.fields)["shift"]) - 1
LARGEST_OFFSET = (1 << dict(ADC.fields)["offset"]) - 1


def region_address(region: Region, index: int) -> int:
    """Config address of a word of a region."""
    return int(CONFIG_ADDRESS.pack(region=region, index=index))


def channel_address(channel: int, field: ChannelField) -> int:
    """Config address of a word of a channel."""
    return region_address(Region.CHANNEL, channel * 8 + field)


def route_address(entry: int) -> tuple[Space, int]:
    """(space, address) of a ROUTE word; its layout is the crossbar's."""
    return Space.SYNAPSE, ROUTES + entry
