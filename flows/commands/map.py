"""spikeloom map"""

import re
from pathlib import Path

import click

from mapper.crossbar.params import parse_core
from mapper.crossbar.strategies import STRATEGIES
from mapper.errors import InputError
from mapper.fabrics import find_fabric

from ..output import emit, json_option, key_values, progress_bar, rows
from ..resolve import find_network
from ..shapes import is_shape, layer_rows, plan_shape
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
@click.option("--mesh", metavar="WxH",
              help="Mesh of cores. Default: the smallest that fits, at most 8x8. A network that "
              "needs more cores is loaded in several passes.")  # fmt: skip
@click.option("--strategy", default="paper", show_default=True, metavar="NAME",
              help=f"How layers are cut: {', '.join(STRATEGIES)}. paper: as Zou et al. 2021 print; "
              "cores: never more cores than that, often fewer.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="ChipImage folder to write. Without it, only the mapping is shown.")  # fmt: skip
@json_option
def map_(
    net: str, target: str, core: str, mesh: str | None, strategy: str, output: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Map NET, a zoo name or a NIR file, onto a chip.

    Proves for every neuron, from its actual weights, that its potential cannot overflow. Same
    input, same bytes.

    NET may also be a shape without weights, to see its cores and patches: paper:NAME, a network
    of Zou et al. 2021 (paper:lenet-1, paper:vgg-4, ...), or topology:TEXT, for example
    topology:28x28x16-16C5-2P2-256-10.
    """
    if is_shape(net):
        facts = plan_shape(net, parse_core(core), strategy, output)
        emit(facts, as_json, rows(net, layer_rows(facts["layers"])), key_values("", {
            "cores": facts["cores"], "seconds": facts["seconds"],
        }))  # fmt: skip
        return
    found, fabric, params = find_network(net), find_fabric(target), parse_core(core)
    with progress_bar("filling cores", 1) as bar:
        image = fabric.map(
            found, params, _mesh(mesh), strategy,
            lambda done, cores: bar.update(bar.task_ids[0], completed=done, total=cores),
        )  # fmt: skip
    if output:
        image.save(output)
    title = f"{net} -> {output}" if output else net
    emit(image.summary(), as_json, rows(title, layer_rows(image.layers)), key_values("", {
        "cores": image.summary()["cores"],
        "mesh": [image.params.width, image.params.height],
        "passes": len(image.passes),
        "ticks per sample": image.ticks,
        "sha256": image.sha256(),
    }))  # fmt: skip
