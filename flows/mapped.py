"""A network on the mesh: where its cores stand, what they send, how long it takes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.activity import uniform_activity
from mapper.crossbar.image import ChipImage
from mapper.crossbar.image_cost import image_schedule
from mapper.crossbar.params import CoreParams
from mapper.crossbar.placement import Optimizer
from mapper.crossbar.traffic import pass_loads
from mapper.errors import InputError
from mapper.fabrics import Fabric
from mapper.network import Network

from .activity import measured_activity
from .output import progress_bar, step
from .resolve import samples_for

__all__ = ["PLACEMENTS", "Mapped", "cost_rows", "map_and_place"]

PLACEMENTS = ("rows", "hops")
_ACTIVITY_SAMPLES = 100
Activity = dict[str, npt.NDArray[np.float64]]


@dataclass
class Mapped:
    """The image, and what it costs: JSON objects as `spikeloom map --json` prints them."""

    image: ChipImage
    traffic: dict[str, Any]
    schedule: dict[str, Any]


def map_and_place(
    fabric: Fabric, network: Network, core: CoreParams, mesh: tuple[int, int] | None,
    strategy: str, placement: str, data: str | None, samples: int, seed: int,
) -> Mapped:  # fmt: skip
    """Map row by row, and again with the cores placed for few hops.

    data: SET:SPLIT on which activity is measured; None: one spike per neuron and sample
    samples: per load of a pass
    Raises InputError for an unknown placement, and whatever mapping and data sets refuse.
    """
    if placement not in PLACEMENTS:
        raise InputError(f"unknown placement {placement!r}; known: {', '.join(PLACEMENTS)}")
    with progress_bar("filling cores", 1) as bar:
        rows = image = fabric.map(
            network, core, mesh, strategy,
            lambda done, cores: bar.update(bar.task_ids[0], completed=done, total=cores),
        )  # fmt: skip
    activity = _activity(network, image, data)
    if placement == "hops":
        with progress_bar("placing cores", 1) as bar:
            place = Optimizer(
                activity, seed,
                progress=lambda done, n: bar.update(bar.task_ids[0], completed=done, total=n),
            )  # fmt: skip
            image = fabric.map(network, core, mesh, strategy, place=place)
    traffic: dict[str, Any] = {
        "activity": data or "one spike per neuron and sample", "placement": placement,
    }  # fmt: skip
    traffic |= {"rows": _traffic(rows, activity), placement: _traffic(image, activity)}
    return Mapped(image, traffic, image_schedule(image, activity, samples).to_json())


def _activity(network: Network, image: ChipImage, data: str | None) -> Activity:
    if data is None:
        return uniform_activity(image)
    with step(f"measuring activity on {data}"):
        return measured_activity(network, samples_for(image, data, _ACTIVITY_SAMPLES).spikes)


def _traffic(image: ChipImage, activity: Activity) -> list[dict[str, Any]]:
    return [pass_loads(image, i, activity).to_json() for i in range(len(image.passes))]


def cost_rows(mapped: Mapped) -> dict[str, Any]:
    """What a person wants to know of the costs; all per sample."""
    traffic, schedule = mapped.traffic, mapped.schedule

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
