"""Options that several commands share."""

import click

from cosim.host import PACES
from mapper.fabrics import FABRICS

__all__ = ["core_option", "data_option", "limit_option", "pace_option", "target_option"]

core_option = click.option(
    "--core", default="full", show_default=True, metavar="CORE",
    help="Core to map onto, "
    + "; ".join(f"{name}: {', '.join(fabric.presets)}" for name, fabric in FABRICS.items())
    + "; with changes: full,lanes=128.",
)  # fmt: skip
pace_option = click.option(
    "--pace", default="tick", show_default=True, metavar="PACE",
    help="When the host waits, and what can be compared then. tick: after each tick, every "
    "potential; sample (yoso): after each sample, firing ticks and final potentials; exit (yoso): "
    f"likewise, but the first output spike ends the sample. One of {', '.join(PACES)}.",
)  # fmt: skip
target_option = click.option(
    "--target", default="crossbar", show_default=True, metavar="FABRIC",
    help=f"Fabric: {', '.join(FABRICS)}.",
)  # fmt: skip
data_option = click.option(
    "--data", required=True, metavar="SET:SPLIT", help="Samples, for example mnist:test."
)
limit_option = click.option("--limit", type=click.IntRange(min=1), help="Only so many samples.")
