"""Words that the host writes to load a pass: those that differ from what their bank holds."""

import numpy as np

from .core_image import CoreImage
from .image import ChipImage
from .params import CoreParams

__all__ = ["WORD_BYTES", "words_first", "words_repeated"]

WORD_BYTES = 4
"""Of payload per WRITE; the packet itself has 8."""


def words_first(image: ChipImage, index: int) -> int:
    """Words written before pass `index` runs for the first time; banks hold zeros at first."""
    banks = image.params.core.banks
    return _words(image, index, index - banks if index >= banks else None)


def words_repeated(image: ChipImage, index: int) -> int:
    """Words written before pass `index` when the passes have all run before, round and round.

    0 when every pass stays in a bank of its own (and its registers, if it is the only one).
    """
    return _words(image, index, (index - image.params.core.banks) % len(image.passes))


def _words(image: ChipImage, index: int, before: int | None) -> int:
    """before: the pass that the bank holds, None for zeros. Registers exist once; only a network
    of one pass keeps them.
    """
    empty = CoreImage(**CoreImage.empty(image.params.core))
    new = [image.cores[i] for i in image.cores_of(index)]
    old = [empty] * len(new) if before is None else [image.cores[i] for i in image.cores_of(before)]
    registers = 0 if before == index and len(image.passes) == 1 else len(CoreImage.REGISTERS)
    core = image.params.core
    return sum(_changed(a, b, core) + registers for a, b in zip(new, old, strict=True))


def _changed(new: CoreImage, old: CoreImage, core: CoreParams) -> int:
    """Words that differ, of a core's banked memories."""
    synapses = (new.synapse != old.synapse).reshape(-1, core.synapse_chunk).any(axis=1)
    rest = [*CoreImage.VECTORS, "route"]
    return int(synapses.sum() + sum(np.sum(getattr(new, n) != getattr(old, n)) for n in rest))
