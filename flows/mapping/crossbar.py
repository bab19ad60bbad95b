"""A network on the crossbar chip: where its cores stand, what they send, how long it takes."""

from typing import Any

from mapper.activity import Activity
from mapper.crossbar.image import ChipImage
from mapper.crossbar.image_cost import image_schedule
from mapper.crossbar.placement import Optimizer
from mapper.crossbar.traffic import pass_loads
from mapper.fabrics import Fabric
from mapper.network import Network

from ..output import progress_bar
from ..shapes import layer_rows
from .activity import activity_name, activity_of
from .base import MapOptions, Mapped

__all__ = ["map_crossbar"]


def map_crossbar(fabric: Fabric, network: Network, options: MapOptions) -> Mapped:
    """Map row by row, and again with the cores placed for few hops.

    Raises whatever mapping and data sets refuse.
    """
    arguments = (network, options.core, options.mesh, options.strategy)
    with progress_bar("filling cores", 1) as bar:
        rows = image = fabric.map(
            *arguments,
            lambda done, cores: bar.update(bar.task_ids[0], completed=done, total=cores),
        )
    activity = activity_of(network, image, options.activity)
    if options.placement == "hops":
        with progress_bar("placing cores", 1) as bar:
            place = Optimizer(
                activity, options.seed,
                progress=lambda done, n: bar.update(bar.task_ids[0], completed=done, total=n),
            )  # fmt: skip
            image = fabric.map(*arguments, place=place)
    traffic: dict[str, Any] = {
        "activity": activity_name(options.activity), "placement": options.placement,
        "rows": _traffic(rows, activity), options.placement: _traffic(image, activity),
    }  # fmt: skip
    schedule = image_schedule(image, activity, options.samples).to_json()
    return Mapped(
        image,
        {"traffic": traffic, "schedule": schedule},
        layer_rows(image.layers),
        {
            "cores": sum(c.columns > 0 for c in image.cores),
            "mesh": [image.params.width, image.params.height],
            "passes": len(image.passes),
            "ticks per sample": image.ticks,
            "sha256": image.sha256(),
        },
        _costs(traffic, schedule),
    )


def _traffic(image: ChipImage, activity: Activity) -> list[dict[str, Any]]:
    return [pass_loads(image, i, activity).to_json() for i in range(len(image.passes))]


def _costs(traffic: dict[str, Any], schedule: dict[str, Any]) -> dict[str, Any]:
    """All per sample."""

    def total(placement: str, key: str) -> float:
        return sum(load[key] for load in traffic[placement])

    def hottest(placement: str) -> str:
        load = max(traffic[placement], key=lambda one: one["hottest_link_packets"])
        return f"{load['hottest_link']}: {load['hottest_link_packets']:,.0f} packets"

    placed = traffic["placement"]
    hops = f"{total(placed, 'hops'):,.0f}"
    if placed != "rows":
        gain = 1 - total(placed, "hops") / max(total("rows", "hops"), 1e-9)
        hops += f" ({total('rows', 'hops'):,.0f} row by row: {gain:.0%} saved)"
    return {
        "activity": traffic["activity"],
        "packets": f"{total(placed, 'packets'):,.0f}",
        "hops": hops,
        "hottest link": hottest(placed),
        "synaptic operations": f"{schedule['synaptic_ops']:,.0f}",
        "energy": f"{schedule['energy_uj']:.3g} uJ (0.57 pJ per synaptic operation, nothing else)",
        "cycles, estimated": f"{schedule['cycles_per_sample']:,.0f}",
        "frames per second at 252 MHz": f"{schedule['frames_per_second']:,.0f}, "
        f"{schedule['samples']:,} samples per load",
    }
