"""spikeloom energy"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from mapper.errors import InputError

from ..energy.compare import COUNTED, DIGITAL, FULL, LOW, PASSES, PIM, Compared, compare
from ..energy.constants import Constants, read_constants
from ..energy.measure import Measured
from ..energy.paper import AVERAGES, DIFFERENT_INPUTS, INCONSISTENT, PRINTED
from ..energy.sources import from_evidence, from_samples
from ..output import emit, json_option, key_values, rows
from ..recheck import find_evidence
from .options import limit_option

__all__ = ["energy"]

_MEANING = {
    FULL: "equations 22 and 23",
    LOW: "likewise",
    DIGITAL: "equations 24 and 25",
    PASSES: "25 at every tick",
    PIM: "equations 26 and 27",
    COUNTED: "by the macros' counters",
}


@click.command()
@click.argument("net")
@click.option("--data", metavar="SET:SPLIT",
              help="Samples to run, for example digits:test; without it NET is "
              "Evidence.")  # fmt: skip
@limit_option
@click.option("--core", default="full", show_default=True, metavar="CORE",
              help="Hybrid chip that a directly coded network is mapped onto, with changes: "
              "full,macro.rows_active=8,macro.adc_bits=4.")  # fmt: skip
@click.option("--constants", type=click.Path(path_type=Path), metavar="FILE",
              help="TOML file of constants in place of those of the paper: tables such as [E_mac] "
              "with value, unit and source. --json prints all with their units.")  # fmt: skip
@json_option
def energy(
    net: str, data: str | None, limit: int | None, core: str, constants: Path | None, as_json: bool
) -> None:
    """Energy and delay of a network beside the ANNs of its architecture.

    \b
    spikeloom energy digits-direct --data digits:test
    spikeloom energy digits-direct
    spikeloom energy mnist-ternary --data mnist:test --limit 200 --constants mine.toml

    NET is a network, a zoo name or a NIR file, whose --data runs through the golden model; or,
    without --data, Evidence of a run in hardware, a folder or a zoo name, whose samples the golden
    model repeats and must repeat exactly (exit code 1 otherwise).

    The model is that of Datta et al. 2022 (ACE-SNN), equations 22 to 27: reading weights, then
    multiplications (ANN, and a first layer that takes values) or additions (SNN), then leakage.
    What it is fed with is counted: additions per spike, and where a first layer takes values,
    bit cells and conversions of the PIM macros, as their counters have them. Ratios stand beside
    those that the paper prints, with what differs, and which of its sentences do not fit.
    """
    known = read_constants(constants)
    if data:
        measured = from_samples(net, data, limit, core)
    elif core != "full":
        raise InputError("--core: Evidence says which chip ran; give --data to run another")
    else:
        measured = from_evidence(find_evidence(net), limit)
    found = compare(known, measured)
    emit(_facts(found, measured, known), as_json, *_tables(net, found, measured))


def _facts(found: Compared, measured: Measured, known: Constants) -> dict[str, Any]:
    return {
        "samples": measured.samples,
        "accuracy": measured.accuracy,
        **found.json(),
        "counters": measured.counters,
        "macros": asdict(measured.converted) if measured.converted else None,
        "rows_per_conversion": measured.rows,
        "paper": {"cnn-3d, indian pines": PRINTED, "averages": AVERAGES},
        "different_inputs": DIFFERENT_INPUTS,
        "inconsistent_in_the_paper": INCONSISTENT,
        "constants": {name: asdict(constant) for name, constant in known.facts.items()},
    }


def _tables(net: str, found: Compared, measured: Measured) -> list[Table]:
    tables = [
        rows(f"{net}: energy in nJ per sample, mean of {measured.samples:,}", _layer_rows(found)),
        rows(f"all layers; the first is {found.first_share:.0%} of the SNN's energy",
             _total_rows(found)),
        rows("times less: here | printed for CNN-3D on Indian Pines",
             _ratio_rows(found)),
    ]  # fmt: skip
    if measured.converted:
        tables.append(key_values("first layer in memory, per sample", _macro_facts(measured)))
    return [
        *tables,
        key_values("inputs that differ from the paper's", _numbered(DIFFERENT_INPUTS)),
        key_values("what does not fit in the paper", _numbered(INCONSISTENT)),
    ]


def _layer_rows(found: Compared) -> list[dict[str, Any]]:
    table = []
    for work, costs in zip(found.work, found.layers, strict=True):
        facts: dict[str, Any] = {
            "name": work.name,
            "weights x places": f"{work.shape.weights:,.0f} x {work.shape.positions}",
            "zeta": None if work.values else work.spikes,
            "additions": None if work.values else round(work.accumulations),
        }
        table.append(facts | {n: c.energy / 1e3 for n, c in costs.items() if n != PASSES})
    return table


def _total_rows(found: Compared) -> list[dict[str, Any]]:
    return [
        {"name": name, "energy, nJ": cost.energy / 1e3, "delay, us": cost.delay / 1e3,
         "product, nJ us": cost.edp / 1e6, "": _MEANING[name]}
        for name, cost in found.totals.items()
    ]  # fmt: skip


def _ratio_rows(found: Compared) -> list[dict[str, Any]]:
    table = []
    for name, ratios in found.ratios.items():
        row: dict[str, Any] = {"name": name}
        for what, ratio in ratios.items():
            row[what] = f"{ratio:.2f} | {PRINTED.get(name, {}).get(what, '-')}"
        table.append(row)
    return table


def _macro_facts(measured: Measured) -> dict[str, Any]:
    done, counters = measured.converted, measured.counters
    assert done and counters
    work = measured.layers[0]
    return {
        "bit cells accumulated": done.cells,
        "conversions": done.conversions,
        "of them clipped": f"{counters['clipped'] / max(done.conversions, 1):.2%}",
        "conversions per product": done.conversions / work.shape.macs,
        "in equation 26": f"1/{measured.rows}",
        "converters": f"{done.columns}, {done.adc_bits} bits",
        "accuracy": f"{100 * (measured.accuracy or 0):.2f} %",
    }


def _numbered(lines: tuple[str, ...]) -> dict[str, str]:
    return {str(number): line for number, line in enumerate(lines, 1)}
