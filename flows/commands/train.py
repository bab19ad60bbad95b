"""spikeloom train"""

from pathlib import Path

import click

from algo.train import train as train_recipe

from ..output import STDERR, emit, json_option, key_values
from ..resolve import find_recipe

__all__ = ["train"]


@click.command()
@click.argument("recipe")
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="Run folder. Default: runs/NAME.")  # fmt: skip
@json_option
def train(recipe: str, output: Path | None, as_json: bool) -> None:
    """Train RECIPE, a zoo name or a TOML file.

    An interrupted run goes on when the same command is given again, and ends with the same
    weights, bit for bit, as an uninterrupted one. The folder gets metrics.jsonl and curve.png.
    """
    found = find_recipe(recipe)
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
