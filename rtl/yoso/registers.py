"""A PE's registers."""

from mapper.yoso.layout import (
    COUNTERS,
    ERRORS,
    IDENTITY,
    MODE,
    TARGET,
    TARGETS,
    Region,
    Register,
)
from mapper.yoso.params import PeParams

from ..config.register_file import RegisterFile, Setting
from ..layouts import struct
from .tick_tokens import SOURCE_BITS

__all__ = ["pe_registers"]


def pe_registers(pe: PeParams) -> RegisterFile:
    """See `mapper.yoso.layout.Register`."""
    target = Setting(struct(TARGET), (1 << TARGET.width) - 1)
    settings = {
        Register.NEURONS: Setting(range(pe.neurons + 1), pe.neurons),
        Register.SOURCES: Setting(SOURCE_BITS, (1 << SOURCE_BITS) - 1),
        Register.TICKS: Setting(range(pe.ticks + 1), pe.ticks),
        Register.MODE: Setting(struct(MODE), (1 << MODE.width) - 1),
        Register.LINE: Setting(16, (1 << 16) - 1),
        **dict.fromkeys((*TARGETS, Register.STOP), target),
    }
    counters = dict.fromkeys(COUNTERS, 1)
    return RegisterFile(Register, Region.REGISTER, IDENTITY, settings, counters, len(ERRORS))
