"""What a mapped network sends: packets, axon events and synaptic operations, from its image.

Everything is decoded from the memories and feeds of a ChipImage, never from the mapper's plans.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activity import Activity
from ..links import LinkLoads, Packets, link_loads, no_packets
from ..packets import PACKET, SIDES, SPIKE
from .core_image import CoreImage
from .image import ChipImage
from .layout import POINTER, ROUTE

__all__ = ["Sends", "events", "pass_loads", "sends", "synaptic_ops"]

Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sends:
    """Packets of one source in a pass, one row each.

    source:  "input" or a population
    tick:    chip tick in which its network tick 0 is sent; the host's, after it: before tick + 1
    packets: per sample
    axon:    (n,) phase x axons + row; of no meaning for packets to the host
    """

    source: str
    tick: int
    packets: Packets
    axon: Indices


def sends(image: ChipImage, index: int, activity: Activity) -> Iterator[Sends]:
    """Everything that host and cores send in a pass but TICKs and the host's accesses."""
    axons = image.params.core.axons
    for feed in image.passes[index].feeds:
        fields = PACKET.unpack(feed.packet)
        rate = np.repeat(activity[feed.source], np.diff(feed.start))
        n = len(rate)
        packets = Packets(np.full(n, -1), _sides(fields), np.zeros(n, bool), rate)
        yield Sends(
            feed.source, feed.level - 1, packets, _axon(SPIKE.unpack(fields["data"]), axons)
        )
    for p in image.populations:
        parts = [
            _routes(image, i, p.column[p.core == i], activity[p.name][p.core == i])
            for i in np.unique(p.core)
            if image.pass_of(int(i)) == index
        ]
        if parts:
            place, rate, words = (np.concatenate(part) for part in zip(*parts, strict=True))
            fields = ROUTE.unpack(words)
            packets = Packets(place, _sides(fields), fields["host"].astype(bool), rate)
            yield Sends(p.name, image.first_tick(p, index), packets, _axon(fields, axons))


def _sides(fields: dict[str, Indices]) -> Indices:
    return np.stack([fields[name] for name in SIDES], axis=1)


def _axon(fields: dict[str, Indices], axons: int) -> Indices:
    return fields["phase"] * axons + fields["row"]


def _routes(
    image: ChipImage, core: int, columns: Indices, rate: Floats
) -> tuple[Indices, Floats, Indices]:
    """(place, rate, ROUTE word) of every packet that neurons at these columns of a core send."""
    memory = image.cores[core]
    pointer = POINTER.unpack(memory.pointer[columns])
    count = pointer["count"]
    first = np.repeat(pointer["start"] - (np.cumsum(count) - count), count)
    words = memory.route[first + np.arange(count.sum())]
    place = np.full(len(words), core % image.params.cores)
    return place, np.repeat(rate, count), words


def pass_loads(image: ChipImage, index: int, activity: Activity) -> LinkLoads:
    """Packets per sample on every link in a pass."""
    loads = link_loads(no_packets(), image.params)
    for sent in sends(image, index, activity):
        loads += link_loads(sent.packets, image.params)
    return loads


def events(sent: Sends, image: ChipImage) -> Floats:
    """(cores of the mesh, phases x axons) spikes that arrive at each axon, per sample."""
    params = image.params
    size = params.core.max_extension * params.core.axons
    found = np.zeros((params.height, params.width, size))
    inside = ~sent.packets.to_host
    rectangles, which = np.unique(sent.packets.sides[inside], axis=0, return_inverse=True)
    axon, rate = sent.axon[inside], sent.packets.rate[inside]
    for i, (x0, y0, x1, y1) in enumerate(rectangles):
        own = which == i
        found[y0 : y1 + 1, x0 : x1 + 1] += np.bincount(axon[own], rate[own], minlength=size)
    return found.reshape(params.cores, size)


def synaptic_ops(arriving: Floats, core: CoreImage) -> float:
    """Synapses that are on at the spikes (phases x axons,) that arrive at a core."""
    axons, neurons = core.synapse.shape
    phases = 1 << core.extension
    block = core.synapse.reshape(axons, phases, neurons // phases)[:, :, : core.columns]
    fan_out = block.sum(axis=2).T.ravel()  # phase by phase
    return float(arriving[: phases * axons] @ fan_out)
