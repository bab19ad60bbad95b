"""Options that several commands share."""

import click

from mapper.crossbar.params import PRESETS
from mapper.fabrics import FABRICS

__all__ = ["core_option", "data_option", "limit_option", "target_option"]

core_option = click.option(
    "--core", default="full", show_default=True, metavar="CORE",
    help=f"Core to map onto: {', '.join(PRESETS)}; with changes: full,lanes=128.",
)  # fmt: skip
target_option = click.option(
    "--target", default="crossbar", show_default=True, metavar="FABRIC",
    help=f"Fabric: {', '.join(FABRICS)}.",
)  # fmt: skip
data_option = click.option(
    "--data", required=True, metavar="SET:SPLIT", help="Samples, for example mnist:test."
)
limit_option = click.option("--limit", type=click.IntRange(min=1), help="Only so many samples.")
