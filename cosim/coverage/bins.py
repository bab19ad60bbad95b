"""Bins: combinations of features that must have run. Those of all ways to send spikes, and those of
each fabric.
"""

from collections.abc import Callable, Iterator
from itertools import product

from mapper.packets import PACKET, Kind

from ..host import PACES
from ..observers import Run
from . import crossbar, hybrid, yoso

__all__ = ["all_bins", "bins_of"]

_SENT = (Kind.SPIKE, Kind.TICK, Kind.WRITE, Kind.READ, Kind.SCAN)
_RECEIVED = (Kind.REPLY, Kind.OUTPUT, Kind.DONE)
_STALLS = ("none", "some", "many")
_ENGINES = ("amaranth", "batch", "cocotb")

_FABRICS: dict[str, tuple[Callable[[], set[str]], Callable[[Run], set[str]]]] = {
    "crossbar": (crossbar.all_bins, crossbar.bins_of),
    "hybrid": (hybrid.all_bins, hybrid.bins_of),
    "yoso": (yoso.all_bins, yoso.bins_of),
}
"""Fabric -> its bins, and those that a run hits."""
_COMMON = ("crossbar", "yoso")
"""Fabrics that the bins of both apply to; a hybrid chip is a crossbar chip with macros."""


def _common() -> Iterator[str]:
    yield from (f"{e} engine, stalls {s}" for e, s in product(_ENGINES, _STALLS))
    yield from (f"host stalls: sending {a}, taking {b}" for a, b in product(_STALLS, _STALLS))
    yield from (f"packet {kind.name}" for kind in (*_SENT, *_RECEIVED))
    yield from (f"SPIKE to {cores}" for cores in ("one core", "several cores"))
    yield from ("a sample without spikes", "a chip of one core", "a chip of several cores")


def all_bins() -> set[str]:
    """Every bin, as "fabric: what"."""
    return {
        f"{fabric}: {name}"
        for fabric, (own, _) in _FABRICS.items()
        for name in (*(_common() if fabric in _COMMON else ()), *own())
    } | {f"yoso: pace {pace}, stalls {stalls}" for pace, stalls in product(PACES, _STALLS)}


def bins_of(run: Run) -> set[str]:
    """Those that a run hits."""
    fabric = run.image.fabric
    common = _common_of(run) if fabric in _COMMON else ()
    return {f"{fabric}: {name}" for name in (*common, *_FABRICS[fabric][1](run))}


def _common_of(run: Run) -> Iterator[str]:
    sending, taking = _degree(run.stalls.source), _degree(run.stalls.sink)
    yield f"{run.engine} engine, stalls {max(sending, taking, key=_STALLS.index)}"
    yield f"host stalls: sending {sending}, taking {taking}"
    sent, received = PACKET.unpack(run.packets), PACKET.unpack(run.answers)
    for kinds in (sent["kind"], received["kind"]):
        yield from (f"packet {Kind(int(kind)).name}" for kind in set(kinds.tolist()))
    spike = sent["kind"] == Kind.SPIKE
    one = (sent["x0"] == sent["x1"]) & (sent["y0"] == sent["y1"])
    if (spike & one).any():
        yield "SPIKE to one core"
    if (spike & ~one).any():
        yield "SPIKE to several cores"
    if (run.trace.counters["events"].sum(axis=1) == 0).any():
        yield "a sample without spikes"
    yield f"a chip of {'one core' if run.image.params.cores == 1 else 'several cores'}"


def _degree(probability: float) -> str:
    return _STALLS[(probability > 0) + (probability >= 0.5)]
