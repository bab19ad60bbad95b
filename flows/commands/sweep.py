"""spikeloom sweep"""

import os
import sys
from pathlib import Path

import click

from algo.settings import parse_setting
from algo.sweep import Outcome, SweepRun, finished_facts, plan_sweep, run_sweep
from algo.sweep_table import rows_of, sweep_table, write_sweep
from mapper.errors import InputError

from ..cluster import cluster, scheduler_option
from ..output import emit, json_option, key_values, progress_bar, rows
from ..resolve import find_recipe

__all__ = ["sweep"]


@click.command()
@click.argument("recipe")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 1000),
              help="Runs per combination, from the recipe's seed on.")  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE,...",
              help="A key of the recipe and the values to try. Keys joined by a comma change "
              "together. Given again, every combination is tried.")  # fmt: skip
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Folder of the runs and of the table.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 1024), metavar="N",
              help="Processes on this machine. Default: cores / training.threads.")  # fmt: skip
@scheduler_option
@json_option
def sweep(
    recipe: str, seeds: int, settings: tuple[str, ...], output: Path, workers: int | None,
    scheduler: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Train RECIPE with several seeds and settings; one table of mean accuracies and spreads.

    \b
    spikeloom sweep digits -o out --seeds 5
    spikeloom sweep mnist-lif -o out --set rule.decay=2,3,4 --set training.epochs=20
    spikeloom sweep mnist-lif -o out --set rule.weights,rule.readout_weights=int6,ternary

    The first trains 5 seeds; the second 3 x 3 runs, all of 20 epochs; in the last both keys are
    int6, then both ternary. Every run is exported and measured on all test images: float,
    fake-quantized and as integers.

    The folder gets a run folder per combination and seed, with its network.nir, and sweep.json,
    sweep.md and sweep.png (learning curves). Give an interrupted or failed sweep again: finished
    runs are not repeated, interrupted ones go on. Workers of a --scheduler must see the folder at
    its path. Exit code 1 when integers and torch differ in any run, 2 when a run failed.
    """
    found = find_recipe(recipe)
    runs = plan_sweep(found, [parse_setting(text) for text in settings], seeds)
    if scheduler and workers:
        raise InputError("--workers is for this machine; the scheduler has its own workers")
    _check_writable(output)
    outcomes = {run.name: Outcome(facts) for run in runs if (facts := finished_facts(run, output))}
    missing = [run for run in runs if run.name not in outcomes]
    if missing:
        outcomes |= _run(missing, output, workers, scheduler)
    table = sweep_table(runs, outcomes)
    write_sweep(table, runs, output)
    shown = [{key: row[key] for key in row if key != "fake-quantized"} for row in rows_of(table)]
    emit(table, as_json, rows(f"{found.name}: accuracy on test images, %", shown),
         key_values("", table["failed"] | {"written to": output}))  # fmt: skip
    if any(outcome.differs for outcome in outcomes.values()):
        sys.exit(1)
    if table["failed"]:
        sys.exit(2)


def _run(
    runs: list[SweepRun], output: Path, workers: int | None, scheduler: str | None
) -> dict[str, Outcome]:
    threads = max(run.recipe.training.threads for run in runs)
    local = workers or max(1, (os.cpu_count() or 1) // threads)
    total = sum(run.recipe.epochs for run in runs)
    with (
        cluster(scheduler, min(local, len(runs)), processes=True) as client,
        progress_bar(f"epochs of {len(runs)} runs", total) as bar,
    ):
        task = bar.task_ids[0]
        return run_sweep(runs, output, client, lambda done: bar.update(task, completed=done))


def _check_writable(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write folder {output}: {error.strerror}") from error
