"""Words and addresses of a crossbar core, shared by mapper, golden model, host and RTL."""

from enum import IntEnum

from ..bits import BitLayout
from ..packets import CONFIG_ADDRESS
from ..semantics import DecayKind, Reset

__all__ = [
    "BANK", "CONTROL", "COUNTERS", "DECAY_CODE", "ERRORS", "IDENTITY", "POINTER",
    "RESET_CODE", "ROUTE", "ColumnField", "Region", "Register", "column_address", "config_address",
]  # fmt: skip


class Region(IntEnum):
    """Parts of the config address space."""

    COLUMN = 0
    """index = column * 8 + ColumnField"""
    ROUTE = 1
    """index = route entry, a ROUTE word"""
    FIRED = 2
    """index = column // fired_word: who fired in the last active tick (read only)"""
    REGISTER = 3
    """index = Register"""


class ColumnField(IntEnum):
    """Words of a column. All but CONTROL's strength and `last` matter at `last` columns only."""

    CONTROL = 0
    THRESHOLD = 1
    INITIAL = 2
    BIAS = 3
    POTENTIAL = 4
    ROUTES = 5
    """a POINTER word"""


class Register(IntEnum):
    """Words of a core's register file."""

    IDENTITY = 0
    """read only, see IDENTITY"""
    COLUMNS = 1
    """columns in use per phase, 0..neurons / f"""
    EXTENSION = 2
    """log2 of the axon extension f"""
    FIRST_TICK = 3
    """chip tick of the sample at which the core's window opens"""
    TICKS = 4
    """length of the window; outside it arriving spikes are discarded"""
    ERRORS = 5
    """sticky, see ERRORS; any write clears them"""
    CYCLES = 6
    """counters, 32 bits, wrapping; any write clears the one written"""
    EVENTS = 7
    """axon events counted into the crossbar"""
    SYNAPTIC_OPS = 8
    """synapses that were on at those events"""
    SPIKES = 9
    """neurons that fired"""
    STRAY = 10
    """axon events discarded outside the window"""
    BANK = 11
    """a BANK word; 0 and nothing else where there is one bank"""


COUNTERS = (
    Register.CYCLES, Register.EVENTS, Register.SYNAPTIC_OPS, Register.SPIKES, Register.STRAY
)  # fmt: skip

IDENTITY = 0x5350_4C02
"""Register.IDENTITY: "SPL" and the version of this layout."""

BANK = BitLayout("bank", (("active", 1), ("config", 1)))
"""Which bank ticks use, and which one WRITE, READ and SCAN address."""

ERRORS = ("saturation", "bad address", "unknown packet", "tick overrun")
"""Names of the sticky error bits, bit 0 first."""

CONTROL = BitLayout(
    "control",
    (
        ("shift", 3), ("negative", 1),  # the strength: +-2^shift
        ("last", 1),  # the complete neuron's last column, where its state lives
        ("decay", 2), ("amount", 3), ("reset", 2),
        ("silent", 1),  # never fires: a readout
    ),
)  # fmt: skip
DECAY_CODE = {
    DecayKind.NONE: 0, DecayKind.SHIFT: 1, DecayKind.HALVE: 2, DecayKind.CLEAR: 3
}  # fmt: skip
RESET_CODE = {Reset.NONE: 0, Reset.ZERO: 1, Reset.SUBTRACT: 2, Reset.ONCE: 3}

POINTER = BitLayout("pointer", (("start", 16), ("count", 16)))
"""A column's slice of the route entries."""
ROUTE = BitLayout(
    "route",
    (
        ("row", 11), ("phase", 6),  # packets.SPIKE: destination axon, or output line
        ("x0", 3), ("y0", 3), ("x1", 3), ("y1", 3),
        ("host", 1),  # send an OUTPUT to the host instead of a SPIKE to cores
    ),
)  # fmt: skip


def config_address(region: Region, index: int) -> int:
    """Address of a word in Space.CONFIG."""
    return int(CONFIG_ADDRESS.pack(region=region, index=index))


def column_address(column: int, field: ColumnField) -> int:
    """Address of one word of a column in Space.CONFIG."""
    return config_address(Region.COLUMN, column * 8 + field)
