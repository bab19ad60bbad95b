"""A ChipImage against its Network."""

from typing import Any

from ..network import Network
from .crossbar_core import Core
from .crossbar_spikes import follow_spikes
from .crossbar_synapses import check_synapses
from .words import Arrays, Mistakes, bits, named

__all__ = ["audit_crossbar"]

_DECAYS, _RESETS = ("none", "shift", "halve", "clear"), ("none", "zero", "subtract", "once")


def audit_crossbar(
    network: Network, facts: dict[str, Any], arrays: Arrays, found: Mistakes
) -> None:
    """Add to `found` what is wrong."""
    size = facts["params"]["core"]
    cores = [Core.read(i, own, size, arrays) for i, own in enumerate(facts["cores"])]
    for core in cores:
        core.check(found)
    if found:
        return
    _place(network, arrays, cores, found)
    if found:
        return
    _check_times(network, facts, cores, found)
    spikes = follow_spikes(network, facts, arrays, cores, found)
    for core in cores:
        if core.columns:
            _check_parameters(network, core, found)
            check_synapses(network, core, spikes[core.index], found)


def _place(network: Network, arrays: Arrays, cores: list[Core], found: Mistakes) -> None:
    """Each neuron has a column of its own that ends a complete neuron, and each such its neuron."""
    for p in network.populations:
        places = zip(
            arrays[f"population/{p.name}/core"].tolist(),
            arrays[f"population/{p.name}/column"].tolist(), strict=True,
        )  # fmt: skip
        for j, (c, column) in enumerate(places):
            where, core = named(p.name, j, p.shape), cores[c]
            if column not in core.neurons:
                found.add("wrong place", f"{where} is in column {column} of core {c}, which ends "
                          "no neuron, or another one's")  # fmt: skip
                continue
            core.neurons.remove(column)
            core.holds[column] = p.name, j
    for core in cores:
        if core.neurons:
            found.add("foreign neuron", f"column {core.neurons[0]} of core {core.index} is no "
                      "neuron of the Network", len(core.neurons))  # fmt: skip


def _check_times(
    network: Network, facts: dict[str, Any], cores: list[Core], found: Mistakes
) -> None:
    """Each core runs as many ticks as a sample has; the pass goes on until its spikes are gone."""
    levels = {p["name"]: p["level"] for p in facts["populations"]}
    mesh = facts["params"]["width"] * facts["params"]["height"]
    for core in cores:
        run, where = facts["passes"][core.index // mesh], f"core {core.index}"
        for name in sorted({p for p, _ in core.holds.values()}):
            opens = levels[name] - run["base"]
            if (core.first_tick, core.ticks) != (opens, network.ticks):
                found.add("wrong window", f"{where} runs {core.ticks} ticks from {core.first_tick} "
                          f"on, expected {network.ticks} from {opens} on")  # fmt: skip
        sends = bool((bits(core.entries, 29, 1) == 0).any())
        if core.columns and core.first_tick + core.ticks + sends > run["ticks"]:
            found.add("wrong window", f"{where}: the pass ends before it, or before its last "
                      "spikes have arrived")  # fmt: skip


def _check_parameters(network: Network, core: Core, found: Mistakes) -> None:
    for column, (name, j) in core.holds.items():
        p, word = network[name], int(core.control[column])
        right = {
            "bias": (core.bias[column], p.bias[j]), "initial": (core.initial[column], p.initial[j]),
            "decay": (word >> 5 & 3, _DECAYS.index(p.decay.kind)),
            "amount": (word >> 7 & 7, p.decay.amount),
            "silent": (word >> 12 & 1, p.kind == "readout"),
        }  # fmt: skip
        if p.kind != "readout":
            right["threshold"] = core.threshold[column], p.threshold[j]
            right["reset"] = word >> 10 & 3, _RESETS.index(p.reset)
        for fact, (value, expected) in right.items():
            if value != expected:
                found.add("wrong parameter", f"{named(name, j, p.shape)}: {fact} is {int(value)}, "
                          f"expected {int(expected)}")  # fmt: skip
