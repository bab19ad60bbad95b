"""Q-STDB against rounding after training: accuracy of a direct-coded network at few bits.

Trains a recipe of rule qstdb without fake quantization and once for each number of bits, with
`spikeloom train`'s trainer; rounds the float network's weights to each number of bits; measures all
on all test images, as the integers compute. Goes on where it was interrupted. Writes bits.md into
the output folder.
"""

from pathlib import Path

import click

from algo.agreement import Agreement, agreement
from algo.checkpoint import load_tensors
from algo.datasets import load
from algo.evaluate import scores
from algo.recipe import Recipe
from algo.run import MODEL, build_rule
from algo.settings import changed_recipe
from algo.train import train
from flows.resolve import find_recipe
from mapper.files import atomic_file

WEIGHTS = "rule.weights,rule.readout_weights"
HEAD = "| weights | fine-tuned with | OA | AA | kappa |\n|---|---|---|---|---|\n"


def measured(recipe: Recipe, run: Path, quantized: bool = True) -> Agreement:
    """Agreement of the weights in folder `run`, rounded as `recipe` says, on the test images."""
    rule = build_rule(recipe)
    rule.load_state_dict(load_tensors(run / MODEL)[0])
    data = load(recipe.dataset, "test")
    found = scores(rule, recipe, data.images, quantized)
    return agreement(data.labels, found.argmax(axis=1), data.classes)


def row(weights: str, trained: str, found: Agreement) -> str:
    """A line of the table; accuracies in percent."""
    shares = f"{100 * found.overall:.2f} % | {100 * found.average:.2f} % | {found.kappa:.4f}"
    return f"| {weights} | {trained} | {shares} |\n"


@click.command(help=__doc__)
@click.option("--recipe", "name", default="salinas-a", show_default=True,
              help="Name in the zoo, or a TOML file.")  # fmt: skip
@click.option("--bits", type=click.IntRange(3, 8), multiple=True, default=(6, 5, 4),
              show_default=True)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(name: str, bits: tuple[int, ...], output: Path) -> None:
    recipe, rows = find_recipe(name), [HEAD]

    def note(weights: str, trained: str, found: Agreement) -> None:
        rows.append(row(weights, trained, found))
        click.echo(rows[-1], nl=False)
        with atomic_file(output / "bits.md") as temporary:
            temporary.write_text("".join(rows))

    floats = changed_recipe(recipe, {"rule.training": "none"})
    train(floats, output / "float")
    note("float", "float weights", measured(floats, output / "float", quantized=False))
    for count in bits:
        change = {WEIGHTS: f"int{count}"}
        rounded = changed_recipe(floats, change)
        note(f"{count} bits", "float weights", measured(rounded, output / "float"))
        fine = changed_recipe(recipe, change)
        train(fine, output / f"int{count}")
        note(f"{count} bits", "Q-STDB", measured(fine, output / f"int{count}"))


if __name__ == "__main__":
    main()
