"""spikeloom map"""

from pathlib import Path

import click

from mapper.crossbar.strategies import STRATEGIES
from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.files import check_directory

from ..map_arguments import MapArguments
from ..mapping import PLACEMENTS, map_as
from ..output import emit, json_option, key_values, rows
from ..resolve import find_network
from ..shapes import is_shape, layer_rows, plan_shape, shape_rows
from .options import core_option, target_option

__all__ = ["map_"]


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
@click.option("--place", "placement", default="rows", show_default=True, metavar="NAME",
              help=f"Where cores stand: {', '.join(PLACEMENTS)}. rows: one after the other; hops: "
              "so that spikes travel few links.")  # fmt: skip
@click.option("--activity", metavar="SET:SPLIT",
              help="Count traffic, cycles and operations with the spikes of 100 samples of this "
              "data set. Default: every neuron spikes once per sample.")  # fmt: skip
@click.option("--samples", default=1000, show_default=True, type=click.IntRange(1),
              help="Samples per load, where a network takes several passes.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0),
              help="Seed of --place hops.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="ChipImage folder to write. Without it, only the mapping is shown.")  # fmt: skip
@json_option
def map_(
    net: str, target: str, core: str, mesh: str | None, strategy: str, placement: str,
    activity: str | None, samples: int, seed: int, output: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Map NET, a zoo name or a NIR file, onto a chip.

    Proves for every neuron, from its actual weights, that its potential cannot overflow. Same
    input, same bytes.

    NET may also be a shape without weights, to see its cores and patches: paper:NAME, a network
    of Zou et al. 2021 (paper:lenet-1, paper:vgg-4, ...), or topology:TEXT, for example
    topology:28x28x16-16C5-2P2-256-10.
    """
    arguments = MapArguments(net=net, target=target, core=core, mesh=mesh, strategy=strategy,
                             place=placement, activity=activity, seed=seed)  # fmt: skip
    params, size = find_fabric(target).parse(core), arguments.size
    if is_shape(net):
        if target != "crossbar":
            raise InputError(f"{net}: only the crossbar maps shapes without weights")
        if size or activity or placement != "rows":
            raise InputError(f"{net} has no weights, so there is nothing to place or run: leave "
                             "out --mesh, --place and --activity")  # fmt: skip
        facts = plan_shape(net, params, strategy, samples, output)
        table = key_values("", shape_rows(facts))
        emit(facts, as_json, rows(net, layer_rows(facts["layers"])), table)
        return
    network = find_network(net)
    if output:
        check_directory(output, marker="chip.json")
    mapped = map_as(arguments, network, samples)
    if output:
        mapped.image.save(output)
    title = f"{net} -> {output}" if output else net
    emit(
        mapped.image.summary() | mapped.facts, as_json, rows(title, mapped.layers),
        key_values("", mapped.chip), key_values("per sample", mapped.costs),
    )  # fmt: skip
