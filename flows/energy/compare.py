"""A spiking network beside ANNs of its architecture, digital and with a first layer in memory."""

from dataclasses import asdict, dataclass
from typing import Any

from .constants import Constants
from .equations import Cost, ann_cost, counted_cost, pim_cost, snn_cost
from .layers import LayerWork
from .measure import Measured

__all__ = ["COUNTED", "DIGITAL", "FULL", "LOW", "PASSES", "PIM", "Compared", "compare"]

FULL, LOW = "ANN full", "ANN low"
"""At B_full and at B_W bits."""
DIGITAL, PASSES = "SNN", "SNN all ticks"
"""Equations 22 to 25; equation 25 with a pass over all weights and positions at every tick."""
PIM, COUNTED = "PIM", "PIM counted"
"""The SNN with its first layer in memory: equations 26 and 27, or what the macros counted."""
_NOTHING = Cost(0, 0)


@dataclass(frozen=True)
class Compared:
    """layers: per layer, implementation -> cost; of PIM implementations, those of the first layer
    are in memory, where it takes values; else there are none.
    """

    work: list[LayerWork]
    layers: list[dict[str, Cost]]

    @property
    def totals(self) -> dict[str, Cost]:
        """Implementation -> all layers together."""
        return {name: sum((costs[name] for costs in self.layers), _NOTHING)
                for name in self.layers[0]}  # fmt: skip

    def ratio(self, worse: str, better: str) -> dict[str, float]:
        """How many times less energy, delay and their product `better` takes."""
        a, b = self.totals[worse], self.totals[better]
        return {n: getattr(a, n) / getattr(b, n) for n in ("energy", "delay", "edp")}

    @property
    def ratios(self) -> dict[str, dict[str, float]]:
        """The comparisons of section 7.3: name -> energy, delay, edp."""
        pairs = [(FULL, DIGITAL), (LOW, DIGITAL), (LOW, PASSES), (DIGITAL, PIM), (DIGITAL, COUNTED)]
        return {f"{a} / {b}": self.ratio(a, b) for a, b in pairs if b in self.totals}

    @property
    def first_share(self) -> float:
        """Of the energy of the digital SNN, what its first layer takes."""
        return self.layers[0][DIGITAL].energy / self.totals[DIGITAL].energy

    def json(self) -> dict[str, Any]:
        """Everything; energy in pJ, delay in ns, edp in pJ ns."""
        return {
            "layers": [
                asdict(work) | {"macs": work.shape.macs} | {"costs": _plain(costs)}
                for work, costs in zip(self.work, self.layers, strict=True)
            ],
            "totals": _plain(self.totals),
            "ratios": self.ratios,
            "first_layer_share": self.first_share,
        }


def _plain(costs: dict[str, Cost]) -> dict[str, dict[str, float]]:
    return {name: asdict(cost) | {"edp": cost.edp} for name, cost in costs.items()}


def compare(constants: Constants, measured: Measured) -> Compared:
    """Every layer in every implementation."""
    return Compared(
        measured.layers, [_layer(constants, work, measured) for work in measured.layers]
    )


def _layer(c: Constants, work: LayerWork, measured: Measured) -> dict[str, Cost]:
    low_input = c["B_input"] if work.values else c["B_W"]
    costs = {
        FULL: ann_cost(c, work.ann, c["B_full"], c["B_full"]),
        LOW: ann_cost(c, work.ann, low_input, c["B_W"]),
    }
    if work.values:
        digital = ann_cost(c, work.shape, c["B_input"], work.bits)
        costs |= {DIGITAL: digital, PASSES: digital}
    else:
        costs[DIGITAL] = snn_cost(c, work.shape, work.bits, work.accumulations)
        costs[PASSES] = snn_cost(c, work.shape, work.bits, work.accumulations, measured.ticks)
    if not measured.layers[0].values:
        return costs
    rows = measured.rows or int(c["R"])
    costs[PIM] = pim_cost(c, work.shape, work.bits, rows) if work.values else costs[DIGITAL]
    if measured.converted:
        counted = counted_cost(c, measured.converted)
        costs[COUNTED] = counted if work.values else costs[DIGITAL]
    return costs
