"""Which words of a memory are not what was programmed: read back, word by word."""

import re

import numpy as np

from mapper.packets import PACKET, Kind, rectangle

from ..engines import make_engine
from ..fabrics import find_fabric
from .inspectors import find_inspector
from .observe import Run

__all__ = ["changed_words"]

_SHOWN = 8


def changed_words(run: Run, engine: str, corrupt: list[str]) -> list[str]:
    """Words of the memories that `ChipTrace.corrupt` names, at most 8 of each memory.

    Only of images of one pass: the memories of others do not last until the end.
    """
    image = run.image
    if len(find_inspector(image).ticks(image)) > 1:
        return []
    session = find_fabric(image, run.pace).session(image, run.pace)
    packets, answers = [session.packets(run.spikes)], session.answers(len(run.spikes))
    blocks = []
    for core, name in (_parse(text) for text in corrupt):
        block = next(b for b in find_inspector(image).blocks(image, core) if b.name == name)
        blocks.append((core, block))
        packets.append(block.reads(Kind.READ, rectangle(*image.params.position(core))))
    words = sum(len(block.values) for _, block in blocks)
    received = make_engine(engine, image.params).exchange(
        np.concatenate(packets), answers + words, run.stalls
    )
    fields = PACKET.unpack(received)
    data = fields["data"][fields["kind"] != Kind.OUTPUT][answers:]
    found = []
    for core, block in blocks:
        values, data = data[: len(block.values)], data[len(block.values) :]
        wrong = np.flatnonzero(values != block.values)
        found += [
            f"core {core}: {block.name}: word {i} holds {int(values[i]):#x}, programmed was "
            f"{int(block.values[i]):#x}"
            for i in wrong[:_SHOWN]
        ]
        if len(wrong) > _SHOWN:
            found.append(f"core {core}: {block.name}: {len(wrong)} words differ in all")
    return found


def _parse(text: str) -> tuple[int, str]:
    """Core and memory of "core 3: synapse memory is not what was programmed"."""
    match = re.fullmatch(r"core (\d+): (.*) is not what was programmed", text)
    assert match is not None, text
    return int(match[1]), match[2]
