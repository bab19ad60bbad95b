"""Words and addresses of a YOSO PE, shared by mapper, golden model, host and RTL.

Packets are those of `mapper.packets`. A SPIKE's data is a spike address (16 bits), a TICK's data
a TOKEN; the `address` of both is a TAG.
"""

from enum import IntEnum

from ..bits import BitLayout
from ..packets import CONFIG_ADDRESS

__all__ = [
    "ADDRESS_BITS", "COUNTERS", "ERRORS", "IDENTITY", "MODE", "ROW", "RUN", "STATE", "TAG",
    "TARGET", "TARGETS", "TOKEN", "WEIGHTS_PER_WORD", "NeuronField", "Region", "Register",
    "neuron_address", "region_address",
]  # fmt: skip

ADDRESS_BITS = 16
"""Bits of a spike address. What it means is the receiver's choice: in a dense layer the first of
the source's weights, with weight lists (MODE.listed) an index into the table of rows."""

TAG = BitLayout("tag", (("tick", 6), ("sample", 1)))
"""Which tick of which sample a SPIKE belongs to or a TICK ends; samples are numbered modulo 2.
The gate at the host's port writes `sample` into what the host sends."""
TOKEN = BitLayout("token", (("wait", 1), ("last", 1), ("stop", 1)))
"""wait: the gate answers with DONE when the grid is idle again, and lets nothing pass till then;
last: of the sample, implies `wait` (both mean something to the gate only). stop: end the sample
here (early exit) instead of a tick."""


class Region(IntEnum):
    """Parts of the config address space (`packets.CONFIG_ADDRESS`)."""

    NEURON = 0
    """index = neuron * 8 + NeuronField"""
    ROW = 1
    """index = spike address, a ROW word: its runs (only with weight lists)"""
    RUN = 2
    """index = run, a RUN word (only with weight lists)"""
    REGISTER = 3
    """index = Register"""


class NeuronField(IntEnum):
    """Words of a neuron."""

    STATE = 0
    """read only, a STATE word; as of the last sample's end or, within a sample, the last tick's"""
    ACCUMULATOR = 1
    """read only, the accumulated weight, sign-extended"""
    THRESHOLD = 2
    """signed"""
    SPIKE = 3
    """the spike address that its spikes carry"""


class Register(IntEnum):
    """Words of a PE's register file."""

    IDENTITY = 0
    """read only, see IDENTITY"""
    NEURONS = 1
    """neurons in use, 0..neurons; 0: the PE is not used"""
    SOURCES = 2
    """tokens that end a tick: PEs that send here, and one for the host if it does; 0..127"""
    TICKS = 3
    """ticks of a sample, 1..ticks"""
    MODE = 4
    """a MODE word"""
    LINE = 5
    """output line of neuron 0 (data of its OUTPUT packets), the others' follow"""
    TARGET0 = 6
    """TARGET words: where spikes and tokens go, one packet for each that is valid"""
    TARGET1 = 7
    TARGET2 = 8
    TARGET3 = 9
    STOP = 10
    """a TARGET word: whom MODE.exit tells to stop"""
    ERRORS = 11
    """sticky, see ERRORS; any write clears them"""
    CYCLES = 12
    """counters, 32 bits, wrapping; any write clears the one written"""
    EVENTS = 13
    """spikes that were looked up in the weights"""
    SYNAPTIC_OPS = 14
    """weights added to an accumulator"""
    SPIKES = 15
    """neurons that fired"""
    STRAY = 16
    """packets of a sample that had been stopped, discarded"""


TARGETS = (Register.TARGET0, Register.TARGET1, Register.TARGET2, Register.TARGET3)
COUNTERS = (
    Register.CYCLES, Register.EVENTS, Register.SYNAPTIC_OPS, Register.SPIKES, Register.STRAY
)  # fmt: skip

IDENTITY = 0x594F_5301
"""Register.IDENTITY: "YOS" and the version of this layout."""

ERRORS = ("saturation", "bad address", "unknown packet", "queue overflow", "out of turn")
"""Names of the sticky error bits, bit 0 first. Out of turn: a spike or token for a tick that is
over or never comes, a token too many, or a packet of another sample while one runs."""

MODE = BitLayout(
    "mode",
    (
        ("psp", 1),  # the accumulator keeps its sum from tick to tick (ReL-PSP); else cleared
        ("silent", 1),  # never fires: potentials decide ("softmax")
        ("listed", 1),  # spike addresses are rows of weight lists
        ("host", 1),  # spikes go to the host too, as OUTPUT packets
        ("exit", 1),  # after the first tick in which a neuron fires, stop the sample
        ("lazy", 1),  # all thresholds are positive: a neuron without a spike so far cannot fire
    ),
)
TARGET = BitLayout("target", (("x0", 3), ("y0", 3), ("x1", 3), ("y1", 3), ("valid", 1)))
"""A rectangle of PEs."""

STATE = BitLayout("state", (("potential", 24), ("fired", 1), ("tick", 6)))
"""potential: two's complement, sign-extended to 24 bits; tick: in which the neuron fired, else 0"""
ROW = BitLayout("row", (("start", 16), ("count", 16)))
"""A spike address's slice of the runs; count 0: none of its weights are here."""
RUN = BitLayout("run", (("weight", 16), ("neuron", 10), ("more", 6)))
"""`more` + 1 weights from `weight` on, for as many neurons from `neuron` on."""

WEIGHTS_PER_WORD = 4
"""Space.SYNAPSE: a word holds weights 4 * address.. + 3, one per byte, sign-extended, the first in
the least significant byte."""


def region_address(region: Region, index: int) -> int:
    """Config address of a word of a region."""
    return int(CONFIG_ADDRESS.pack(region=region, index=index))


def neuron_address(neuron: int, field: NeuronField) -> int:
    """Config address of a word of a neuron."""
    return region_address(Region.NEURON, neuron * 8 + field)
