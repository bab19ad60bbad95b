"""The networks of Datta et al. (2022, table 1) by their own equations, beside what they print.

Only shapes are known: every neuron spikes equally often, at --spikes per sample (figure 8 draws
less than 1.4). Equations, constants and what does not fit: docs/energy.md.
"""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from flows.energy.compare import compare
from flows.energy.constants import read_constants
from flows.energy.measure import Measured
from flows.energy.paper import NETWORKS, published_layers

_PRINTED = ("199.3 / 560.6", "33.8 / 44.8", "17.8 / 9.2 (averages)", "1.28", "1.08", "1.38", "27 %")
TICKS = 5


@click.command(help=__doc__)
@click.option("--spikes", default="0,0.25,0.5,1,1.4", show_default=True, help="Per neuron.")
@click.option("--constants", type=click.Path(path_type=Path), help="As of `spikeloom energy`.")
def main(spikes: str, constants: Path | None) -> None:
    known = read_constants(constants)
    table = Table("network", "spikes", "ANN full / SNN", "ANN low / SNN", "delays", "PIM energy",
                  "PIM delay", "PIM product", "first layer", title="times less")  # fmt: skip
    for name in NETWORKS:
        for count in map(float, spikes.split(",")):
            found = compare(known, Measured(published_layers(name, count), TICKS, 1))
            full, low, _, pim = found.ratios.values()
            table.add_row(
                name, f"{count:g}", f"{full['energy']:.1f}", f"{low['energy']:.2f}",
                f"{full['delay']:.1f} / {low['delay']:.1f}",
                *(f"{pim[what]:.2f}" for what in ("energy", "delay", "edp")),
                f"{found.first_share:.0%}",
            )  # fmt: skip
    table.add_row("printed, CNN-3D", "?", *_PRINTED)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
