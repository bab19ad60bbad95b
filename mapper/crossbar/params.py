"""What a crossbar core and chip are made of."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from ..errors import InputError
from ..mesh import MeshParams
from ..packets import SPIKE

__all__ = ["PRESETS", "ChipParams", "CoreParams"]

_WORD = 32


def _log2(value: int) -> int:
    return value.bit_length() - 1


@dataclass(frozen=True, kw_only=True)
class CoreParams:
    """User choices of one core; the defaults are the chip of Zou et al. 2021.

    axons:          crossbar rows, 8..2048
    neurons:        basic neurons (crossbar columns), a power of two, 8..1024
    lanes:          columns counted per cycle, a power of two, 8..256, at most `neurons`
    update_lanes:   columns updated per cycle at tick end, a power of two, at most `lanes`;
                    lanes / 2 (or more) meets the cycle bound, fewer make a smaller core
    max_extension:  largest axon extension f, a power of two, 1..64, at most neurons / 8
    potential_bits: width of the membrane potential, 8..32
    routes:         entries of the routing table, a power of two, 8..8192
    banks:          1, or 2 for ping-pong: one configuration computes, another is programmed
    """

    axons: int = 1152
    neurons: int = 1024
    lanes: int = 64
    update_lanes: int = 32
    max_extension: int = 64
    potential_bits: int = 24
    routes: int = 4096
    banks: int = 1

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise InputError(f"core parameter {field.name} must be an integer, not {value!r}")
        self._range("axons", 8, 1 << dict(SPIKE.fields)["row"])
        self._range("neurons", 8, 1024, power=True)
        self._range("lanes", 8, min(256, self.neurons), power=True)
        self._range("update_lanes", 1, self.lanes, power=True)
        self._range("max_extension", 1, min(64, self.neurons // 8), power=True)
        self._range("potential_bits", 8, 32)
        self._range("routes", 8, 8192, power=True)
        self._range("banks", 1, 2)

    def _range(self, name: str, low: int, high: int, power: bool = False) -> None:
        value = getattr(self, name)
        if not low <= value <= high or (power and value & (value - 1)):
            kind = "a power of two" if power else "an integer"
            raise InputError(f"core parameter {name} must be {kind} in {low}..{high}, not {value}")

    # Derived sizes, all used by the RTL and by the golden model's cycle bound.

    @property
    def groups(self) -> int:
        """Counter words: columns / lanes."""
        return self.neurons // self.lanes

    @property
    def chunks(self) -> int:
        """Update words: columns / update_lanes."""
        return self.neurons // self.update_lanes

    @property
    def synapse_chunk(self) -> int:
        """Synapses per programming word."""
        return min(_WORD, self.neurons)

    @property
    def synapse_word(self) -> int:
        """Width of a synapse memory word."""
        return max(self.lanes, self.synapse_chunk)

    @property
    def fired_word(self) -> int:
        """Columns per word of the fired flags, as read by the host."""
        return min(_WORD, self.update_lanes)

    @property
    def count_bits(self) -> int:
        """Width of a column's spike counter: every axon of every phase may spike."""
        return (self.axons * self.max_extension).bit_length()

    @property
    def sum_bits(self) -> int:
        """Width (signed) of a neuron's weighted sum: counts times strengths up to 2^7, 8 columns.

        The strengths of a complete neuron sum to less than 2^8 in magnitude.
        """
        return self.count_bits + 9

    @property
    def row_bits(self) -> int:
        """Bits of an update word's number."""
        return _log2(self.chunks)

    @property
    def bank_bits(self) -> int:
        """Bits of a bank number, the highest address bits of a banked memory."""
        return self.banks - 1

    @property
    def column_bits(self) -> int:
        """Bits of a column number."""
        return _log2(self.neurons)

    def tick_bound(self, events: int, columns: int, packets: int) -> int:
        """Most cycles that a tick may take when nobody stalls the core.

        events: axons that carry a spike; columns: basic neurons in use in one phase; packets:
        spike packets sent, where a neuron that fires without any route counts as one. Holds when
        update_lanes >= lanes / 2.
        """
        groups = -(-columns // self.lanes)
        return events * groups + 2 * groups + packets + 32


PRESETS: dict[str, CoreParams] = {
    "full": CoreParams(),
    "small": CoreParams(
        axons=256, neurons=256, lanes=32, update_lanes=16, max_extension=4, routes=1024
    ),
    "tiny": CoreParams(
        axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, potential_bits=16, routes=64
    ),
    "pingpong": CoreParams(banks=2),
    "fpga": CoreParams(update_lanes=1, max_extension=1, potential_bits=16, routes=1024),
}
"""Named cores for every command's `--core`."""


@dataclass(frozen=True, kw_only=True)
class ChipParams(MeshParams):
    """A mesh of equal cores."""

    core: CoreParams

    fabric: ClassVar = "crossbar"

    @property
    def neurons(self) -> int:
        return self.cores * self.core.neurons

    def to_json(self) -> dict[str, Any]:
        """Plain values, for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "ChipParams":
        """Inverse of `to_json`; InputError for unknown or missing names and bad values."""
        try:
            return cls(**(value | {"core": CoreParams(**value["core"])}))
        except (TypeError, KeyError) as error:
            raise InputError(f"chip parameters: {error}") from error
