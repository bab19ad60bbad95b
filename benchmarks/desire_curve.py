"""Accuracy of desire backpropagation against the number of neurons: figure 4 of its paper.

Trains 784-2N-N-10 for each N, with float weights and in integers only, with `spikeloom train`'s
trainer and the recipes beside this file; exports; measures on all test images. Goes on where it was
interrupted. Writes curve.md and curve.png into the output folder.
"""

import json
from pathlib import Path
from statistics import median
from typing import Any

import click
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from algo.datasets import load
from algo.evaluate import integer_scores
from algo.export import export
from algo.recipe import Recipe, read_recipe
from algo.run import METRICS
from algo.settings import changed_recipe, combinations, parse_setting
from algo.train import train
from mapper.files import atomic_file

RECIPES = Path(__file__).parent / "recipes"
RULES = ("mnist-desire", "mnist-desire-integer")
PAPER = {"N": 800, "accuracy": 0.9841}
COLUMNS = ("rule", "N", "epochs", "s/epoch", "validation", "float", "integers", "strict maximum")


def measure(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Train, export and evaluate one network; a row of the table."""
    result = train(recipe, folder)
    network, record = export(folder)
    data = load(recipe.dataset, "test")
    counts = integer_scores(network, data.images)
    alone = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) == 1
    epochs = map(json.loads, (folder / METRICS).read_text().splitlines())
    strict = float((alone & (counts.argmax(axis=1) == data.labels)).mean())
    return {
        "rule": recipe.rule.name,
        "N": recipe.layers.layers[1].channels,
        "epochs": result.epochs,
        "s/epoch": round(median(entry["seconds"] for entry in epochs)),
        "validation": result.validation_accuracy,
        "float": record["accuracy"]["float"],
        "integers": record["accuracy"]["integer"],
        "strict maximum": strict,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown; accuracies in percent."""
    lines = [COLUMNS, ["---"] * len(COLUMNS)]
    lines += [[f"{v:.2%}" if isinstance(v, float) else str(v) for v in r.values()] for r in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """A PNG: test accuracy of the integers against N, a line per rule, and the paper's point."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for rule in dict.fromkeys(row["rule"] for row in rows):
        mine = [row for row in rows if row["rule"] == rule]
        axes.plot([r["N"] for r in mine], [100 * r["integers"] for r in mine], "o-", label=rule)
    axes.plot(PAPER["N"], 100 * PAPER["accuracy"], "k*", label="paper, floats")
    axes.set(xlabel="N", ylabel="test accuracy (%)", xscale="log", title="MNIST, 784-2N-N-10")
    sizes = sorted({row["N"] for row in rows} | {PAPER["N"]})
    axes.set_xticks(sizes, map(str, sizes))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


@click.command(help=__doc__)
@click.option("--n", "sizes", type=int, multiple=True, default=(25, 50, 100, 200, 400))
@click.option("--recipe", "names", type=click.Choice(RULES), multiple=True, default=RULES)
@click.option("--set", "settings", multiple=True, help="KEY=VALUE, as of spikeloom train.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(
    sizes: tuple[int, ...], names: tuple[str, ...], settings: tuple[str, ...], output: Path
) -> None:
    rows, (given,) = [], combinations(map(parse_setting, settings))
    for name in names:
        for n in sizes:
            changes = given | {"topology": f"784-{2 * n}-{n}-10"}
            recipe = changed_recipe(read_recipe(RECIPES / f"{name}.toml"), changes)
            rows.append(measure(recipe, output / f"{name}-{n}"))
            with atomic_file(output / "curve.md") as temporary:
                temporary.write_text(table(rows))
            draw(rows, output / "curve.png")
            click.echo(rows[-1])


if __name__ == "__main__":
    main()
