"""Bins of the crossbar: what its neurons did, how their cores were set up."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from mapper.crossbar.image import ChipImage, LevelPlacement
from mapper.crossbar.layout import CONTROL, DECAY_CODE, RESET_CODE
from mapper.semantics import MAX_DECAY_AMOUNT, DecayKind, Reset
from mapper.weights import WEIGHT_FORMATS

from ..observers import Run

__all__ = ["all_bins", "bins_of"]

_SHIFTS = (DecayKind.SHIFT, DecayKind.HALVE)
_EXTENSIONS = ("1", "2", "4", "8 or more")
_COLUMNS = sorted({f.columns for f in WEIGHT_FORMATS.values()})
_WIDTHS = ("up to 18", "19 to 31", "32")
_NO = ("without", "with")


def all_bins() -> set[str]:
    """Every one."""
    return {*_neurons(), *_chips()}


def _neurons() -> Iterator[str]:
    for decay in DecayKind:
        yield from (f"decay {decay}, potentials {s}" for s in ("below 0", "above 0"))
        yield from (f"decay {decay}, readout {stalls} stalls" for stalls in _NO)
        for reset, stalls in product(Reset, _NO):
            yield f"decay {decay}, fired and reset {reset}, {stalls} stalls"
        yield from (f"decay {decay}, extension {extension}" for extension in _EXTENSIONS)
        yield from (f"decay {decay}, {columns} columns a neuron" for columns in _COLUMNS)
    for decay, amount in product(_SHIFTS, range(1, MAX_DECAY_AMOUNT + 1)):
        yield f"decay {decay} by {amount}"
    yield from (f"reset {r}, {columns} columns a neuron" for r, columns in product(Reset, _COLUMNS))


def _chips() -> Iterator[str]:
    for banks, passes in product((1, 2), ("1 pass", "several passes")):
        yield from (f"{banks} banks, {passes}, {stalls} stalls" for stalls in _NO)
    yield from (f"extension {e}, {stalls} stalls" for e, stalls in product(_EXTENSIONS, _NO))
    yield from (f"potentials of {width} bits" for width in _WIDTHS)
    yield "spikes outside a window"


def bins_of(run: Run) -> set[str]:
    """Those that a run hits."""
    image = run.image
    assert isinstance(image, ChipImage)
    stalls = f"{_NO[run.stalls.source > 0 or run.stalls.sink > 0]} stalls"
    passes = "1 pass" if len(image.passes) == 1 else "several passes"
    bits = image.params.core.potential_bits
    found = {
        f"{image.params.core.banks} banks, {passes}, {stalls}",
        f"potentials of {_WIDTHS[(bits > 18) + (bits == 32)]} bits",
    }
    if run.trace.counters["stray"].any():
        found.add("spikes outside a window")
    for population in image.populations:
        found |= {*_population(run, image, population, stalls)}
    return found


def _population(
    run: Run, image: ChipImage, population: LevelPlacement, stalls: str
) -> Iterator[str]:
    """What the neurons of a population did; only a neuron that fired has been reset."""
    core = image.cores[int(population.core[0])]
    column = int(population.column[0])
    control = {name: int(v) for name, v in CONTROL.unpack(core.control[column]).items()}
    decay = next(kind for kind, code in DECAY_CODE.items() if code == control["decay"])
    reset = next(kind for kind, code in RESET_CODE.items() if code == control["reset"])
    columns = _columns(core.control, column)
    extension = _EXTENSIONS[min(core.extension, 3)]
    potentials = run.trace.potentials[population.name]
    yield from (f"decay {decay}, extension {extension}", f"extension {extension}, {stalls}",
                f"decay {decay}, {columns} columns a neuron")  # fmt: skip
    for sign, some in (("below", (potentials < 0).any()), ("above", (potentials > 0).any())):
        if some:
            yield f"decay {decay}, potentials {sign} 0"
    if decay in _SHIFTS:
        yield f"decay {decay} by {control['amount']}"
    if control["silent"]:
        yield f"decay {decay}, readout {stalls}"
    elif run.trace.spikes[population.name].any():
        yield f"decay {decay}, fired and reset {reset}, {stalls}"
        yield f"reset {reset}, {columns} columns a neuron"


def _columns(control: np.ndarray, column: int) -> int:
    """Columns of the complete neuron whose last one is `column`."""
    ends = np.flatnonzero(CONTROL.unpack(control[:column])["last"])
    return column - (int(ends[-1]) if len(ends) else -1)
