"""Neurons at a crossing of the mesh: what crossbar cores and PIM macros have in common."""

from dataclasses import dataclass, field
from typing import ClassVar

from ..network import Network
from .words import Integers, Mistakes, bits, named

__all__ = ["Neurons"]

_DECAYS, _RESETS = ("none", "shift", "halve", "clear"), ("none", "zero", "subtract", "once")


@dataclass(kw_only=True)
class Neurons:
    """control, threshold, bias, initial, pointer: per column; route: ROUTE words; first_tick,
    ticks: its window; size: the parameters of the core or macro

    free: columns of neurons that have not been found to be the Network's
    holds: column -> (population, its neuron)
    opens: population -> ticks after the first at which its network tick 0 runs
    """

    index: int
    control: Integers
    threshold: Integers
    bias: Integers
    initial: Integers
    pointer: Integers
    route: Integers
    first_tick: int
    ticks: int
    size: dict[str, int]
    free: set[int] = field(default_factory=set)
    holds: dict[int, tuple[str, int]] = field(default_factory=dict)
    opens: dict[str, int] = field(default_factory=dict)

    KIND: ClassVar[str]

    @property
    def where(self) -> str:
        """For people: core 3."""
        return f"{self.KIND} {self.index}"

    def axon(self, row: int, phase: int) -> int | None:
        """Number of an axon; None when there is no such axon."""
        return None

    def routes_of(self, column: int) -> Integers:
        """ROUTE words of the neuron that ends in this column."""
        start, count = (int(bits(self.pointer[column], 16 * i, 16)) for i in range(2))
        return self.route[start : start + count]

    def check(self, found: Mistakes) -> None:
        """Nothing beyond what there is room for."""
        limit = 1 << self.size["potential_bits"] - 1
        for name in ("threshold", "bias", "initial"):
            value = getattr(self, name)
            if value.min(initial=0) < -limit or value.max(initial=0) >= limit:
                found.add("over capacity", f"{self.where}: a {name} needs more than "
                          f"{self.size['potential_bits']} bits")  # fmt: skip
        stop = (bits(self.pointer, 0, 16) + bits(self.pointer, 16, 16)).max(initial=0)
        if stop > len(self.route) or len(self.route) > self.size["routes"]:
            found.add("over capacity", f"{self.where}: a neuron's routes lie beyond the routing "
                      "table")  # fmt: skip

    def check_parameters(self, network: Network, found: Mistakes) -> None:
        """Each neuron's are those of the Network."""
        for p in (network[name] for name in sorted({name for name, _ in self.holds.values()})):
            if p.kind not in ("threshold", "readout"):
                found.add("wrong parameter", f"{p.name} has neurons of kind {p.kind}, which "
                          f"{self.where} cannot compute")  # fmt: skip
        for column, (name, j) in self.holds.items():
            p, word = network[name], int(self.control[column])
            right = {
                "bias": (self.bias[column], p.bias[j]),
                "initial": (self.initial[column], p.initial[j]),
                "decay": (word >> 5 & 3, _DECAYS.index(p.decay.kind)),
                "amount": (word >> 7 & 7, p.decay.amount),
                "silent": (word >> 12 & 1, p.kind == "readout"),
            }  # fmt: skip
            if p.kind != "readout":
                right["threshold"] = self.threshold[column], p.threshold[j]
                right["reset"] = word >> 10 & 3, _RESETS.index(p.reset)
            for fact, (value, expected) in right.items():
                if value != expected:
                    found.add("wrong parameter", f"{named(name, j, p.shape)}: {fact} is "
                              f"{int(value)}, expected {int(expected)}")  # fmt: skip
