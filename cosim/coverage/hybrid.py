"""Bins of the hybrid chip: what its macros hold, how they convert, what their neurons did."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from mapper.crossbar.layout import CONTROL, DECAY_CODE, RESET_CODE
from mapper.hybrid.image import HybridImage
from mapper.pim.layout import ADC
from mapper.pim.macro_image import MacroImage
from mapper.semantics import DecayKind, Reset

from ..observers import Run

__all__ = ["all_bins", "bins_of"]

_NO = ("without", "with")
_CONVERTERS = ("exact", "of larger steps", "with an offset")
_POSITIONS = ("one position", "several positions")


def all_bins() -> set[str]:
    """Every one."""
    found = {f"macro: decay {d}, fired and reset {r}" for d, r in product(DecayKind, Reset)}
    found |= {f"converters {c}, {s} stalls" for c, s in product(_CONVERTERS, _NO)}
    found |= {f"{p}, {stack} stacked banks" for p, stack in product(_POSITIONS, _NO)}
    found |= {f"{n}, {s} stalls" for n, s in product(("one macro", "several macros"), _NO)}
    found |= {"conversions that clip", "values that raise no word line", "a group of rows in part"}
    return found | {f"macro: potentials {sign} 0" for sign in ("below", "above")}


def bins_of(run: Run) -> set[str]:
    """Those that a run hits."""
    image = run.image
    assert isinstance(image, HybridImage)
    stalls = f"{_NO[run.stalls.source > 0 or run.stalls.sink > 0]} stalls"
    several = len(image.macros) > 1
    found = {f"{'several macros' if several else 'one macro'}, {stalls}"}
    for place, macro in image.macros.items():
        found |= {*_macro(macro, image.params.macro.rows_active, stalls)}
        found |= {*_neurons(run, image, place, macro)}
    converted = [run.trace.counters[name] for name in ("conversions", "clipped")]
    places = [*image.macros]
    if (converted[0][:, places].sum(axis=1) == 0).any():
        found.add("values that raise no word line")
    return found | ({"conversions that clip"} if converted[1].any() else set())


def _macro(macro: MacroImage, rows_active: int, stalls: str) -> Iterator[str]:
    adc = {name: int(value) for name, value in ADC.unpack(macro.adc).items()}
    kinds = [c for c, used in zip(_CONVERTERS[1:], (adc["shift"], adc["offset"]), strict=True)
             if used]  # fmt: skip
    yield from (f"converters {kind}, {stalls}" for kind in kinds or _CONVERTERS[:1])
    yield f"{_POSITIONS[macro.positions > 1]}, {_NO[macro.stack > 0]} stacked banks"
    if macro.rows % rows_active:
        yield "a group of rows in part"


def _neurons(run: Run, image: HybridImage, place: int, macro: MacroImage) -> Iterator[str]:
    """Only neurons that fired have been reset; a macro's channels are alike."""
    mine = image.first.core == place
    control = CONTROL.unpack(macro.control[:1])
    decay = next(kind for kind, code in DECAY_CODE.items() if code == control["decay"][0])
    reset = next(kind for kind, code in RESET_CODE.items() if code == control["reset"][0])
    if run.trace.spikes[image.first.name][:, :, mine].any():
        yield f"macro: decay {decay}, fired and reset {reset}"
    potentials = run.trace.potentials[image.first.name][:, :, mine]
    if np.any(potentials < 0):
        yield "macro: potentials below 0"
    if np.any(potentials > 0):
        yield "macro: potentials above 0"
