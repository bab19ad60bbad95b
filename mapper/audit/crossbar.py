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
    """Each core runs as many ticks as a sample has, plus those between the first and the last of
    its levels; the pass goes on until its spikes are gone.
    """
    levels = {p["name"]: p["level"] for p in facts["populations"]}
    mesh = facts["params"]["width"] * facts["params"]["height"]
    for core in (core for core in cores if core.columns):
        run, where = facts["passes"][core.index // mesh], f"core {core.index}"
        names = sorted({name for name, _ in core.holds.values()})
        opens = min(levels[name] for name in names) - run["base"]
        core.opens = {name: levels[name] - run["base"] - opens for name in names}
        ticks = network.ticks + max(core.opens.values())
        if (core.first_tick, core.ticks) != (opens, ticks):
            found.add("wrong window", f"{where} runs {core.ticks} ticks from {core.first_tick} "
                      f"on, expected {ticks} from {opens} on")  # fmt: skip
        if any(core.opens.values()):
            _check_disturbed(network, names, where, found)
        last = [core.ticks]
        for column, (name, _) in core.holds.items():
            if not bits(core.routes_of(column), 29, 1).all():
                last.append(core.opens[name] + network.ticks + 1)
        if core.first_tick + max(last) > run["ticks"]:
            found.add("wrong window", f"{where}: the pass ends before it, or before its last "
                      "spikes have arrived")  # fmt: skip


def _check_disturbed(network: Network, names: list[str], where: str, found: Mistakes) -> None:
    """On a core of several levels a population runs ticks that are not its own: without spikes
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
