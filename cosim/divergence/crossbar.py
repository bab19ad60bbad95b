"""A crossbar core in one chip tick of a sample, as its golden model knows it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import CONTROL, DECAY_CODE, RESET_CODE
from mapper.network import INPUT
from mapper.semantics import Decay, DecayKind, Reset, apply_decay

from ..golden.crossbar import PassModel, run_chip
from ..golden.neurons import NeuronModel
from ..trace import ChipTrace
from .explanation import Core, Event, Step

__all__ = ["CrossbarCore", "crossbar_core", "crossbar_counts"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_DECAYS = {code: kind for kind, code in DECAY_CODE.items()}
_RESETS = {code: reset for reset, code in RESET_CODE.items()}


@dataclass(frozen=True)
class CrossbarCore(Core):
    """neurons: its golden model; before, held: (neurons,), at the start of the tick."""

    neurons: NeuronModel
    before: Ints
    held: Bools

    def step(self, sums: Ints) -> tuple[Bools, Ints]:
        return _step(self.neurons, self.before, self.held, sums)

    def _one(
        self, neuron: int, total: int, before: int | None = None, **words: int
    ) -> tuple[int, bool]:
        """(potential, fired) of one neuron, with other parameter words."""
        own = {n: int(getattr(self.neurons, n)[neuron]) for n in NeuronModel.WORDS}
        model = NeuronModel(
            **{n: np.array([v]) for n, v in (own | words).items()},
            potential_bits=self.neurons.potential_bits,
        )
        v = self.before[neuron] if before is None else before
        fired, after = _step(model, np.array([v]), self.held[[neuron]], np.array([[total]]))
        return int(after[0, 0]), bool(fired[0, 0])

    def _rule(self, neuron: int) -> tuple[Decay, Reset]:
        control = CONTROL.unpack(self.neurons.control[neuron])
        decay = Decay(_DECAYS[int(control["decay"])], int(control["amount"]))
        return decay, _RESETS[int(control["reset"])]

    def account(self, neuron: int, total: int) -> list[Step]:
        decay, reset = self._rule(neuron)
        decayed = int(apply_decay(self.before[neuron], decay))
        after, fires = self._one(neuron, total)
        bias, silent = int(self.neurons.bias[neuron]), bool(self.neurons.silent[neuron])
        steps = [
            Step("potential before the tick", int(self.before[neuron])),
            Step(f"after decay {_words(decay)}", decayed),
            Step("+ weighted sum of the events", total),
            Step("+ bias", bias),
            Step("= integrated", decayed + total + bias),
        ]
        if self.held[neuron]:
            steps = [steps[0], Step("held since it fired", True)]
        elif not silent:
            steps.append(Step("threshold", int(self.neurons.threshold[neuron])))
        end = "potential after the tick" if silent else f"potential after reset {reset}"
        return [*steps, Step("fires", fires), Step(end, after)]

    def variants(self, neuron: int, total: int) -> list[tuple[str, int, bool]]:
        decay, reset = self._rule(neuron)
        control = CONTROL.unpack(self.neurons.control[neuron])
        found = []
        for other in [r for r in Reset if r != reset]:
            word = int(CONTROL.pack(**control | {"reset": RESET_CODE[other]}))
            found.append((f"reset {other}", self._one(neuron, total, control=word)))
        for rule in [r for r in _all_decays() if r != decay]:
            fields = {"decay": DECAY_CODE[rule.kind], "amount": rule.amount}
            word = int(CONTROL.pack(**control | fields))
            found.append((f"decay {_words(rule)}", self._one(neuron, total, control=word)))
        for by in (1, -1, 2, -2, 3, -3, 4, -4):
            for name in ("threshold", "bias"):
                value = int(getattr(self.neurons, name)[neuron]) + by
                words = f"{name} {value} in place of {value - by}"
                found.append((words, self._one(neuron, total, **{name: value})))
            value = int(self.before[neuron]) + by
            words = f"potential {value} before the tick in place of {value - by}"
            found.append((words, self._one(neuron, total, before=value)))
        return [(words, *result) for words, result in found]


def _step(model: NeuronModel, before: Ints, held: Bools, sums: Ints) -> tuple[Bools, Ints]:
    model.v, model.held = np.tile(before, (len(sums), 1)), np.tile(held, (len(sums), 1))
    fired, _ = model.step(sums)
    return fired, model.v


def _words(decay: Decay) -> str:
    return f"{decay.kind} {decay.amount}" if decay.amount else str(decay.kind)


def _all_decays() -> list[Decay]:
    shifts = [Decay(k, a) for k in (DecayKind.SHIFT, DecayKind.HALVE) for a in range(1, 8)]
    return [Decay(DecayKind.NONE), Decay(DecayKind.CLEAR), *shifts]


def crossbar_core(
    image: ChipImage, golden: ChipTrace, spikes: Bools, sample: int, core: int, tick: int
) -> CrossbarCore:
    """Core `core` before chip tick `tick` of its pass. spikes: (samples, network ticks, inputs)"""
    index = image.pass_of(core)
    model = PassModel(image, index)
    place = core - image.cores_of(index)[0]
    sent = {INPUT: spikes} | golden.outputs
    events = _events(image, model, place)
    active = np.zeros(model.cores[place].axons, bool)
    for axon, event in events.items():
        if event.source in sent and event.route == "":
            level = next(f.level for f in image.passes[index].feeds if f.source == event.source)
            fired: Bools = sent[event.source]
        else:
            level = image.first_tick(image[event.source], index) + 1
            fired = golden.spikes[event.source]
        t = tick - level
        if 0 <= t < image.network_ticks:
            active[axon] = fired[sample, t, event.neuron]
    rows = image.params.core.axons
    silent = [Event("", -1, _axon(a, rows, core), 0) for a in range(len(active))]
    return CrossbarCore(
        events=[events.get(a, silent[a]) for a in range(len(active))],
        active=active,
        weights=model.cores[place].weights.astype(np.int64),
        ops=model.cores[place].fan_out.astype(np.int64),
        neurons=model.cores[place].neurons,
        **_state(model, place, golden, sample, tick),
    )


def _axon(axon: int, rows: int, core: int) -> str:
    phase, row = divmod(axon, rows)
    return f"axon {row} of core {core}" if not phase else f"axon {row}, phase {phase}, of {core}"


def _events(image: ChipImage, model: PassModel, place: int) -> dict[int, Event]:
    """Axon -> who sends to it; its weight is left 0."""
    rows, core = image.params.core.axons, model.numbers[place]
    found = {}
    for feed, wires in zip(image.passes[model.index].feeds, model.feeds, strict=True):
        for element, axon in zip(*wires.to_core[place], strict=True):
            where = _axon(int(axon), rows, core)
            found[int(axon)] = Event(feed.source, int(element), where, 0)
    for number, wires, seats in zip(model.numbers, model.wires, model.seats, strict=True):
        owner = {
            int(local): (seat.population, int(n))
            for seat in seats for local, n in zip(seat.local, seat.neurons, strict=True)
        }  # fmt: skip
        for local, axon in zip(*wires.to_core[place], strict=True):
            name, n = owner[int(local)]
            route = f"a route of core {number}, column {int(image[name].column[n])}"
            found[int(axon)] = Event(name, n, _axon(int(axon), rows, core), 0, route)
    return found


def _state(
    model: PassModel, place: int, golden: ChipTrace, sample: int, tick: int
) -> dict[str, Any]:
    """Potentials and held flags at the start of the tick."""
    neurons = model.cores[place].neurons
    before, held = neurons.initial.copy(), np.zeros(len(neurons.initial), bool)
    for seat in model.seats[place]:
        t = tick - seat.first_tick
        if t > 0:
            last = golden.potentials[seat.population][sample, t - 1]
            before[seat.local] = last[seat.neurons]
            spikes = golden.spikes[seat.population][sample, :t, seat.neurons]
            held[seat.local] = spikes.any(axis=1) & neurons.once[seat.local]
    return {"before": before, "held": held}


def crossbar_counts(image: ChipImage, spikes: Bools) -> Ints:
    """What COUNTED grow by, (samples, chip ticks of all passes, cores of the mesh, 4)."""
    cores = image.params.cores
    found = np.zeros((len(spikes), image.ticks, cores, 4), np.int64)
    first = np.cumsum([0, *(p.ticks for p in image.passes)])
    models = [PassModel(image, i) for i in range(len(image.passes))]

    def watch(core: int, tick: int, chosen: slice, axons: Bools, fired: Bools | None) -> None:
        index, place = divmod(core, cores)
        at = found[chosen, first[index] + tick, place]
        if fired is None:
            at[:, 3] = axons.sum(axis=1)
            return
        at[:, 0] = axons.sum(axis=1)
        at[:, 1] = axons @ models[index].cores[place].fan_out
        at[:, 2] = fired.sum(axis=1)

    run_chip(image, spikes, watch=watch)
    return found
