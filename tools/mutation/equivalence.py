"""Mutants that change no gate: the netlists of some chips are the same, letter for letter."""

import hashlib
from dataclasses import replace
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mapper.crossbar.params import ChipParams, CoreParams
from mapper.hybrid.params import HybridParams
from mapper.mesh import MeshParams
from mapper.pim.params import PRESETS as MACROS
from mapper.yoso.params import GridParams, PeParams

from .trial import in_process

__all__ = ["DESIGNS", "is_equivalent"]

_FAILED = "failed: "

_CORE = CoreParams(
    axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, routes=64
)  # fmt: skip
_SINGLE = CoreParams(axons=9, neurons=8, lanes=8, update_lanes=1, max_extension=1, routes=16)
_PE = PeParams(neurons=8, weights=128, queue=64, ticks=8, rows=128, runs=128)
DESIGNS: dict[str, tuple[MeshParams, ...]] = {
    "crossbar": (
        ChipParams(core=_CORE, width=2, height=2),
        ChipParams(core=replace(_CORE, banks=2), width=1, height=1),
        ChipParams(core=_SINGLE, width=1, height=1),
    ),
    "hybrid": (HybridParams(core=_CORE, macro=MACROS["tiny"], macros=1, width=2, height=1),),
    "yoso": (
        GridParams(pe=_PE, width=2, height=1),
        GridParams(pe=replace(_PE, rows=0, runs=0), width=1, height=1),
    ),
}
"""Name in suites.toml -> chips that between them use every branch of the elaboration."""


def _netlists(pipe: Connection, chips: tuple[MeshParams, ...]) -> None:
    from amaranth.back import rtlil

    from rtl.chips import build_chip

    digest = hashlib.sha256()
    try:
        for params in chips:
            digest.update(rtlil.convert(build_chip(params), emit_src=False).encode())
    except Exception as error:  # a mutant need not elaborate at all sizes
        pipe.send(f"{_FAILED}{error!r}")
    else:
        pipe.send(digest.hexdigest())


def _digest(root: Path, chips: tuple[MeshParams, ...], module: str = "", text: str = "") -> Any:
    return in_process(root, _netlists, (chips,), 300, module, text)


@lru_cache
def _unchanged(root: Path, chips: tuple[MeshParams, ...]) -> Any:
    return _digest(root, chips)


def is_equivalent(root: Path, chips: tuple[MeshParams, ...], module: str, text: str) -> bool:
    """Whether the netlists stay what they are with `module` made from `text`.

    Says nothing of other parameters: look at what it calls equivalent.
    """
    if not chips:
        raise ValueError("no chip to compare the netlists of")
    right = _unchanged(root, chips)
    if right is None or right.startswith(_FAILED):
        raise RuntimeError(f"the design does not elaborate: {right}")
    return right == _digest(root, chips, module, text)
