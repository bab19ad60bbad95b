"""A divergence in words: what differs, the calculation, both runs side by side."""

from collections.abc import Iterator

import numpy as np

from ..fabrics import FABRICS
from ..trace import COUNTED
from .find import Divergence
from .window import Window

__all__ = ["describe", "headline", "side_by_side"]


def headline(found: Divergence) -> str:
    """The first difference in a sentence."""
    first = found.first
    one, two = (side.engine for side in found.sides)
    if first is None:
        return "; ".join(found.errors) or f"{one} and {two} agree"
    values = f"{one} {first['expected']}, {two} {first['actual']}"
    if "neuron" not in first:
        return f"counter {first['name']} of core {first['core']}: {values}"
    what = {"potentials": "potential", "spikes": "spike", "outputs": "OUTPUT packet"}
    return (
        f"tick {first['tick']}: {what[first['what']]} of {first['name']} {first['neuron']} "
        f"(core {first['core']}): {values}"
    )


def describe(found: Divergence, sample: int, window: Window | None) -> str:
    """All that is known. sample: the number of the sample, for people"""
    lines = [f"sample {sample}, {headline(found)}", ""]
    lines += [f"error: {error}" for error in [*found.errors, *found.words]]
    why = found.explanation
    if why is not None:
        place = f"core {why.where['core']} at ({why.where['x']}, {why.where['y']})"
        column = f", column {why.where['column']}" if "column" in why.where else ""
        lines += [f"{place}{column}, chip tick {why.where['chip_tick']}", ""]
        lines += [f"cause: {why.cause}", *(f"  {finding}" for finding in why.findings), ""]
        counted = why.where["counted"].items()
        lines.append(f"what the core counted in this tick (golden model, {why.where['engine']}):")
        lines += [f"  {name:<14}{a:>8}{b:>8}{'  <' * (a != b)}" for name, (a, b) in counted]
        lines += ["", f"events of this tick, by the golden model: {len(why.events)}"]
        lines += [f"  {event.weight:>+5}  {event}" for event in why.events if event.weight]
        without = sum(not event.weight for event in why.events)
        lines += [f"      0  {without} others, which have no weight here"] if without else []
        lines += ["", "the neuron, by the golden model:"] if why.steps else []
        lines += [f"  {step.what:<34}{_value(step.value):>8}" for step in why.steps]
    if window is not None:
        begin, end = window.cycles
        nanoseconds = f"{10 * begin}..{10 * end + 10} ns"
        lines += ["", f"window.fst: cycles {begin}..{end}, {nanoseconds}, all of {window.scope}"]
        if window.potential:
            lines.append(f"  the potential: {window.potential}")
        if not window.reproduced:
            lines.append("  this run did NOT show the difference")
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def side_by_side(found: Divergence) -> str:
    """Both runs around the first difference: the core's neurons, then all cores' counters."""
    return "\n".join([*_neurons(found), "", *_counters(found)]) + "\n"


def _neurons(found: Divergence) -> Iterator[str]:
    """Every neuron of the core concerned in the tick before and the tick of the difference."""
    first, image = found.first, found.run.image
    if first is None or found.chip_tick is None:
        return
    one, two = found.sides
    yield f"core {first['core']}, sample and neurons of both runs; < where they differ"
    yield f"{'':<28}{'potential':^22}{'spike':^22}"
    yield f"{'chip tick  neuron':<28}" + f"{one.engine:>11}{two.engine:>11}" * 2
    moments = FABRICS[image.fabric].moments(image)
    for tick in range(max(0, found.chip_tick - 1), found.chip_tick + 1):
        for p in image.populations:
            for i in np.flatnonzero(p.core == first["core"]):
                t = tick - int(moments[p.name].skew[i])
                if not 0 <= t < image.network_ticks:
                    continue
                at = first["sample"], t, i
                v = [int(side.trace.potentials[p.name][at]) for side in (one, two)]
                s = [int(side.trace.spikes[p.name][at]) for side in (one, two)]
                mark = "  <" if v[0] != v[1] or s[0] != s[1] else ""
                name = f"{tick:>9}  {p.name} {i}"
                yield f"{name:<28}{v[0]:>11}{v[1]:>11}{s[0]:>11}{s[1]:>11}{mark}"


def _counters(found: Divergence) -> Iterator[str]:
    """What every core counted, tick after tick, up to the difference."""
    one, two = found.sides
    if found.first is None or found.chip_tick is None:
        return
    yield "what the cores counted in each tick"
    yield f"{'tick  core':<12}" + "".join(f"{name:>22}" for name in COUNTED)
    yield f"{'':<12}" + f"{one.engine:>11}{two.engine:>11}" * len(COUNTED)
    first = found.done - found.chip_tick
    for done in range(first, found.done + 1):
        for core in range(found.run.image.params.cores):
            a, b = one.counts[done, core], two.counts[done, core]
            if a.any() or b.any():
                values = "".join(f"{x:>11}{y:>11}" for x, y in zip(a, b, strict=True))
                yield f"{done - first:>4}  {core:<6}{values}{'  <' * bool((a != b).any())}"
