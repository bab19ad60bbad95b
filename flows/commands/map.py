"""spikeloom map"""

import re
from pathlib import Path

import click

from mapper.crossbar.params import parse_core
from mapper.errors import InputError
from mapper.fabrics import find_fabric

from ..output import emit, json_option, key_values, rows
from ..resolve import find_network
from .options import core_option, target_option

__all__ = ["map_"]


def _mesh(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([1-8])x([1-8])", text)
    if not match:
        raise InputError(f"mesh {text!r}: expected WIDTHxHEIGHT with sides 1..8, such as 3x2")
    return int(match[1]), int(match[2])


@click.command("map")
@click.argument("net")
@target_option
@core_option
@click.option("--mesh", metavar="WxH", help="Mesh of cores. Default: the smallest that fits.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="ChipImage folder to write.")  # fmt: skip
@json_option
def map_(net: str, target: str, core: str, mesh: str | None, output: Path, as_json: bool) -> None:
    """Map NET, a zoo name or a NIR file, onto a chip.

    Proves for every neuron, from its actual weights, that its potential cannot overflow. Same
    input, same bytes.
    """
    image = find_fabric(target).map(find_network(net), parse_core(core), _mesh(mesh))
    image.save(output)
    layers = [{k: v for k, v in layer.items() if k != "format"} for layer in image.layers]
    emit(image.summary(), as_json, rows(f"{net} -> {output}", layers), key_values("", {
        "cores": image.params.cores,
        "mesh": [image.params.width, image.params.height],
        "ticks per sample": image.ticks,
        "sha256": image.sha256(),
    }))  # fmt: skip
