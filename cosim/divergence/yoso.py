"""A YOSO PE in one tick of a sample, as its golden model knows it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.network import INPUT
from mapper.yoso.image import GridImage

from ..golden.yoso import HOST, GridModel, run_grid
from ..inputs import input_spikes
from ..trace import ChipTrace
from .explanation import Core, Event, Step

__all__ = ["GridCore", "grid_core", "grid_counts"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class GridCore(Core):
    """accumulated, before, held, threshold: (neurons,), at the start of the tick.

    psp: whether the accumulator keeps its sum from tick to tick; silent: nobody fires
    """

    accumulated: Ints
    before: Ints
    held: Bools
    threshold: Ints
    psp: bool
    silent: bool

    def step(self, sums: Ints) -> tuple[Bools, Ints]:
        after = np.where(self.held, self.before, self.before + self.accumulated + sums)
        return (after >= self.threshold) & ~self.held & (not self.silent), after

    def account(self, neuron: int, total: int) -> list[Step]:
        before, kept = int(self.before[neuron]), int(self.accumulated[neuron])
        steps = [Step("potential before the tick", before)]
        if self.psp:
            steps.append(Step("accumulated in earlier ticks", kept))
        steps.append(Step("+ weights of the events", total))
        if self.held[neuron]:
            return [*steps, Step("held since it fired", True), Step("potential after", before)]
        after = before + kept + total
        steps.append(Step("= potential", after))
        if not self.silent:
            steps.append(Step("threshold", int(self.threshold[neuron])))
        fires = not self.silent and after >= int(self.threshold[neuron])
        return [*steps, Step("fires", fires)]

    def variants(self, neuron: int, total: int) -> list[tuple[str, int, bool]]:
        before, kept = int(self.before[neuron]), int(self.accumulated[neuron])
        held, theta = bool(self.held[neuron]), int(self.threshold[neuron])

        def one(sum_: int, threshold: int, silent: bool, hold: bool) -> tuple[int, bool]:
            after = before if hold else before + sum_
            return after, after >= threshold and not silent and not hold

        found = [
            ("silent neurons" if not self.silent else "neurons that may fire",
             one(kept + total, theta, not self.silent, held)),
            ("an accumulator that forgets from tick to tick", one(total, theta, self.silent, held)),
            ("a neuron that is not held", one(kept + total, theta, self.silent, False)),
        ]  # fmt: skip
        for by in (1, -1, 2, -2, 3, -3, 4, -4):
            found += [
                (f"threshold {theta + by} in place of {theta}",
                 one(kept + total, theta + by, self.silent, held)),
                (f"{by:+} in the accumulator", one(kept + total + by, theta, self.silent, held)),
            ]  # fmt: skip
        return [(words, *result) for words, result in found]


def grid_core(
    image: GridImage, golden: ChipTrace, spikes: Bools, sample: int, core: int, tick: int
) -> GridCore:
    """PE `core` before tick `tick`. spikes: (samples, network ticks, inputs)"""
    model, ticks = GridModel(image), image.network_ticks
    fired = _fired(image, model, golden, input_spikes(image, spikes))
    arrivals = model.arrivals(core)
    n = image.cores[core].neurons
    events: list[Event] = []
    active, weights, ops = [np.zeros(0, bool)], [np.zeros((0, n), np.int64)], [np.zeros(0, int)]
    for source, (elements, addresses) in arrivals.items():
        spike, neuron, weight = model.models[core].weights(addresses)
        alone = np.zeros((len(elements), n), np.int64)
        np.add.at(alone, (spike, neuron), weight)
        events += [_event(image, source, int(e), int(a), core)
                   for e, a in zip(elements, addresses, strict=True)]  # fmt: skip
        active.append(fired[source][sample, tick, elements])
        weights.append(alone)
        ops.append(np.bincount(spike, minlength=len(elements)))
    arriving = model.models[core].arriving(
        {s: f[[sample]] for s, f in fired.items() if s in arrivals}, ticks
    )[0, :, :n]
    pe = image.cores[core]
    before, held = _state(image, golden, sample, core, tick)
    return GridCore(
        events=events,
        active=np.concatenate(active),
        weights=np.concatenate(weights),
        ops=np.concatenate(ops),
        accumulated=arriving[:tick].sum(axis=0) * pe.has("psp"),
        before=before,
        held=held,
        threshold=pe.threshold[:n],
        psp=pe.has("psp"),
        silent=pe.has("silent"),
    )


def _fired(
    image: GridImage, model: GridModel, golden: ChipTrace, inputs: Bools
) -> dict[int, Bools]:
    """HOST or PE -> (samples, ticks, elements), who spikes."""
    found = {HOST: inputs}
    for i in model.tokens.order:
        found[i] = np.zeros((len(inputs), image.network_ticks, image.cores[i].neurons), bool)
    for p in image.populations:
        for i in np.unique(p.core):
            here = np.flatnonzero(p.core == i)
            found[int(i)][:, :, p.column[here]] = golden.spikes[p.name][:, :, here]
    return found


def _event(image: GridImage, source: int, element: int, address: int, core: int) -> Event:
    place = f"spike address {address} of PE {core}"
    if source == HOST:
        return Event(INPUT, element, place, 0)
    for p in image.populations:
        mine = np.flatnonzero((p.core == source) & (p.column == element))
        if len(mine):
            route = f"spike address of neuron {element} of PE {source}"
            return Event(p.name, int(mine[0]), place, 0, route)
    return Event("", -1, place, 0)


def _state(
    image: GridImage, golden: ChipTrace, sample: int, core: int, tick: int
) -> tuple[Ints, Bools]:
    """Potentials and held flags at the start of the tick."""
    n = image.cores[core].neurons
    before, held = np.zeros(n, np.int64), np.zeros(n, bool)
    for p in image.populations:
        here = np.flatnonzero(p.core == core)
        if len(here) and tick:
            before[p.column[here]] = golden.potentials[p.name][sample, tick - 1, here]
            held[p.column[here]] = golden.spikes[p.name][sample, :tick, here].any(axis=1)
    return before, held


def grid_counts(image: GridImage, spikes: Bools) -> Ints:
    """What COUNTED grow by, (samples, ticks, PEs, 4)."""
    model, ticks = GridModel(image), image.network_ticks
    fired = _fired(image, model, run_grid(image, spikes), input_spikes(image, spikes))
    found = np.zeros((len(spikes), ticks, len(image.cores), 4), np.int64)
    for core in model.tokens.order:
        senders = {s: fired[s] for s in model.arrivals(core)}
        if senders:
            n = image.cores[core].neurons
            found[:, :, core, :2] = model.models[core].arriving(senders, ticks)[:, :, n:]
        found[:, :, core, 2] = fired[core].sum(axis=2)
    return found
