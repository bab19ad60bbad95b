"""All but the synapses of a mesh of crossbar cores, some of which may be PIM macros."""

from collections.abc import Sequence
from typing import Any

from ..network import Network
from .neurons import Neurons
from .spikes import Spikes, follow_spikes
from .words import Arrays, Mistakes, bits, columns_of, named

__all__ = ["check_places"]


def check_places(
    network: Network, facts: dict[str, Any], arrays: Arrays, places: Sequence[Neurons],
    found: Mistakes,
) -> list[Spikes]:  # fmt: skip
    """Capacity, columns, windows, parameters and routes. Returns what drives each place's axons;
    nothing when neurons are not where they belong, so that no more can be said.

    facts: of a ChipImage; places: of the mesh, row by row, of all passes
    """
    for place in places:
        place.check(found)
    if not found:
        _find_neurons(network, arrays, places, found)
    if found:
        return []
    for place in (place for place in places if place.holds):
        _check_window(network, facts, place, found)
        place.check_parameters(network, found)
    return follow_spikes(network, facts, arrays, places, found)


def _find_neurons(
    network: Network, arrays: Arrays, places: Sequence[Neurons], found: Mistakes
) -> None:
    """Each neuron has a column of its own that ends a complete neuron, and each such its neuron."""
    for p in network.populations:
        for j, (index, column) in enumerate(columns_of(p.name, arrays)):
            who, place = named(p.name, j, p.shape), places[index]
            if column not in place.free:
                found.add("wrong place", f"{who} is in column {column} of {place.where}, which "
                          "ends no neuron, or another one's")  # fmt: skip
                continue
            place.free.remove(column)
            place.holds[column] = p.name, j
    for place in places:
        if place.free:
            found.add("foreign neuron", f"column {min(place.free)} of {place.where} is no neuron "
                      "of the Network", len(place.free))  # fmt: skip


def _check_window(network: Network, facts: dict[str, Any], place: Neurons, found: Mistakes) -> None:
    """A place runs as many ticks as a sample has, plus those between the first and the last of
    its levels; the pass goes on until its spikes are gone.
    """
    levels = {p["name"]: p["level"] for p in facts["populations"]}
    mesh = facts["params"]["width"] * facts["params"]["height"]
    run, where = facts["passes"][place.index // mesh], place.where
    names = sorted({name for name, _ in place.holds.values()})
    opens = min(levels[name] for name in names) - run["base"]
    place.opens = {name: levels[name] - run["base"] - opens for name in names}
    ticks = network.ticks + max(place.opens.values())
    if (place.first_tick, place.ticks) != (opens, ticks):
        found.add("wrong window", f"{where} runs {place.ticks} ticks from {place.first_tick} on, "
                  f"expected {ticks} from {opens} on")  # fmt: skip
    if any(place.opens.values()):
        _check_disturbed(network, names, where, found)
    last = [place.ticks]
    for column, (name, _) in place.holds.items():
        if not bits(place.routes_of(column), 29, 1).all():
            last.append(place.opens[name] + network.ticks + 1)
    if place.first_tick + max(last) > run["ticks"]:
        found.add("wrong window", f"{where}: the pass ends before it, or before its last spikes "
                  "have arrived")  # fmt: skip


def _check_disturbed(network: Network, names: list[str], where: str, found: Mistakes) -> None:
    """At a place of several levels a population runs ticks that are not its own: without spikes
    it must neither fire nor change what it starts with, and no spike may come late.
    """
    for p in (network[name] for name in names):
        wrong = any(c.delay for c in network.connections if c.target == p.name)
        if p.kind == "readout":
            wrong |= bool(p.bias.any()) or (p.decay.kind != "none" and bool(p.initial.any()))
        else:
            wrong |= p.decay.kind != "clear" or bool((p.bias >= p.threshold).any())
        if wrong:
            found.add("wrong window", f"{where} runs ticks of other levels, which disturb "
                      f"{p.name}")  # fmt: skip
