"""The folder that a divergence leaves: facts, words, both runs side by side, a waveform."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from mapper.errors import VerificationError
from mapper.files import write_json

from .find import Divergence
from .text import describe, headline, side_by_side
from .window import Window, record_window

__all__ = ["FACTS", "FILES", "divergence_facts", "write_divergence"]

FACTS = "divergence.json"
FILES = _WORDS, _TRACE, _WAVEFORM = "divergence.txt", "trace.txt", "window.fst"
"""What else the folder may hold."""


def divergence_facts(found: Divergence, sample: int, window: Window | None) -> dict[str, Any]:
    """What `spikeloom diff --json` prints. sample: the number of the sample in the data set"""
    why = found.explanation
    first = None if found.first is None else found.first | {"sample": sample}
    return {
        "engines": [side.engine for side in found.sides],
        "equal": found.equal,
        "sample": sample,
        "summary": headline(found),
        "first": first,
        "errors": found.errors,
        "words": found.words,
        "pace": found.run.pace,
        "explanation": None if why is None else asdict(why),
        "window": None if window is None else asdict(window),
    }


def write_divergence(folder: Path, found: Divergence, sample: int) -> dict[str, Any]:
    """Write all files into `folder`, which is there; return the facts.

    sample: the number of the last sample of the run in the data set. There is a waveform when a
    tick is known in which something differs; when it cannot be recorded, the text says why.
    """
    last = len(found.run.spikes) - 1
    sample -= 0 if found.first is None else last - found.first["sample"]
    window, trouble = None, ""
    if found.chip_tick is not None:
        try:
            window = record_window(found, folder / _WAVEFORM)
        except VerificationError as error:
            trouble = f"\nno waveform: {error}\n"
    facts = divergence_facts(found, sample, window)
    write_json(folder / FACTS, facts)
    (folder / _WORDS).write_text(describe(found, sample, window) + trouble)
    if found.chip_tick is not None:
        (folder / _TRACE).write_text(side_by_side(found))
    return facts
