"""From the names of cells in a netlist to words of the design."""

import re

__all__ = ["element", "module", "words"]

_WORDS = {
    "answers": "answer queue", "activations": "activation memory", "buffer": "axon buffer",
    "channels": "channel table", "choice": "choice of frames", "columns": "column sum",
    "config": "config unit", "control": "tick control", "counters": "spike counters",
    "gate": "tick barrier", "host": "host port", "lookup": "weight lookup",
    "neurons": "neuron memory", "pending": "pending stores", "queue_i": "queue from the host",
    "queue_o": "queue to the host", "reader": "frame reader", "routes": "routing table",
    "sender": "spike sender", "step": "neuron step", "synapses": "synapse array",
    "tokens": "tick tokens", "update": "update pipeline", "weights": "weight memory",
    "writer": "frame writer",
}  # fmt: skip
"""Submodule -> what a person calls it, where its name is not enough."""
_SILENT = {"", "linked", "chip", "tile", "mesh", "shared", "storage"}
"""Submodules that only hold others."""
_PLACES = {"core": 2, "host port": 1, "link": 1, "router": 1}
"""Parts of a linked chip -> levels of submodules that the resource table tells apart."""
_MADE = re.compile(
    r"(\$DPRAM.*|\$?_?(TRELLIS_FF|TRELLIS_DPR|LUT4|PFUMX|L6MUX|CCU2C|DP16KD|MULT18|SB_).*"
    r"|\$(comb|ram|lc|LC|nextpnr|sb|PACKER).*|_DFFLC.*|\[\d+\]"
    r"|_DO_\d.*|_[A-Z]{1,3}\d?(_\d+)?)$"
)
"""What Yosys and nextpnr put behind the name of a register or memory."""


def _plain(name: str) -> str:
    """Without what the tools added."""
    while (shorter := _MADE.sub("", name)) != name:
        name = shorter
    return name.replace("__", ".")


def _parts(cell: str) -> tuple[list[str], str]:
    """(submodules from the top, what is left: a register, memory or wire)."""
    path = [re.sub(r"(?<!^U)\$.*", "", part) for part in cell.split(".")]
    # A memory is cut into numbered pieces; a stream's payload has fields behind dots.
    whole = next((i for i, p in enumerate(path[1:], 1) if p.isdigit() or "payload" in p), None)
    *levels, name = path[:whole] if whole and path[whole].isdigit() else path
    if whole and not path[whole].isdigit():
        levels, name = path[:whole], ".".join(path[whole:])
    if levels[:2] == ["linked", "link"]:
        levels = ["link", *(part for part in levels[2:] if part != "link")]
    return [part for part in levels if part not in _SILENT], _plain(name)


def _word(part: str) -> str:
    name, number = re.fullmatch(r"(.*?)_?(\d*)", part).groups()  # type: ignore[union-attr]
    if name == "U$":
        return f"bank {number}"
    return f"{_WORDS.get(name, name.replace('_', ' '))} {number}".strip()


def words(cell: str) -> str:
    """Where a cell is: "axon buffer of core 0"."""
    path, _ = _parts(cell)
    return " of ".join(_word(part) for part in reversed(path)) or "the board's top"


def element(cell: str) -> str:
    """A register or memory, with where it is: "`kind` in input local of router 0"."""
    _, name = _parts(cell)
    return f"`{name}` in {words(cell)}"


def module(cell: str) -> str:
    """The line of the resource table that a cell counts for: "core: axon buffer"; equal modules
    share a line.
    """
    path, _ = _parts(cell)
    levels = [re.sub(r"\s*\d+$", "", _word(part)) for part in path]
    if not levels or levels[0] not in _PLACES:
        return "top: clock, reset, pins"
    return ": ".join(levels[: _PLACES[levels[0]]])
