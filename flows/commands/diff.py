"""spikeloom diff"""

import sys
from pathlib import Path
from typing import Any

import click

from cosim.divergence.find import find_divergence
from cosim.divergence.observe import GOLDEN
from cosim.divergence.report import FACTS, FILES, write_divergence
from cosim.engines import ENGINES, Stalls
from mapper.files import atomic_directory, check_directory

from ..output import emit, json_option, key_values, step
from ..resolve import find_chip, samples_for
from .options import core_option, data_option, pace_option, target_option

__all__ = ["diff", "diff_table"]


def diff_table(facts: dict[str, Any]) -> dict[str, object]:
    """What a person wants to know of a divergence."""
    why = facts["explanation"] or {"cause": "", "findings": []}
    found = {
        "verdict": "EQUAL" if facts["equal"] else "DIFFERENT",
        "first difference": facts["summary"],
        "errors": "; ".join(facts["errors"]),
        "memory": "; ".join(facts["words"]),
        "cause": why["cause"],
        "findings": "\n".join(why["findings"]),
    }
    if facts["window"]:
        found["waveform"] = "window.fst, cycles {}..{}".format(*facts["window"]["cycles"])
    return {name: value for name, value in found.items() if value}


@click.command()
@click.argument("chip")
@data_option
@click.option("--sample", type=click.IntRange(min=0), required=True, help="Which sample.")
@click.option("--engines", nargs=2, default=(GOLDEN, "batch"), show_default=True,
              metavar="ENGINE ENGINE",
              help=f"What to compare, two of: {', '.join([GOLDEN, *ENGINES])}.")  # fmt: skip
@click.option("--stall", type=float, default=0.0, metavar="P",
              help="Probability of a random stall per cycle, on both packet ports.")  # fmt: skip
@click.option("--seed", type=int, default=0, help="Seed of the stalls.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Folder to write.")  # fmt: skip
@target_option
@core_option
@pace_option
@json_option
def diff(
    chip: str, data: str, sample: int, engines: tuple[str, str], stall: float, seed: int,
    output: Path, target: str, core: str, pace: str, as_json: bool,
) -> None:  # fmt: skip
    """Run one sample of CHIP on two engines and name the first difference, its cause and why.

    The output folder then holds the facts (divergence.json), the neuron's calculation
    (divergence.txt), both runs side by side (trace.txt) and a waveform of the tick concerned and
    the one before, with all signals of the core concerned (window.fst, for Surfer or GTKWave).
    Exit code 1 when the engines differ or an error bit is set.
    """
    check_directory(output, marker=FACTS)
    image = find_chip(chip, target, core)
    samples = samples_for(image, data, 1, sample)
    with step(f"sample {sample} on {' and '.join(engines)}"):
        found = find_divergence(image, samples.spikes, engines, Stalls(stall, stall, seed), pace)
    with step("writing what was found"), atomic_directory(output, FILES) as folder:
        facts = write_divergence(folder, found, sample)
    title = f"{image.network_name} on {data}, sample {sample}: {output}"
    emit(facts, as_json, key_values(title, diff_table(facts)))
    if not found.equal:
        sys.exit(1)
