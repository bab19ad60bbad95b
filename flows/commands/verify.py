"""spikeloom verify"""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from cosim.engines import ENGINES
from mapper.errors import InputError

from ..cluster import jobs_option, scheduler_option
from ..output import emit, json_option, key_values
from ..recheck import Recheck, Selection, Sources, find_evidence, recheck

__all__ = ["verify"]


def _table(found: Recheck) -> dict[str, object]:
    last = found.first + found.samples - 1
    ran = f"{found.first} to {last}" if found.samples > 1 else f"{found.first}"
    return {
        "verdict": "PASSED" if found.passed else "FAILED",
        "not as recorded": "; ".join(found.differences) or "nothing",
        "other than recorded": "; ".join(found.notes) or "nothing",
        "as recorded": ", ".join(found.same) or "nothing",
        "samples": f"{ran}, by {found.engine}" if found.samples else "none ran",
        **{f"{kind} compared": number for kind, number in found.compared.items()},
    }


@click.command()
@click.argument("evidence")
@click.option("--sample", type=click.IntRange(0), metavar="N",
              help="Only this sample, numbered as in the data set.")  # fmt: skip
@click.option("--samples", metavar="A-B", help="Only samples A to B.")
@click.option("--shard", metavar="K/N", help="Only the K-th of N parts of the record.")
@click.option("--chip", type=click.Path(path_type=Path), metavar="CHIP",
              help="Folder of the image. Default: the network is mapped again.")  # fmt: skip
@click.option("--net", metavar="FILE",
              help="The network. Default: the zoo's, or a file of the recorded name, here or "
              "beside EVIDENCE.")  # fmt: skip
@click.option("--engine", metavar="ENGINE",
              help=f"What runs the hardware: {', '.join(ENGINES)}. Default: as "
              "recorded.")  # fmt: skip
@click.option("--golden", is_flag=True,
              help="Only the golden model: needs no simulator.")  # fmt: skip
@jobs_option
@scheduler_option
@json_option
def verify(
    evidence: str, sample: int | None, samples: str | None, shard: str | None, chip: Path | None,
    net: str | None, engine: str | None, golden: bool, jobs: int | None, scheduler: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Check EVIDENCE again: a folder that `spikeloom cosim` wrote, or a zoo name.

    \b
    spikeloom verify mnist-ternary --sample 4711
    spikeloom verify mnist-ternary --golden
    spikeloom verify evidence --shard 3/100

    Finds network and data again, maps the network again, compares their hashes with the recorded
    ones, runs the samples through the Verilog, and compares what it does with the golden model and
    with the recorded digests. Without a selection all samples run, and all results are compared.

    A changed network, mapping or data set is named, and nothing runs. Changed Verilog and tools
    are named; whether they still do the same is what the digests tell. Exit code 1 when anything
    is not as recorded.
    """
    if golden and engine:
        raise InputError("--golden runs no engine: leave out --engine")
    found = recheck(
        find_evidence(evidence), Selection(sample, samples, shard), Sources(chip, net), engine,
        golden, jobs, scheduler,
    )  # fmt: skip
    emit({"passed": found.passed, **asdict(found)}, as_json, key_values(evidence, _table(found)))
    if not found.passed:
        sys.exit(1)
