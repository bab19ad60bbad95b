"""Do the parts of a ChipImage fit each other? Asked of every image that comes from a file."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..decisions import needs_spikes
from ..image_checks import MAX_TICKS, check_facts, check_integer, check_spikes_of
from ..network import INPUT
from ..packets import SIDES, SPIKE
from .layout import CONTROL, POINTER, ROUTE

if TYPE_CHECKING:
    from .image import ChipImage, Feed, LevelPlacement

__all__ = ["check_image"]

Fields = dict[str, npt.NDArray[np.int64]]


def check_image(image: "ChipImage") -> None:
    """Raise ValueError (InputError for shapes), naming the first thing that does not fit."""
    check_facts(image)
    for p in image.populations:
        check_integer(f"population {p.name!r}: level", p.level, 0, MAX_TICKS)
    for i in range(len(image.passes)):
        _check_pass(i, image)
    for p in image.populations:
        _check_placement(p, image)
    sends = any(image.output in run.lines for run in image.passes)
    if needs_spikes(image.decision) and not sends:
        raise ValueError(
            f"decision {image.decision}, but output {image.output!r} sends no spikes to the host"
        )
    for i in range(len(image.cores)):
        _check_routes(i, image)


def _check_pass(index: int, image: "ChipImage") -> None:
    run, where = image.passes[index], f"pass {index}"
    check_integer(f"{where}: ticks", run.ticks, image.network_ticks, MAX_TICKS)
    check_integer(f"{where}: base", run.base, 0, MAX_TICKS)
    lines = 0
    for name, first in sorted(run.lines.items(), key=lambda item: item[1]):
        check_integer(f"{where}: line of {name!r}", first, lines, 1 << SPIKE.width)
        lines = first + len(image.neurons_of(name, index))
    if lines > 1 << SPIKE.width:
        raise ValueError(f"{where} has {lines} output lines, at most {1 << SPIKE.width}")
    for feed in run.feeds:
        received = feed.source == INPUT or any(feed.source in p.lines for p in image.passes[:index])
        if not received:
            raise ValueError(
                f"{where} needs spikes of {feed.source!r}, which no earlier pass sends"
            )
        check_integer(f"{where}: level of {feed.source!r}", feed.level, 0, run.ticks)
        _check_feed(feed, index, image)


def _check_feed(feed: "Feed", index: int, image: "ChipImage") -> None:
    where = f"pass {index}: packets of {feed.source!r}"
    size = image.size(feed.source)
    fields = check_spikes_of(size, feed.start, feed.packet, SPIKE.width, where)
    if feed.level + image.network_ticks > image.passes[index].ticks:
        raise ValueError(f"{where} would be sent after the pass's last tick")
    _check_targets(fields | SPIKE.unpack(fields["data"]), index, image, where)


def _check_placement(p: "LevelPlacement", image: "ChipImage") -> None:
    where = f"population {p.name!r}"
    for i in np.unique(p.core):
        core, columns = image.cores[i], p.column[p.core == i]
        if (columns < 0).any() or (columns >= core.columns).any():
            raise ValueError(f"{where}: placed outside core {i}")
        if not CONTROL.unpack(core.control)["last"][columns].all():
            raise ValueError(f"{where}: placed on a column of core {i} that holds no potential")
        index = image.pass_of(int(i))
        first = image.first_tick(p, index)
        if first < core.first_tick or first + image.network_ticks > core.first_tick + core.ticks:
            raise ValueError(f"{where}: core {i} is active at other ticks")
        if first + image.network_ticks > image.passes[index].ticks:
            raise ValueError(f"{where}: still active when the sample ends")


def _check_routes(index: int, image: "ChipImage") -> None:
    core, where = image.cores[index], f"core {index}: routes"
    if (core.route >> ROUTE.width).any():
        raise ValueError(f"{where} have unknown bits")
    lasts = np.flatnonzero(CONTROL.unpack(core.control)["last"])
    pointer = POINTER.unpack(core.pointer[lasts])
    count, stop = pointer["count"], pointer["start"] + pointer["count"]
    if stop[count > 0].max(initial=0) > len(core.route):
        raise ValueError(f"{where} lie beyond the routing table")
    column = np.repeat(lasts, count)
    entry = np.arange(count.sum()) + np.repeat(stop - np.cumsum(count), count)
    words = ROUTE.unpack(core.route[entry])
    host = words.pop("host").astype(bool)
    ends, lines = _owners(index, image)
    sent = SPIKE.pack(row=words["row"][host], phase=words["phase"][host]).astype(np.int64)
    if (sent != lines[column[host]]).any():
        raise ValueError(f"{where} lead to an output line that is another neuron's or nobody's")
    run = image.passes[image.pass_of(index)]
    if (ends[column[~host]] >= run.ticks).any():
        raise ValueError(f"{where}: spikes of the last tick would reach the next sample")
    _check_targets({n: v[~host] for n, v in words.items()}, image.pass_of(index), image, where)


def _owners(index: int, image: "ChipImage") -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Per column of a core: the chip tick after its neuron's last one; its output line or -1."""
    run = image.passes[image.pass_of(index)]
    core = image.cores[index]
    ends = np.full(len(core.control), core.first_tick + core.ticks)
    lines = np.full(len(core.control), -1)
    for p in image.populations:
        neurons = np.flatnonzero(p.core == index)
        first = image.first_tick(p, image.pass_of(index))
        ends[p.column[neurons]] = first + image.network_ticks
        if p.name in run.lines:
            rank = np.searchsorted(image.neurons_of(p.name, image.pass_of(index)), neurons)
            lines[p.column[neurons]] = run.lines[p.name] + rank
    return ends, lines


def _check_targets(fields: Fields, index: int, image: "ChipImage", where: str) -> None:
    """Every spike arrives at axons that exist."""
    params = image.params
    if (fields["row"] >= params.core.axons).any():
        raise ValueError(f"{where} lead to an axon that does not exist")
    phases = np.array([1 << image.cores[i].extension for i in image.cores_of(index)])
    phases = phases.reshape(params.height, params.width)
    sides = np.stack([fields[n] for n in SIDES], axis=1)
    for rectangle in np.unique(sides, axis=0):
        x0, y0, x1, y1 = rectangle
        if not x0 <= x1 < params.width or not y0 <= y1 < params.height:
            raise ValueError(f"{where} lead outside the mesh")
        highest = fields["phase"][(sides == rectangle).all(axis=1)].max()
        if highest >= phases[y0 : y1 + 1, x0 : x1 + 1].min():
            raise ValueError(f"{where} lead to a phase that does not exist")
