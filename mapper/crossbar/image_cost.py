"""What a mapped network costs, pass by pass, from its image and how much its neurons spike."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activity import Activity
from ..links import LinkLoads, link_loads
from .image import ChipImage
from .loading import words_first, words_repeated
from .schedule import PassCost, Schedule
from .traffic import events, sends, synaptic_ops

__all__ = ["image_schedule"]


def image_schedule(image: ChipImage, activity: Activity, samples: int = 1) -> Schedule:
    """Expected cycles, operations and loads of a network on its chip.

    activity: source -> (n,) spikes per sample, taken as even over the network's ticks
    samples:  per load, at least 1
    """
    costs = (_cost(image, index, activity) for index in range(len(image.passes)))
    return Schedule(tuple(costs), image.params.core.banks, samples)


@dataclass(frozen=True)
class _Source:
    """What one source does in each of its network ticks: the first is sent in chip tick `tick`.

    host: spikes that the host sends; loads: packets on links; events: (cores,) that arrive
    """

    tick: int
    host: float
    loads: LinkLoads
    events: npt.NDArray[np.float64]


def _cost(image: ChipImage, index: int, activity: Activity) -> PassCost:
    cores = [image.cores[i] for i in image.cores_of(index)]
    sources, ops, host_out = list[_Source](), 0.0, 0.0
    for sent in sends(image, index, activity):
        arriving, loads = events(sent, image), link_loads(sent.packets, image.params)
        ops += sum(synaptic_ops(a, core) for a, core in zip(arriving, cores, strict=True))
        host_out += loads.host_out
        share = loads.scaled(1 / image.network_ticks)
        each = arriving.sum(axis=1) / image.network_ticks
        sources.append(_Source(sent.tick, share.host_in, share, each))
    run = image.passes[index]
    places = tuple(i for i, core in enumerate(cores) if core.columns)
    here = {p.name for p in image.populations if np.isin(p.core, image.cores_of(index)).any()}
    ticks = range(run.ticks)
    return PassCost(
        layers=tuple(p.name for p in image.populations if p.name in here),
        places=places,
        first_words=words_first(image, index),
        words=words_repeated(image, index),
        ticks=run.ticks,
        host_cycles=sum(s.host for s in sources) * image.network_ticks,
        core_cycles=sum(_slowest(image, index, sources, t) for t in ticks),
        mesh_cycles=sum(_busiest(image, sources, t) for t in ticks),
        latency_cycles=run.ticks * 2 * (image.params.width + image.params.height),
        host_out=host_out,
        synaptic_ops=ops,
    )


def _slowest(image: ChipImage, index: int, sources: list[_Source], tick: int) -> int:
    """Cycles of the slowest core in a tick; its packets count on its link."""
    arrived = sum((s.events for s in sources if 0 <= tick - 1 - s.tick < image.network_ticks),
                  start=np.zeros(image.params.cores))  # fmt: skip
    bound = image.params.core.tick_bound
    return max(
        (bound(math.ceil(arrived[place]), image.cores[i].columns, 0)
         for place, i in enumerate(image.cores_of(index)) if image.cores[i].active(tick)),
        default=0,
    )  # fmt: skip


def _busiest(image: ChipImage, sources: list[_Source], tick: int) -> float:
    """Packets on the busiest link, of those that cores send in a tick."""
    sent = [s.loads for s in sources if not s.host and 0 <= tick - s.tick < image.network_ticks]
    return sum(sent[1:], start=sent[0]).busiest if sent else 0.0
