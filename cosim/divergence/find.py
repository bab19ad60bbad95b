"""Finds where two engines part on one sample, and explains it."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.image import Image

from ..engines import ENGINES, Stalls
from ..engines.base import NO_STALLS
from ..fabrics import FABRICS, find_fabric
from ..scoreboard import compare
from ..trace import COUNTED, ChipTrace
from .explanation import Explanation
from .inspectors import find_inspector
from .judge import judge
from .memories import changed_words
from .observe import GOLDEN, Observed, Run

__all__ = ["Divergence", "find_divergence"]


@dataclass(frozen=True)
class Divergence:
    """Two engines' runs of the same samples.

    first: see `first.first_difference`; "sample" counts from the run's first. None: they agree
    errors: sticky error bits and memories that are not what was programmed, of either side
    words: of such memories, which words differ, in words
    chip_tick: of the pass of the core concerned, None when nothing tells
    """

    run: Run
    sides: tuple[Observed, Observed]
    first: dict[str, Any] | None
    errors: list[str]
    words: list[str] = field(default_factory=list)
    chip_tick: int | None = None
    explanation: Explanation | None = None

    @property
    def equal(self) -> bool:
        """Nothing differs, nothing is wrong."""
        return self.first is None and not self.errors

    @property
    def done(self) -> int:
        """The DONE that ends the tick concerned; needs `chip_tick`."""
        assert self.first is not None and self.chip_tick is not None
        return self.run.done(self.first["core"], self.first["sample"], self.chip_tick)


def find_divergence(
    image: Image[Any],
    spikes: npt.NDArray[Any],
    engines: tuple[str, str] = (GOLDEN, "batch"),
    stalls: Stalls = NO_STALLS,
    pace: str = "tick",
) -> Divergence:
    """Run the last of `spikes` (samples, network ticks, inputs) on both engines and compare.

    A sample starts from a fixed state, so it is run alone first; if both sides agree then, all
    of `spikes` are run. A fault that shows at a slower pace shows at pace "tick" as a rule, where
    every potential can be seen; so that is tried first.

    Raises InputError for an unknown engine or pace, EngineError and HostError as engines and hosts
    do.
    """
    find_fabric(image, pace)
    for name in engines:
        if name != GOLDEN and name not in ENGINES:
            known = ", ".join([GOLDEN, *ENGINES])
            raise InputError(f"unknown engine {name!r}; known: {known}")
    tried = [Run(image, spikes[-1:], stalls, p) for p in dict.fromkeys(("tick", pace))]
    if len(spikes) > 1:
        tried += [replace(run, spikes=spikes) for run in tried]
    for run in tried:
        found = _compared(run, engines)
        if not found.equal:
            break
    return found


def _compared(run: Run, engines: tuple[str, str]) -> Divergence:
    one, two = (run.observe(name) for name in engines)
    fabric = FABRICS[run.image.fabric]
    errors = [
        f"{side.engine}: {error}"
        for side in (one, two)
        for error in [*fabric.raised(side.trace), *side.trace.corrupt]
    ]
    first = compare(run.image, one.trace, two.trace, errors).first
    found = Divergence(run, (one, two), first, errors)
    words = [
        f"{side.engine}: {word}" for side in (one, two) if side.trace.corrupt
        for word in changed_words(run, side.engine, side.trace.corrupt)
    ]  # fmt: skip
    found = replace(found, words=words)
    if first is not None and run.pace == "tick":
        found = replace(found, chip_tick=_chip_tick(found))
        if found.chip_tick is not None:
            found = replace(found, explanation=_explain(found))
    return found


def _chip_tick(found: Divergence) -> int | None:
    """The tick of the first difference, on the chip; of a counter, the first that it grew wrong."""
    first, image = found.first, found.run.image
    assert first is not None
    if first["what"] != "counters":
        skew = FABRICS[image.fabric].moments(image)[first["name"]].skew
        return int(first["tick"] + skew[first["neuron"]])
    core = first["core"]
    index, place = divmod(core, image.params.cores)
    ticks = find_inspector(image).ticks(image)[index]
    start = found.run.done(core, first["sample"], 0)
    one, two = (s.counts[start : start + ticks, place] for s in found.sides)
    wrong = np.flatnonzero((one != two).any(axis=1))
    return int(wrong[0]) if len(wrong) else None


def _explain(found: Divergence) -> Explanation:
    first, run = found.first, found.run
    assert first is not None and found.chip_tick is not None
    image, core_number = run.image, first["core"]
    golden = run.golden()
    core = find_inspector(image).core(
        image, golden, run.spikes, first["sample"], core_number, found.chip_tick
    )
    actual = _wrong_side(found, golden)
    expected = run.observe(GOLDEN)
    place = core_number % image.params.cores
    added = expected.counts[found.done, place], actual.counts[found.done, place]
    local, fired, potentials = _core_state(found, actual.trace, core.weights.shape[1])
    x, y = image.params.position(place)
    where = {"core": core_number, "x": x, "y": y, "chip_tick": found.chip_tick,
             "engine": actual.engine,
             "counted": dict(zip(COUNTED, (row.tolist() for row in np.stack(added).T),
                                 strict=True))}  # fmt: skip
    if "neuron" in first:
        where["column"] = int(image[first["name"]].column[first["neuron"]])
    explanation = judge(core, local, fired, potentials, added, where)
    corrupt = [c for c in actual.trace.corrupt if c.startswith(f"core {core_number}:")]
    if actual.trace.corrupt:
        text = [*(corrupt or actual.trace.corrupt), *found.words]
        return replace(explanation, cause="memory", findings=text + explanation.findings)
    if first["what"] == "outputs":
        came = "came all the same" if first["actual"] else "did not come"
        text = [f"the neuron did what it should, but its OUTPUT packet {came}: its way to the host"]
        return replace(explanation, cause="route", findings=text)
    return replace(explanation, findings=explanation.findings + _elsewhere(found, expected, actual))


def _elsewhere(found: Divergence, expected: Observed, actual: Observed) -> list[str]:
    """What other cores counted in this tick: where a spike went that is missing here."""
    first, cores = found.first, found.run.image.params.cores
    assert first is not None
    ours, theirs = (side.counts[found.done] for side in (expected, actual))
    others = [i for i in range(cores) if i != first["core"] % cores]
    return [
        f"in the same tick core {i} counted {theirs[i, k]} {name}, not {ours[i, k]}"
        for i in others
        for k, name in enumerate(COUNTED)
        if name in ("events", "stray") and ours[i, k] != theirs[i, k]
    ]


def _wrong_side(found: Divergence, golden: ChipTrace) -> Observed:
    """The side that does not agree with the golden model at the first difference."""
    one, two = found.sides
    if one.engine == GOLDEN:
        return two
    first = compare(found.run.image, golden, one.trace, []).first
    return one if first is not None and two.engine == GOLDEN else (
        one if first == found.first else two
    )  # fmt: skip


def _core_state(
    found: Divergence, trace: ChipTrace, neurons: int
) -> tuple[int | None, npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """(number of the neuron in the core, who fired, potentials) of the core in the tick."""
    first, image = found.first, found.run.image
    assert first is not None and found.chip_tick is not None
    fired, potentials = np.zeros(neurons, bool), np.zeros(neurons, np.int64)
    columns = np.concatenate([p.column[p.core == first["core"]] for p in image.populations])
    rank = {int(c): i for i, c in enumerate(np.sort(columns))}
    moments = FABRICS[image.fabric].moments(image)
    for p in image.populations:
        here = np.flatnonzero(p.core == first["core"])
        if len(here):
            t = found.chip_tick - int(moments[p.name].skew[here[0]])
            local = [rank[int(c)] for c in p.column[here]]
            if 0 <= t < image.network_ticks:
                fired[local] = trace.spikes[p.name][first["sample"], t, here]
                potentials[local] = trace.potentials[p.name][first["sample"], t, here]
    if "neuron" not in first:
        return None, fired, potentials
    column = int(image[first["name"]].column[first["neuron"]])
    return rank[column], fired, potentials
