"""A macro's registers."""

from mapper.pim.layout import ADC, COUNTERS, ERRORS, IDENTITY, Region, Register
from mapper.pim.params import MacroParams

from ..config.register_file import RegisterFile, Setting
from ..layouts import struct

__all__ = ["macro_registers"]


def macro_registers(macro: MacroParams) -> RegisterFile:
    """See `mapper.pim.layout.Register`."""
    most_rows = macro.rows * macro.banks
    settings = {
        Register.CHANNELS: Setting(range(macro.channels + 1), macro.channels),
        Register.POSITIONS: Setting(range(macro.positions + 1), macro.positions),
        Register.ROWS: Setting(range(most_rows + 1), most_rows),
        Register.STACK: Setting(2, macro.banks.bit_length() - 1),
        Register.TICKS: Setting(16, (1 << 32) - 1),
        Register.ADC: Setting(struct(ADC), (1 << ADC.width) - 1),
    }
    columns = macro.banks * macro.lanes * macro.weight_bits
    bits = {
        Register.EVENTS: macro.rows_active.bit_length(),
        Register.SYNAPTIC_OPS: (columns * macro.rows_active).bit_length(),
        Register.CONVERSIONS: columns.bit_length(), Register.CLIPPED: columns.bit_length(),
    }  # fmt: skip
    counters = {register: bits.get(register, 1) for register in COUNTERS}
    return RegisterFile(Register, Region.REGISTER, IDENTITY, settings, counters, len(ERRORS))
