"""spikeloom train"""

from pathlib import Path
from typing import Any

import click

from algo.settings import changed_recipe, combinations, parse_setting
from algo.train import train as train_recipe
from mapper.errors import InputError

from ..output import STDERR, emit, json_option, key_values
from ..resolve import find_recipe

__all__ = ["train"]


@click.command()
@click.argument("recipe")
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="Run folder. Default: runs/NAME.")  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
              help="Change a key of the recipe: training.epochs=3, rule.weights=ternary; also "
              "several keys at once: rule.weights,rule.readout_weights=int6. May be given again "
              "and again.")  # fmt: skip
@click.option("--seed", type=int, metavar="N", help="The same as --set seed=N.")
@json_option
def train(
    recipe: str, output: Path | None, settings: tuple[str, ...], seed: int | None, as_json: bool
) -> None:
    """Train RECIPE, a zoo name or a TOML file.

    An interrupted run goes on when the same command is given again, and ends with the same
    weights, bit for bit, as an uninterrupted one. The folder gets recipe.json (with the changes
    by --set in it), metrics.jsonl and curve.png.
    """
    found = changed_recipe(find_recipe(recipe), _changes(settings, seed))
    folder = output or Path("runs") / found.name
    result = train_recipe(found, folder, progress=STDERR.is_terminal)
    facts = {
        "run": str(folder),
        "epochs": result.epochs,
        "best_epoch": result.best_epoch,
        "validation_accuracy": result.validation_accuracy,
        "resumed_at": result.resumed_at,
        "seconds": result.seconds,
    }
    emit(facts, as_json, key_values(f"trained {found.name}", {
        "run": facts["run"],
        "epochs": result.epochs,
        "best epoch": result.best_epoch,
        "validation accuracy": f"{100 * result.validation_accuracy:.2f} %",
        "seconds": result.seconds,
        "next": f"spikeloom export {folder} -o {found.name}.nir",
    }))  # fmt: skip


def _changes(settings: tuple[str, ...], seed: int | None) -> dict[str, Any]:
    given = (*settings, *([f"seed={seed}"] if seed is not None else []))
    changes = combinations(parse_setting(text) for text in given)
    if len(changes) > 1:
        raise InputError("--set: one value per key; several values are what `sweep` is for")
    return changes[0]
