"""What a YOSO processing element (PE) and grid are made of."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from ..errors import InputError
from ..mesh import MeshParams
from .layout import ADDRESS_BITS, ROW, RUN

__all__ = ["PRESETS", "GridParams", "PeParams"]


@dataclass(frozen=True, kw_only=True)
class PeParams:
    """User choices of one PE; the defaults are those of Zhang et al. 2021, section IV.

    neurons:          neurons, a power of two, 8..1024
    weights:          words of the weight memory, a power of two, 64..65536
    weight_bits:      bits of a weight, two's complement, 2..8
    accumulator_bits: bits of an accumulated weight, two's complement, 8..24
    potential_bits:   bits of a membrane potential, two's complement, 8..24
    queue:            spikes that a PE can receive in a sample, a power of two, 8..8192
    ticks:            most ticks of a sample, a power of two, 2..64
    rows:             entries of the table from spike address to weight lists, a power of two up to
                      8192, or 0: only dense layers, which need no lists
    runs:             entries of the weight lists, likewise; 0 exactly if `rows` is
    """

    neurons: int = 256
    weights: int = 16384
    weight_bits: int = 6
    accumulator_bits: int = 16
    potential_bits: int = 24
    queue: int = 1024
    ticks: int = 16
    rows: int = 0
    runs: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise InputError(f"PE parameter {field.name} must be an integer, not {value!r}")
        self._range("neurons", 8, 1024, power=True)
        self._range("weights", 64, 1 << 16, power=True)
        self._range("weight_bits", 2, 8)
        self._range("accumulator_bits", 8, 24)
        self._range("potential_bits", 8, 24)
        self._range("queue", 8, 8192, power=True)
        self._range("ticks", 2, 64, power=True)
        if self.rows or self.runs:
            self._range("rows", 8, 8192, power=True)
            self._range("runs", 8, 8192, power=True)

    def _range(self, name: str, low: int, high: int, power: bool = False) -> None:
        value = getattr(self, name)
        if not low <= value <= high or (power and value & (value - 1)):
            kind = "a power of two" if power else "an integer"
            raise InputError(f"PE parameter {name} must be {kind} in {low}..{high}, not {value}")

    @property
    def tick_bits(self) -> int:
        """Bits of a tick's number."""
        return (self.ticks - 1).bit_length()

    @property
    def place_bits(self) -> int:
        """Bits of a place in the queue: of a link of its lists."""
        return (self.queue - 1).bit_length()

    @property
    def state_bits(self) -> int:
        """Bits of a neuron's word: its potential, whether it has fired, and when."""
        return self.potential_bits + 1 + self.tick_bits

    @property
    def parameter_bits(self) -> int:
        """Bits of a word of the spike address memory: the address, and the threshold."""
        return ADDRESS_BITS + self.potential_bits

    def memory_bits(self) -> dict[str, int]:
        """Memory -> bits: the paper's four, the queue, and weight lists where there are any."""
        bits = {
            "weight": self.weights * self.weight_bits,
            "accumulated weight": self.neurons * self.accumulator_bits,
            "neuron": self.neurons * self.state_bits,
            "spike address": self.neurons * self.parameter_bits,
            "queue": self.queue * (ADDRESS_BITS + self.place_bits)
            + 2 * self.ticks * self.place_bits,
        }
        lists = {"lists": self.rows * ROW.width + self.runs * RUN.width}
        return bits | (lists if self.lists else {})

    @property
    def lists(self) -> bool:
        """Whether the PE can read weight lists."""
        return self.rows > 0


PRESETS: dict[str, PeParams] = {
    "full": PeParams(),
    "conv": PeParams(neurons=1024, queue=4096, rows=8192, runs=8192),
    "tiny": PeParams(
        neurons=16, weights=256, accumulator_bits=12, potential_bits=16, queue=64, ticks=8,
        rows=64, runs=128,
    ),
}  # fmt: skip
"""Named PEs for every command's `--core`."""


@dataclass(frozen=True, kw_only=True)
class GridParams(MeshParams):
    """A mesh of equal PEs."""

    pe: PeParams

    fabric: ClassVar = "yoso"

    @property
    def neurons(self) -> int:
        return self.cores * self.pe.neurons

    def to_json(self) -> dict[str, Any]:
        """Plain values, for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "GridParams":
        """Inverse of `to_json`; InputError for unknown or missing names and bad values."""
        try:
            return cls(**(value | {"pe": PeParams(**value["pe"])}))
        except (TypeError, KeyError) as error:
            raise InputError(f"grid parameters: {error}") from error
