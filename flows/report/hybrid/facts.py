"""A hybrid chip in plain words and numbers."""

from typing import Any

from ..checks import require, require_numbers
from ..crossbar import facts as crossbar
from ..facts import number, ops_per_cycle
from ..run import Run

__all__ = ["check", "chip_facts", "macro_places", "macro_size", "shapes", "tiles"]

_FIRST = {"name", "cores", "fan_in", "channels", "positions", "banks_stacked"}
_MACRO = ("banks", "rows", "columns", "weight_bits", "rows_active", "adc_bits")


def check(chip: dict[str, Any]) -> None:
    """Raise ValueError or KeyError when a layer or the macro is not described."""
    first, *rest = chip["layers"]
    require(first.keys() >= _FIRST, "incomplete first layer")
    require_numbers([first["cells_used"], chip["macros"], *(chip["macro"][n] for n in _MACRO)])
    crossbar.check(chip | {"layers": rest})


def shapes(chip: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Of the arrays about cores."""
    width, height = chip["mesh"]
    cells = min(64, *crossbar.core_size(chip), *macro_size(chip))
    return {"columns": (width * height,), "occupancy": (width * height, cells, cells)}


def macro_size(chip: dict[str, Any]) -> tuple[int, int]:
    """(word lines, bit lines of all banks side by side) of one macro."""
    macro = chip["macro"]
    return macro["rows"], macro["banks"] * macro["columns"]


def macro_places(run: Run) -> range:
    """Places of the macros on the mesh: the last ones."""
    places = len(run.figures["columns"])
    return range(places - run.evidence.chip["macros"], places)


def tiles(run: Run) -> list[tuple[str, str, str]]:
    """What a sample takes, and how much of the chip is used."""
    e = run.evidence
    cores, macros = int((run.figures["columns"] > 0).sum()), e.chip["macros"]
    return [
        (number(e.cycles_per_sample), "cycles per sample", f"{e.chip['ticks']} chip ticks"),
        (number(e.synaptic_ops_per_sample), "synaptic ops per sample", ops_per_cycle(run)),
        (number(e.events_per_sample), "events per sample", "word lines raised, axons with a spike"),
        (number(e.spikes_per_sample), "spikes per sample", "neurons that fired"),
        (f"{cores} of {len(run.figures['columns'])}", "cores used", f"{macros} of them PIM macros"),
    ]


def chip_facts(run: Run) -> list[tuple[str, str]]:
    """The chip that the network was mapped on."""
    macro = run.evidence.chip["macro"]
    lossy = ", lossy" if "lossy" in run.evidence.chip["layers"][0] else ""
    converters = f"{macro['adc_bits']} bits, {macro['rows_active']} rows at a time{lossy}"
    return [
        *crossbar.chip_facts(run),
        ("PIM macros", f"{run.evidence.chip['macros']}"),
        ("macro", f"{macro['banks']} banks of {macro['rows']} rows × {macro['columns']} columns"),
        ("weights in memory", f"{macro['weight_bits']} bits"),
        ("converters", converters),
        ("input", "values of 0 to 255, multiplied in the macros; no spikes"),
    ]  # fmt: skip
