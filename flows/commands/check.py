"""spikeloom check"""

import sys

import click

from mapper.fabrics import find_fabric

from ..output import emit, json_option, rows
from ..resolve import find_network
from .options import core_option, target_option

__all__ = ["check"]


@click.command()
@click.argument("net")
@target_option
@core_option
@json_option
def check(net: str, target: str, core: str, as_json: bool) -> None:
    """Does NET fit the fabric, and if not why, layer by layer. Exit code 2 when it does not."""
    fabric = find_fabric(target)
    verdicts = fabric.check(find_network(net), fabric.parse(core))
    fits = all(v["fits"] for v in verdicts)
    emit({"fits": fits, "layers": verdicts}, as_json, rows(f"{net} on {target}", verdicts))
    if not fits:
        sys.exit(2)
