"""spikeloom cosim"""

import sys
from pathlib import Path

import click

from cosim.engines import ENGINES, Stalls
from cosim.evidence import Evidence

from ..cluster import jobs_option, scheduler_option
from ..cosimulate import cosimulate
from ..output import emit, json_option, key_values
from ..resolve import find_chip, samples_for
from .options import core_option, data_option, limit_option, pace_option, target_option

__all__ = ["cosim", "cosim_table"]


def cosim_table(evidence: Evidence) -> dict[str, object]:
    """What a person wants to know of a run."""
    compared = {f"{k} compared": v for k, v in evidence.compared.items()}
    accuracy = {
        name: f"{100 * value:.2f} %"
        for name, value in (("RTL accuracy", evidence.accuracy),
                            ("golden accuracy", evidence.golden_accuracy))
        if value is not None
    }  # fmt: skip
    return {
        "verdict": "PASSED" if evidence.passed else "FAILED",
        "samples": evidence.data.count,
        **accuracy,
        **compared,
        "mismatches": sum(evidence.mismatches.values()),
        "first mismatch": str(evidence.first_mismatch) if evidence.first_mismatch else "none",
        "sticky errors": ", ".join(evidence.errors) or "none",
        "cycles per sample": evidence.cycles_per_sample,
        "axon events per sample": evidence.events_per_sample,
        "synaptic operations per sample": evidence.synaptic_ops_per_sample,
        "spikes per sample": evidence.spikes_per_sample,
        "simulation seconds": evidence.seconds,
    }


@click.command()
@click.argument("chip")
@data_option
@limit_option
@click.option("--first", type=click.IntRange(min=0), default=0, help="First sample.")
@click.option("--engine", default="cocotb", show_default=True, metavar="ENGINE",
              help=f"What runs the hardware: {', '.join(ENGINES)}.")  # fmt: skip
@click.option("--stall", type=float, default=0.0, metavar="P",
              help="Probability of a random stall per cycle, on both packet ports.")  # fmt: skip
@click.option("--seed", type=int, default=0, help="Seed of the stalls.")
@jobs_option
@scheduler_option
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Evidence folder to write.")  # fmt: skip
@click.option("--figures/--no-figures", default=True, show_default=True,
              help="Also write figures.npz, which `spikeloom report` draws.")  # fmt: skip
@target_option
@core_option
@pace_option
@click.option("--by-core", is_flag=True,
              help="Run every core of a crossbar chip alone, fed with what the golden model "
              "recorded for it. Faster than a large mesh, which does not run.")  # fmt: skip
@json_option
def cosim(
    chip: str, data: str, limit: int | None, first: int, engine: str, stall: float, seed: int,
    jobs: int | None, scheduler: str | None, output: Path, figures: bool, target: str, core: str,
    pace: str, by_core: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run samples through the Verilog of CHIP and compare every spike and every potential.

    CHIP is a folder written by `spikeloom map`, or a network, which is then mapped onto --core of
    --target. The comparison is with the golden model, value by value; Evidence of it goes to the
    output folder, for `spikeloom report` and `spikeloom verify`. Exit code 1 when anything differs
    or the chip raised an error.

    With --by-core every core of a crossbar chip runs alone, fed with the spikes that the golden
    model recorded for it, and shows every packet that it sends. That proves each core at the cost
    of one, however large the mesh; the mesh itself does not run.

    Samples run shard by shard, several at a time. Give the command again when it was interrupted:
    finished shards lie beside the output, in OUTPUT.partial, and are not repeated.
    """
    image = find_chip(chip, target, core)
    samples = samples_for(image, data, limit, first)
    evidence = cosimulate(image, samples, engine, Stalls(stall, stall, seed), output, pace, jobs,
                          scheduler, figures, by_core)  # fmt: skip
    table = key_values(f"{image.network_name} on {data}: {output}", cosim_table(evidence))
    emit(evidence.summary(), as_json, table)
    if not evidence.passed:
        sys.exit(1)
