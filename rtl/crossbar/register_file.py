"""A crossbar core's registers."""

from mapper.crossbar.layout import BANK, COUNTERS, ERRORS, IDENTITY, Region, Register
from mapper.crossbar.params import CoreParams

from ..config.register_file import RegisterFile, Setting
from ..layouts import struct

__all__ = ["core_registers"]


def core_registers(core: CoreParams) -> RegisterFile:
    """See `mapper.crossbar.layout.Register`."""
    word = (1 << 32) - 1
    settings = {
        Register.COLUMNS: Setting(core.column_bits + 1, core.neurons),
        Register.EXTENSION: Setting(3, core.max_extension.bit_length() - 1),
        Register.FIRST_TICK: Setting(16, word),
        Register.TICKS: Setting(16, word),
        Register.BANK: Setting(struct(BANK), (1 << core.bank_bits * BANK.width) - 1),
    }
    counters = {register: core.column_bits + 1 for register in COUNTERS}
    return RegisterFile(
        Register, Region.REGISTER, IDENTITY, settings, counters, len(ERRORS)
    )  # fmt: skip
