"""A network on the YOSO grid: which PEs hold it, how full they are, what they send."""

from typing import Any

from mapper.fabrics import Fabric
from mapper.network import Network
from mapper.yoso.image import GridImage
from mapper.yoso.places import fewest_hops, in_rows
from mapper.yoso.traffic import grid_traffic, grid_work

from ..output import progress_bar
from .activity import activity_name, activity_of
from .base import MapOptions, Mapped

__all__ = ["map_yoso"]


def map_yoso(fabric: Fabric, network: Network, options: MapOptions) -> Mapped:
    """Map; a network runs in one load, so `samples` and `seed` mean nothing here.

    Raises whatever mapping and data sets refuse.
    """
    with progress_bar("filling PEs", 1) as bar:
        image = fabric.map(
            network, options.core, options.mesh, options.strategy,
            lambda done, cores: bar.update(bar.task_ids[0], completed=done, total=cores),
            fewest_hops if options.placement == "hops" else in_rows,
        )  # fmt: skip
    activity = activity_of(network, image, options.activity)
    traffic = grid_traffic(image, activity).to_json()
    traffic |= {"activity": activity_name(options.activity), "placement": options.placement}
    work = grid_work(image, activity)
    memory = image.params.pe.memory_bits()
    facts = {
        "traffic": traffic,
        "work": {"events": float(work.events.sum()),
                 "synaptic_ops": float(work.synaptic_ops.sum()),
                 "synaptic_ops_of_busiest": float(work.synaptic_ops.max())},
        "memory_bits": memory,
    }  # fmt: skip
    chip = {
        "PEs": sum(c.neurons > 0 for c in image.cores),
        "mesh": [image.params.width, image.params.height],
        "ticks per sample": image.network_ticks,
        "memory per PE": f"{sum(memory.values()):,} bits",
        "sha256": image.sha256(),
    }
    return Mapped(image, facts, _layers(image), chip, _costs(facts))


def _layers(image: GridImage) -> list[dict[str, Any]]:
    return [
        {
            "layer": layer["name"],
            "PEs": layer["cores"],
            "bound": layer["bound"],
            "neurons per PE": layer["neurons"],
            "why": layer["reason"],
        }
        for layer in image.layers
    ]


def _costs(facts: dict[str, Any]) -> dict[str, Any]:
    """All per sample."""
    traffic, work = facts["traffic"], facts["work"]
    return {
        "activity": traffic["activity"],
        "packets": f"{traffic['packets']:,.0f}, {traffic['token_packets']:,.0f} of them tokens",
        "hops": f"{traffic['hops']:,.0f}",
        "hottest link": f"{traffic['hottest_link']}: "
        f"{traffic['hottest_link_packets']:,.0f} packets",
        "weight updates": f"{work['synaptic_ops']:,.0f}, one a cycle in each PE; the busiest PE "
        f"{work['synaptic_ops_of_busiest']:,.0f}",
    }
