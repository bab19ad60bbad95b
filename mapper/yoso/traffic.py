"""What a mapped network sends and adds on the grid, decoded from its image alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..activity import Activity
from ..links import LinkLoads, Packets, link_loads
from ..network import INPUT
from ..packets import PACKET, SIDES
from .image import GridImage
from .layout import ROW, RUN, TARGET

__all__ = ["GridTraffic", "Work", "grid_traffic", "grid_work"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_HOST = -1


@dataclass(frozen=True)
class GridTraffic:
    """Packets per sample: of spikes, OUTPUT packets among them, and of tokens."""

    spikes: LinkLoads
    tokens: LinkLoads

    def to_json(self) -> dict[str, Any]:
        """Both together, and the packets and hops of tokens alone."""
        both = self.spikes + self.tokens
        return both.to_json() | {
            "token_packets": self.tokens.packets, "token_hops": self.tokens.hops
        }  # fmt: skip


@dataclass(frozen=True)
class Work:
    """Per PE and sample, (cores,).

    events:       spikes looked up in the weights
    synaptic_ops: weights added to an accumulator
    """

    events: Floats
    synaptic_ops: Floats


def grid_traffic(image: GridImage, activity: Activity) -> GridTraffic:
    """Packets per sample on every link, when all ticks run."""
    spikes, _ = _spikes(image, activity)
    return GridTraffic(
        link_loads(spikes, image.params) + link_loads(_outputs(image, activity), image.params),
        link_loads(_tokens(image), image.params),
    )


def grid_work(image: GridImage, activity: Activity) -> Work:
    """What the PEs do with the spikes."""
    spikes, address = _spikes(image, activity)
    x0, y0, x1, y1 = spikes.sides.T
    events, ops = np.zeros(len(image.cores)), np.zeros(len(image.cores))
    for i, pe in enumerate(image.cores):
        x, y = image.params.position(i)
        here = (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)
        each = _lengths(pe.row, pe.run)[address[here]] if pe.has("listed") else pe.neurons
        events[i] = spikes.rate[here].sum()
        ops[i] = (spikes.rate[here] * each).sum()
    return Work(events, ops)


def _lengths(row: Integers, run: Integers) -> Integers:
    """(rows,) weights in each row's runs."""
    total = np.concatenate([[0], np.cumsum(RUN.unpack(run)["more"] + 1)])
    found = ROW.unpack(row)
    return total[found["start"] + found["count"]] - total[found["start"]]


def _spikes(image: GridImage, activity: Activity) -> tuple[Packets, Integers]:
    """SPIKE packets of host and PEs, and their addresses."""
    fields = PACKET.unpack(image.feed.packet)
    rate = np.repeat(_rates(activity, INPUT), np.diff(image.feed.start))
    parts, addresses = [_from(_HOST, fields, rate)], [fields["data"]]
    for p in image.populations:
        for i in np.unique(p.core).tolist():
            own, pe = p.core == i, image.cores[i]
            for word in filter(None, pe.targets):
                parts.append(_from(i, TARGET.unpack(word), _rates(activity, p.name)[own]))
                addresses.append(pe.spike[p.column[own]])
    return _joined(parts), np.concatenate(addresses)


def _tokens(image: GridImage) -> Packets:
    """TICK packets of host and PEs."""
    fields = PACKET.unpack(image.tokens)
    parts = [_from(_HOST, fields, np.full(len(image.tokens), float(image.network_ticks)))]
    for i, pe in enumerate(image.cores):
        for word in filter(None, pe.targets):
            parts.append(_from(i, TARGET.unpack(word), np.full(1, float(pe.ticks))))
    return _joined(parts)


def _outputs(image: GridImage, activity: Activity) -> Packets:
    """OUTPUT packets."""
    cores = np.concatenate([np.zeros(0, np.int64), *(image[name].core for name in image.lines)])
    rate = np.concatenate([np.zeros(0), *(_rates(activity, name) for name in image.lines)])
    return Packets(cores, np.zeros((len(cores), 4), np.int64), np.ones(len(cores), bool), rate)


def _rates(activity: Activity, name: str) -> Floats:
    return np.asarray(activity[name], np.float64)


def _from(place: int, fields: dict[str, Integers], rate: Floats) -> Packets:
    """Packets to the rectangles in `fields`, (n,) or one for all."""
    sides = np.stack([np.broadcast_to(fields[name], rate.shape) for name in SIDES], axis=1)
    return Packets(np.full(len(rate), place), sides, np.zeros(len(rate), bool), rate)


def _joined(parts: list[Packets]) -> Packets:
    names = ("place", "sides", "to_host", "rate")
    return Packets(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))
