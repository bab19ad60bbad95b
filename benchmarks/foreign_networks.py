"""Networks trained with snnTorch and SpikingJelly, imported from the NIR files they write.

Trains small networks on the embedded digits in the tools' own environment, imports each with
`spikeloom import`'s function, with weights of 8, 6 and 4 bits, and prints accuracies in Markdown:
the tool's own, that of the float network that the file describes, and that of the integers.

    python -m venv peers
    peers/bin/pip install torch==2.13.0 numpy scipy matplotlib tqdm pandas loguru nir nirtorch
    peers/bin/pip install --no-deps snntorch==1.0.0 spikingjelly==2.0.0
    python benchmarks/foreign_networks.py --peers peers/bin/python -o DIR

The files stay in DIR, for `spikeloom import` and all that follows it.
"""

import subprocess
from pathlib import Path

import click
import numpy as np

from algo.datasets import load
from algo.foreign import ImportSettings, import_file
from mapper.semantics import Reset

SCRIPT = Path(__file__).with_name("foreign_training.py")
TOOLS = {"snntorch-zero": Reset.ZERO, "snntorch-subtract": Reset.SUBTRACT,
         "spikingjelly": Reset.ZERO}  # fmt: skip
FORMATS, CALIBRATION = ("int8", "int6", "int4"), 200
ENCODING = {"name": "rate_if", "maximum": 16}


def trained(tool: str, peers: str, folder: Path) -> tuple[Path, float]:
    """Its NIR file and its own accuracy."""
    out = folder / f"{tool}.nir"
    command = [peers, str(SCRIPT), tool, str(folder / "digits.npz"), str(out)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return out, float(told.split()[-1])


def row(tool: str, peers: str, folder: Path) -> str:
    """A line of the table."""
    path, own = trained(tool, peers, folder)
    found = {
        format: import_file(
            path, ImportSettings(ticks=16, encoding=ENCODING, reset=TOOLS[tool], format=format),
            ("digits", "test"), calibration=CALIBRATION,
        ).accuracy or {}
        for format in FORMATS
    }  # fmt: skip
    cells = [own, found[FORMATS[0]]["float"], *(a["integer"] for a in found.values()),
             found["int6"]["same"]]  # fmt: skip
    return f"| {tool} | {' | '.join(f'{100 * value:.2f} %' for value in cells)} |"


@click.command()
@click.option("--peers", required=True, help="Python of the tools' environment.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
def main(peers: str, output: Path) -> None:
    """Train, import, tell."""
    output.mkdir(parents=True, exist_ok=True)
    train, test = load("digits", "train"), load("digits", "test")
    np.savez(output / "digits.npz", images=train.images, labels=train.labels,
             test_images=test.images, test_labels=test.labels)  # fmt: skip
    click.echo("| trained with | its own accuracy | the file in floats | 8 bits | 6 bits | 4 bits "
               "| 6 bits decide alike |")  # fmt: skip
    click.echo("|---|---|---|---|---|---|---|")
    for tool in TOOLS:
        click.echo(row(tool, peers, output))


if __name__ == "__main__":
    main()
