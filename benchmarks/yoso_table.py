"""The YOSO grid beside Table IV of Zhang et al. (2021): 784-800-10 on 6 x 7 PEs.

Spikes, weight updates and early exit come from the golden model on all samples, cycles from
Evidence folders of runs of the same network (`spikeloom cosim --target yoso --pace sample` and
`--pace exit`). Prints tables, or with --json one object.
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from algo.early_exit import EarlyExit
from cosim.evidence import read_evidence, read_figures
from cosim.golden.yoso import run_grid
from cosim.trace import decide
from flows.map_arguments import MapArguments
from flows.resolve import find_network, samples_for
from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.network import INPUT
from mapper.run import NetworkTrace
from mapper.yoso.energy import ASSUMPTIONS, Operations, energy_pj
from mapper.yoso.image import GridImage
from mapper.yoso.traffic import grid_traffic

PAPER_SECONDS, PAPER_WATTS, PAPER_JOULES = 47.71e-3, 0.751e-3, 35.839e-6
PAPER_ACCURACY, PAPER_FIRED, PAPER_EVER = 0.9845, 0.486, 0.663
_BATCH = 500


def activity(image: GridImage, network: Any, data: str, limit: int | None) -> dict[str, Any]:
    """What the golden model counts: totals per sample, early exit, traffic."""
    samples = samples_for(image, data, limit)
    n = len(samples.labels)
    spikes = {p.name: np.zeros(p.n) for p in network.populations}
    totals = dict.fromkeys(("events", "synaptic_ops", "spikes"), 0.0)
    exits, right = [], 0
    for first in range(0, n, _BATCH):
        part = samples.spikes[first : first + _BATCH]
        trace = run_grid(image, part)
        for name in totals:
            totals[name] += float(trace.counters[name].sum()) / n
        for name, fired in trace.spikes.items():
            spikes[name] += fired.sum(axis=(0, 1)) / n
        exits.append(EarlyExit.of(network, NetworkTrace(spikes=trace.spikes)))
        right += int((decide(image, trace) == samples.labels[first : first + _BATCH]).sum())
    spikes[INPUT] = samples.spikes.mean(axis=0).sum(axis=0)
    early = EarlyExit(*map(np.concatenate, zip(*exits, strict=True))).summary(network.ticks)
    used = sum(core.neurons for core in image.cores)
    done = Operations(totals["synaptic_ops"], totals["events"], used * network.ticks, used)
    return {
        "samples": n, "accuracy": right / n, "input_spikes": float(spikes[INPUT].sum()),
        **totals, **early, "traffic": grid_traffic(image, spikes).to_json(),
        "energy_pj": energy_pj(image.params.pe, done),
    }  # fmt: skip


def cycles(folder: Path, network_sha256: str) -> dict[str, Any]:
    """Clock cycles per sample of a run that passed."""
    evidence = read_evidence(folder)
    if evidence.network_sha256 != network_sha256 or not evidence.passed:
        raise InputError(f"{folder}: not a run of this network that passed")
    each = read_figures(folder)["cycles"].sum(axis=1)
    return {
        "pace": evidence.pace, "samples": evidence.data.count, "mean": float(each.mean()),
        "std": float(each.std()), "least": int(each.min()), "most": int(each.max()),
        "clock_hz_of_the_papers_latency": float(each.mean()) / PAPER_SECONDS,
        "mismatches": sum(evidence.mismatches.values()),
    }  # fmt: skip


def tables(facts: dict[str, Any]) -> list[Table]:
    """For people."""
    counted = facts["counted"]
    beside = Table("", "here", "paper", title=f"{facts['network']} on {facts['mesh']} PEs")
    energy = sum(counted["energy_pj"].values()) * 1e-6
    for row in (
        ("accuracy", f"{counted['accuracy']:.2%}", f"{PAPER_ACCURACY:.2%}"),
        ("PEs in use", f"{facts['pes']}", "42 (6 x 7)"),
        ("hidden neurons fired at the decision", f"{counted['hidden_fired']:.1%}",
         f"{PAPER_FIRED:.1%} (784-400-10)"),
        ("hidden neurons fired ever", f"{counted['hidden_fired_ever']:.1%}",
         f"{PAPER_EVER:.1%} (784-400-10)"),
        ("tick of the decision", f"{counted['decision_tick']:.2f} of {facts['ticks']}", ""),
        ("input spikes per image", f"{counted['input_spikes']:.1f}", ""),
        ("neurons' spikes per image", f"{counted['spikes']:.1f}", ""),
        ("weight updates per image", f"{counted['synaptic_ops']:,.0f}", ""),
        ("packets per image", f"{counted['traffic']['packets']:,.0f}", ""),
        ("hops per image", f"{counted['traffic']['hops']:,.0f}", ""),
        ("memory bits per PE", f"{sum(facts['memory_bits'].values()):,}", ""),
        ("energy per image, counted operations", f"{energy:.2f} uJ",
         f"{PAPER_JOULES * 1e6:.3f} uJ = 0.751 mW x 47.71 ms"),
    ):  # fmt: skip
        beside.add_row(*row)
    speed = Table("pace", "samples", "cycles per image", "spread", "range",
                  "clock for 47.71 ms", title="in RTL")  # fmt: skip
    for run in facts["cycles"]:
        speed.add_row(
            run["pace"],
            f"{run['samples']:,}",
            f"{run['mean']:,.1f}",
            f"{run['std']:,.1f}",
            f"{run['least']:,}..{run['most']:,}",
            f"{run['clock_hz_of_the_papers_latency'] / 1e3:.1f} kHz",
        )
    spent = Table("spent on", "uJ per image", title="energy")
    for name, value in counted["energy_pj"].items():
        spent.add_row(name, f"{value * 1e-6:.4f}")
    notes = Table("assumptions", box=None)
    for line in ASSUMPTIONS:
        notes.add_row(line)
    return [beside, speed, spent, notes]


@click.command()
@click.option("--net", default="mnist-stdbp", show_default=True, help="Zoo name or .nir file.")
@click.option("--data", default="mnist:test", show_default=True, metavar="SET:SPLIT")
@click.option("--limit", type=click.IntRange(1), help="Only so many samples.")
@click.option("--mesh", default="6x7", show_default=True, metavar="WxH")
@click.option("--core", default="full", show_default=True)
@click.option("--evidence", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="Evidence folders of RTL runs; may be given several times.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
def main(net: str, data: str, limit: int | None, mesh: str, core: str,
         evidence: tuple[Path, ...], as_json: bool) -> None:  # fmt: skip
    """The YOSO grid beside Table IV of Zhang et al. (2021)."""
    network, fabric = find_network(net), find_fabric("yoso")
    size = MapArguments(net=net, mesh=mesh).size
    image = fabric.map(network, fabric.parse(core), size)
    facts = {
        "network": net, "mesh": mesh, "ticks": network.ticks,
        "pes": sum(c.neurons > 0 for c in image.cores),
        "memory_bits": image.params.pe.memory_bits(),
        "counted": activity(image, network, data, limit),
        "cycles": [cycles(folder, network.sha256()) for folder in evidence],
        "paper": {"seconds": PAPER_SECONDS, "watts": PAPER_WATTS, "joules": PAPER_JOULES},
        "assumptions": ASSUMPTIONS,
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    for table in tables(facts):
        Console().print(table)


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except InputError as error:
        raise SystemExit(f"yoso_table: {error}") from error
