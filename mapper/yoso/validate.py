"""Do the parts of a GridImage fit each other? Asked of every image that comes from a file."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..decisions import needs_spikes
from ..image import Placement
from ..image_checks import check_facts, check_integer, check_spikes_of
from ..network import INPUT
from ..packets import PACKET, Kind
from .heard import Heard, cores_in, what_is_heard
from .layout import ADDRESS_BITS, TARGET

if TYPE_CHECKING:
    from .image import GridImage

__all__ = ["check_image"]

_LINES = 1 << ADDRESS_BITS


def check_image(image: "GridImage") -> None:
    """Raise ValueError (InputError for shapes), naming the first thing that does not fit."""
    check_facts(image)
    for p in image.populations:
        _check_placement(p, image)
    _check_neurons(image)
    _check_lines(image)
    _check_host(image)
    for i in range(len(image.cores)):
        _check_stop(i, image)
    heard = what_is_heard(image)
    for i, found in enumerate(heard):
        _check_heard(i, found, image)
    _check_order(heard)


def _check_placement(p: Placement, image: "GridImage") -> None:
    """On each PE all of its neurons, of one kind."""
    where = f"population {p.name!r}"
    for i in np.unique(p.core):
        pe, columns = image.cores[i], p.column[p.core == i]
        if sorted(columns) != [*range(pe.neurons)]:
            raise ValueError(f"{where}: its neurons are not those of PE {i}")
        if pe.has("silent") == p.spiking:
            raise ValueError(f"{where}: PE {i} has another output condition")
        if pe.ticks != image.network_ticks:
            raise ValueError(f"{where}: PE {i} has {pe.ticks} ticks, not {image.network_ticks}")
        if pe.has("lazy") and p.spiking and (pe.threshold[: pe.neurons] <= 0).any():
            raise ValueError(f"{where}: PE {i} is lazy, but a neuron fires without a spike")


def _check_neurons(image: "GridImage") -> None:
    held = np.concatenate([np.unique(p.core) for p in image.populations])
    if len(set(held.tolist())) != len(held):
        raise ValueError("a PE holds neurons of two populations")
    for i, pe in enumerate(image.cores):
        if pe.neurons and i not in held:
            raise ValueError(f"the neurons of PE {i} belong to no population")


def _check_lines(image: "GridImage") -> None:
    end = 0
    for name, first in image.lines.items():
        check_integer(f"line of {name!r}", first, 0, _LINES - image[name].core.size)
    for name, first in sorted(image.lines.items(), key=lambda item: item[1]):
        p = image[name]
        lines = np.array([image.cores[i].line for i in p.core]) + p.column
        if first < end or (lines != first + np.arange(len(lines))).any():
            raise ValueError(f"lines of {name!r} are not those of its PEs, or another's")
        end = first + len(lines)
    sends = {i for name in image.lines for i in image[name].core.tolist()}
    if sends != {i for i, pe in enumerate(image.cores) if pe.has("host")}:
        raise ValueError("PEs that have output lines and PEs that send to the host differ")
    if needs_spikes(image.decision) and image.output not in image.lines:
        raise ValueError(
            f"decision {image.decision}, but output {image.output!r} sends no spikes to the host"
        )


def _check_host(image: "GridImage") -> None:
    check_spikes_of(
        image.size(INPUT), image.feed.start, image.feed.packet, ADDRESS_BITS, "packets of the input"
    )
    fields = PACKET.unpack(image.tokens)
    plain = (fields["kind"] == Kind.TICK) & (fields["address"] == 0) & (fields["space"] == 0)
    if image.tokens.ndim != 1 or not (plain & (fields["data"] == 0)).all():
        raise ValueError("tokens must be TICKs without tag and TOKEN")


def _check_stop(index: int, image: "GridImage") -> None:
    word = image.cores[index].stop
    if bool(word) != (index == image.exit_core):
        raise ValueError(f"PE {index}: stop does not match the output's place")
    if word:
        cores_in(TARGET.unpack(word), image.params, f"PE {index}: stop")


def _check_heard(index: int, heard: Heard, image: "GridImage") -> None:
    pe, params, where = image.cores[index], image.params.pe, f"PE {index}"
    if not pe.neurons:
        if heard.sources or len(heard.addresses):
            raise ValueError(f"{where} is not used, but something is sent to it")
        return
    if len(heard.sources) != pe.sources or not pe.sources:
        raise ValueError(f"{where} waits for {pe.sources} tokens, {len(heard.sources)} send some")
    if len(heard.addresses) > params.queue:
        raise ValueError(f"{where} hears of {len(heard.addresses)} spikes, its queue holds "
                         f"{params.queue}")  # fmt: skip
    _check_addresses(heard.addresses, index, image)


def _check_addresses(addresses: npt.NDArray[np.int64], index: int, image: "GridImage") -> None:
    pe, highest = image.cores[index], int(addresses.max(initial=0))
    if pe.has("listed"):
        if highest >= len(pe.row):
            raise ValueError(f"PE {index}: a spike leads to a row that does not exist")
    elif highest + pe.neurons > len(pe.weight):
        raise ValueError(f"PE {index}: a spike leads beyond the weights")


def _check_order(heard: list[Heard]) -> None:
    """No PE waits for itself, not even by way of others."""
    waiting = {i: found.sources - {INPUT} for i, found in enumerate(heard)}
    while waiting:
        ready = [i for i, sources in waiting.items() if not sources & waiting.keys()]
        if not ready:
            raise ValueError(f"PEs {', '.join(map(str, waiting))} wait for each other")
        for i in ready:
            del waiting[i]
