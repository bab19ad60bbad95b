"""What a processing-in-memory (PIM) macro is made of."""

from dataclasses import dataclass, fields

from ..errors import InputError
from .layout import LARGEST_OFFSET, WORD

__all__ = ["PRESETS", "MacroParams"]


def _ceil_power(value: int) -> int:
    return 1 << (value - 1).bit_length()


@dataclass(frozen=True, kw_only=True)
class MacroParams:
    """User choices of one macro; the defaults are the array of Datta et al. 2022, table 4.

    banks:           arrays that work side by side, a power of two, 1..8
    columns:         bit lines of a bank, 8..1024; a weight takes `weight_bits` of them
    rows:            word lines of a bank, a power of two, 8..2048
    weight_bits:     bits of a weight, two's complement, 2..8
    activation_bits: bits of an input value, unsigned, 1..8; they are presented one by one
    rows_active:     R, rows that one conversion sums, a power of two, 4..64, at most `rows`
    adc_bits:        resolution of the converters, 1..8; 2^adc_bits > R loses nothing
    lanes:           weights of a bank converted per cycle, a power of two, at most its weights;
                     lanes x weight_bits converters a bank
    activations:     input values of a sample, a power of two, 16..32768
    positions:       places of the kernel, a power of two, 8..8192
    neurons:         positions x channels, a power of two, 32..8192
    routes:          entries of the routing table, a power of two, 8..32768
    potential_bits:  width of the membrane potential, 8..32
    """

    banks: int = 4
    columns: int = 256
    rows: int = 512
    weight_bits: int = 6
    activation_bits: int = 8
    rows_active: int = 16
    adc_bits: int = 5
    lanes: int = 4
    activations: int = 8192
    positions: int = 1024
    neurons: int = 8192
    routes: int = 32768
    potential_bits: int = 24

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise InputError(f"PIM parameter {field.name} must be an integer, not {value!r}")
        self._range("banks", 1, 8, power=True)
        self._range("columns", 8, 1024)
        self._range("rows", 8, 2048, power=True)
        self._range("weight_bits", 2, 8)
        self._range("activation_bits", 1, 8)
        self._range("rows_active", 4, min(64, self.rows), power=True)
        self._range("adc_bits", 1, 8)
        self._range("lanes", 1, self.weights_per_bank, power=True)
        self._range("activations", 16, 1 << 15, power=True)
        self._range("positions", 8, 8192, power=True)
        self._range("neurons", 32, 8192, power=True)
        self._range("routes", 8, 1 << 15, power=True)
        self._range("potential_bits", 8, 32)
        if self.channels > 1024:
            raise InputError(
                f"PIM parameters: {self.banks} banks of {self.weights_per_bank} weights are "
                f"{self.channels} channels, at most 1024"
            )
        if self.weight_words > 1 << 15:
            raise InputError(
                f"PIM parameters: the arrays take {self.weight_words} words of the address space, "
                f"at most {1 << 15}: fewer banks, rows or columns"
            )

    def _range(self, name: str, low: int, high: int, power: bool = False) -> None:
        value = getattr(self, name)
        if not low <= value <= high or (power and value & (value - 1)):
            kind = "a power of two" if power else "an integer"
            raise InputError(f"PIM parameter {name} must be {kind} in {low}..{high}, not {value}")

    @property
    def weights_per_bank(self) -> int:
        """Weights side by side in a row of a bank."""
        return self.columns // self.weight_bits

    @property
    def channels(self) -> int:
        """Most output channels, with a fan-in of at most `rows`."""
        return self.banks * self.weights_per_bank

    @property
    def groups(self) -> int:
        """Groups of rows that are active together, in a bank."""
        return self.rows // self.rows_active

    @property
    def blocks(self) -> int:
        """Conversions, one after the other, for all columns of a bank."""
        return -(-self.weights_per_bank // self.lanes)

    @property
    def word_bits(self) -> int:
        """Bit cells that a bank reads at once: rows_active of each column of `lanes` weights."""
        return self.lanes * self.weight_bits * self.rows_active

    @property
    def parts(self) -> int:
        """Programming words of such a word."""
        return -(-self.word_bits // WORD)

    @property
    def weight_words(self) -> int:
        """Addresses that the arrays take: bank, group, block, part, each a power of two."""
        return self.banks * self.groups * _ceil_power(self.blocks) * _ceil_power(self.parts)

    @property
    def partial_bits(self) -> int:
        """Width (signed) of a bank's sum over all its rows, all activation and weight bits."""
        count = self.rows_active + LARGEST_OFFSET
        largest = self.groups * count * ((1 << self.activation_bits) - 1)
        return (largest << (self.weight_bits - 1)).bit_length() + 1

    @property
    def sum_bits(self) -> int:
        """Width (signed) of a neuron's weighted sum: of all banks when they are stacked."""
        return self.partial_bits + (self.banks - 1).bit_length()

    @property
    def largest_code(self) -> int:
        """What a converter reads at most."""
        return (1 << self.adc_bits) - 1


PRESETS: dict[str, MacroParams] = {
    "full": MacroParams(),
    "small": MacroParams(
        columns=96, rows=64, lanes=2, activations=1024, positions=256, neurons=2048, routes=8192
    ),
    "tiny": MacroParams(
        banks=2, columns=24, rows=16, weight_bits=4, activation_bits=4, rows_active=4, adc_bits=3,
        lanes=2, activations=64, positions=16, neurons=64, routes=128, potential_bits=16,
    ),
}  # fmt: skip
"""Named macros for every command's `--macro`."""
