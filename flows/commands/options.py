"""Options that several commands share."""

from collections.abc import Callable
from math import isfinite
from typing import Any

import click

from cosim.host import PACES
from mapper.fabrics import FABRICS

__all__ = [
    "CORES", "Number", "core_option", "data_option", "limit_option", "noise_options",
    "pace_option", "target_option",
]  # fmt: skip

CORES = "; ".join(f"{name}: {', '.join(fabric.presets)}" for name, fabric in FABRICS.items())
"""The cores of each fabric, for help texts."""


class Number(click.FloatRange):
    """A number in a range. Neither NaN, which is outside of none, nor infinity."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = float(super().convert(value, param, ctx))
        if not isfinite(found):
            self.fail(f"{value} is no number", param, ctx)
        return found


core_option = click.option(
    "--core",
    default="full",
    show_default=True,
    metavar="CORE",
    help=f"Core to map onto, {CORES}; with changes: full,lanes=128.",
)
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


def noise_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--noise and --seed, of a simulated serial line."""
    seed = click.option("--seed", type=int, default=0, show_default=True, help="Seed of the noise.")
    noise = click.option(
        "--noise", type=float, default=0.0, show_default=True, metavar="P",
        help="Probability that a byte on the simulated line is damaged, lost, or has another one "
        "before it.",
    )  # fmt: skip
    return noise(seed(command))
