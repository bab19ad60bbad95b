"""Mutants that change nothing: the netlists of some chips are the same, or proved equal."""

import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mapper.crossbar.params import ChipParams, CoreParams
from mapper.hybrid.params import HybridParams
from mapper.mesh import MeshParams
from mapper.pim.params import PRESETS as MACROS
from mapper.yoso.params import GridParams, PeParams

from .proof import proved_equal
from .trial import in_process

__all__ = ["DESIGNS", "Design", "is_equivalent"]

_PROOF_SECONDS = 120
_CLOCK_HZ = 8_000_000  # bits of few cycles: short counters

_CORE = CoreParams(
    axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, routes=64
)  # fmt: skip
_SINGLE = CoreParams(axons=9, neurons=8, lanes=8, update_lanes=1, max_extension=1, routes=16)
_PE = PeParams(neurons=8, weights=128, queue=64, ticks=8, rows=128, runs=128)


@dataclass(frozen=True)
class Design:
    """params: of a chip; line: of its link, "" for none."""

    params: MeshParams
    line: str = ""


DESIGNS: dict[str, tuple[Design, ...]] = {
    "crossbar": (
        Design(ChipParams(core=_CORE, width=2, height=2)),
        Design(ChipParams(core=replace(_CORE, banks=2), width=1, height=1)),
        Design(ChipParams(core=_SINGLE, width=1, height=1)),
    ),
    "hybrid": (
        Design(HybridParams(core=_CORE, macro=MACROS["tiny"], macros=1, width=2, height=1)),
    ),
    "linked": tuple(
        Design(ChipParams(core=_SINGLE, width=1, height=1), line) for line in ("uart", "spi")
    ),
    "yoso": (
        Design(GridParams(pe=_PE, width=2, height=1)),
        Design(GridParams(pe=replace(_PE, rows=0, runs=0), width=1, height=1)),
    ),
}
"""Name in suites.toml -> chips that between them use every branch of the elaboration."""


def _netlists(pipe: Connection, chips: tuple[Design, ...], module: str) -> None:
    from amaranth.back import rtlil

    from rtl.chips import build_chip

    texts = []
    try:
        for chip in chips:
            if chip.line:
                from rtl.boards.lines import LINES
                from rtl.link.linked_chip import LinkedChip

                wires = LINES[chip.line](_CLOCK_HZ, None).wires
                design: Any = LinkedChip(chip.params, wires)
            else:
                design = build_chip(chip.params)
            texts.append(rtlil.convert(design, emit_src=False))
        if module and module not in sys.modules:
            raise RuntimeError(f"no chip uses {module}")
    except Exception as error:  # a mutant need not elaborate at all sizes
        pipe.send(f"failed: {error!r}")
    else:
        pipe.send(texts)


def _texts(root: Path, chips: tuple[Design, ...], module: str = "", text: str = "") -> Any:
    return in_process(root, _netlists, (chips, module), 300, module, text)


@lru_cache
def _unchanged(root: Path, chips: tuple[Design, ...]) -> Any:
    return _texts(root, chips)


def is_equivalent(root: Path, chips: tuple[Design, ...], module: str, text: str) -> bool:
    """Whether the netlists stay what they are with `module` made from `text`, and use it, or are
    proved to do the same.

    Says nothing of other parameters: look at what it calls equivalent.
    """
    if not chips:
        raise ValueError("no chip to compare the netlists of")
    right, found = _unchanged(root, chips), _texts(root, chips, module, text)
    if not isinstance(right, list):
        raise RuntimeError(f"the design does not elaborate: {right}")
    return isinstance(found, list) and all(
        proved_equal(ours, theirs, _PROOF_SECONDS)
        for ours, theirs in zip(right, found, strict=True)
    )
