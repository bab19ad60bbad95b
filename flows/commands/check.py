"""spikeloom check"""

import sys
import time
from pathlib import Path

import click

from mapper.audit import audit
from mapper.errors import VerificationError
from mapper.fabrics import find_fabric, load_image

from ..output import emit, json_option, key_values, rows, step
from ..resolve import find_network
from .options import core_option, target_option

__all__ = ["check"]


@click.command()
@click.argument("net")
@target_option
@core_option
@click.option("--against", metavar="CHIP",
              help="Check instead that the chip in this folder, made by `spikeloom map`, is NET, "
              "all of it and nothing else: every synapse, parameter, route and window, decoded "
              "from its memories without any code of the mapper. Exit code 1 when it is "
              "not.")  # fmt: skip
@json_option
def check(net: str, target: str, core: str, against: str | None, as_json: bool) -> None:
    """Does NET fit the fabric, and if not why, layer by layer. Exit code 2 when it does not."""
    if against is not None:
        _check_against(net, against, as_json)
        return
    fabric = find_fabric(target)
    verdicts = fabric.check(find_network(net), fabric.parse(core))
    fits = all(v["fits"] for v in verdicts)
    emit({"fits": fits, "layers": verdicts}, as_json, rows(f"{net} on {target}", verdicts))
    if not fits:
        sys.exit(2)


def _check_against(net: str, chip: str, as_json: bool) -> None:
    network, image = find_network(net), load_image(Path(chip))
    start = time.perf_counter()
    with step(f"decode {chip}"):
        mistakes = audit(network, image.facts(), image.arrays())
    facts = {"equal": not mistakes, "mistakes": dict(mistakes.count), "first": mistakes.told,
             "seconds": time.perf_counter() - start}  # fmt: skip
    shown = {"equal": facts["equal"], "seconds": facts["seconds"], **mistakes.count}
    emit(facts, as_json, key_values(f"{chip} against {net}", shown))
    if mistakes:
        raise VerificationError(f"{chip} is not {net}: {'; '.join(mistakes.told)}")
