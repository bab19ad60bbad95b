"""Golden model of the crossbar chip: executes a ChipImage pass by pass, core by core, tick by tick.

It knows nothing of the Network: only memory contents, routing tables and bindings. Vectorized
over samples.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import POINTER, ROUTE
from mapper.errors import InputError
from mapper.network import INPUT
from mapper.packets import PACKET, SPIKE

from ..inputs import input_spikes
from ..trace import ChipTrace, empty_trace
from .core_model import CoreModel

__all__ = ["PassModel", "Watch", "run_chip"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Watch = Callable[[int, int, slice, Bools, Bools | None], None]
"""Is told, of every core and chip tick of its pass: core, tick, which samples, their axons with a
spike (samples, axons), who fired (samples, neurons), None when the core's window is closed."""


def _nobody(core: int, tick: int, chosen: slice, axons: Bools, fired: Bools | None) -> None:
    """Nobody watches."""


def run_chip(
    image: ChipImage,
    spikes: npt.NDArray[np.generic],
    batch: int = 500,
    progress: Callable[[float], None] = lambda samples: None,
    watch: Watch = _nobody,
) -> ChipTrace:
    """Run input `spikes` (samples, network ticks, inputs) through the chip.

    batch: samples held in memory at a time. progress: called with the number of samples done
    since the last call; a sample counts a share in every pass.
    Raises InputError for spikes of another shape.
    """
    inputs = input_spikes(image, spikes)
    received = {name for run in image.passes for name in run.lines}
    trace = empty_trace(image, len(spikes), received)
    sent = {INPUT: inputs} | trace.outputs
    for index in range(len(image.passes)):
        model = PassModel(image, index, watch)
        for first in range(0, len(spikes), batch):
            chosen = slice(first, min(first + batch, len(spikes)))
            model.run(sent, trace, chosen)
            progress((chosen.stop - chosen.start) / len(image.passes))
    return trace


@dataclass
class _Wires:
    """Where spikes go: (source, destination axon) index pairs per core; (source, line) pairs."""

    to_core: list[tuple[Ints, Ints]]
    to_host: tuple[Ints, Ints]


@dataclass
class _Seat:
    """Neurons of one population on one core."""

    population: str
    neurons: Ints  # in the population
    local: Ints  # in the core
    first_tick: int


def _join_spikes(target: Bools, where: Ints, spikes: Bools) -> None:
    """target[:, where] |= spikes, also where several sources share an axon."""
    if len(np.unique(where)) == len(where):
        target[:, where] |= spikes
    else:
        for i, axon in enumerate(where):
            target[:, axon] |= spikes[:, i]


class PassModel:
    """All cores of a pass and the wires between them."""

    def __init__(self, image: ChipImage, index: int, watch: Watch = _nobody) -> None:
        self.image, self.index, self.run_facts = image, index, image.passes[index]
        self._watch = watch
        self.numbers = image.cores_of(index)
        self.cores = [CoreModel(image.cores[i], image.params.core.potential_bits)
                      for i in self.numbers]  # fmt: skip
        self.feeds = [self._feed_wires(f.start, f.packet) for f in self.run_facts.feeds]
        self.wires = [self._core_wires(model) for model in self.cores]
        self.seats = [self._seats(i, model) for i, model in enumerate(self.cores)]
        self.sent = {name: image.neurons_of(name, index) for name in self.run_facts.lines}
        self.level = {p.name: image.first_tick(p, index) for p in image.populations}

    def _seats(self, place: int, model: CoreModel) -> list[_Seat]:
        neuron_of_column = np.zeros(len(model.image.control), np.int64)
        neuron_of_column[model.last] = np.arange(len(model.last))
        seats = []
        for p in self.image.populations:
            here = np.flatnonzero(p.core == self.numbers[place])
            if len(here):
                first = self.image.first_tick(p, self.image.pass_of(self.numbers[place]))
                seats.append(_Seat(p.name, here, neuron_of_column[p.column[here]], first))
        return seats

    def _feed_wires(self, start: Ints, packet: npt.NDArray[np.uint64]) -> _Wires:
        fields = PACKET.unpack(packet)
        sources = np.repeat(np.arange(len(start) - 1), np.diff(start))
        return self._expand(fields | SPIKE.unpack(fields["data"]), sources)

    def _core_wires(self, model: CoreModel) -> _Wires:
        pointer = POINTER.unpack(model.image.pointer[model.last])
        sources = np.repeat(np.arange(len(model.last)), pointer["count"])
        offsets = np.concatenate([np.arange(n) for n in pointer["count"]] or [np.zeros(0, int)])
        entries = np.repeat(pointer["start"], pointer["count"]) + offsets.astype(np.int64)
        if len(entries) and entries.max() >= len(model.image.route):
            raise InputError("a column's routes lie beyond the routing table")
        return self._expand(ROUTE.unpack(model.image.route[entries]), sources)

    def _expand(self, words: dict[str, Ints], sources: Ints) -> _Wires:
        """Expand rectangles of ROUTE or PACKET fields into per-core index pairs."""
        params = self.image.params
        host = words.get("host", np.zeros_like(sources)).astype(bool)
        axon = words["phase"] * params.core.axons + words["row"]
        to_core = []
        for i in range(params.cores):
            x, y = params.position(i)
            hit = (words["x0"] <= x) & (x <= words["x1"]) & (words["y0"] <= y) & (y <= words["y1"])
            to_core.append((sources[hit & ~host], axon[hit & ~host]))
        lines = SPIKE.pack(row=words["row"][host], phase=words["phase"][host]).astype(np.int64)
        return _Wires(to_core, (sources[host], lines))

    def run(self, sent: dict[str, Bools], trace: ChipTrace, chosen: slice) -> None:
        """Run samples `chosen` of `sent`, the spikes that the host sends, into `trace`."""
        samples = chosen.stop - chosen.start
        sizes = [model.axons for model in self.cores]
        axons = [np.zeros((samples, n), bool) for n in sizes]
        for model in self.cores:
            model.start(samples)
        for tick in range(self.run_facts.ticks):
            self._feed(sent, axons, tick, chosen)
            arriving = [np.zeros((samples, n), bool) for n in sizes]
            for place, model in enumerate(self.cores):
                number = self.numbers[place]
                if not model.image.active(tick):
                    trace.counters["stray"][chosen, number] += axons[place].sum(axis=1)
                    self._watch(number, tick, chosen, axons[place], None)
                    continue
                fired = self._step(place, axons[place], trace, chosen)
                self._watch(number, tick, chosen, axons[place], fired)
                for j, (source, axon) in enumerate(self.wires[place].to_core):
                    if len(source):
                        _join_spikes(arriving[j], axon, fired[:, source])
                self._send(place, fired, trace, tick, chosen)
                self._record(place, fired, trace, tick, chosen)
            axons = arriving

    def _feed(self, sent: dict[str, Bools], axons: list[Bools], tick: int, chosen: slice) -> None:
        for feed, wires in zip(self.run_facts.feeds, self.feeds, strict=True):
            if 0 <= tick - feed.level < self.image.network_ticks:
                spikes = sent[feed.source][chosen, tick - feed.level]
                for place, (source, axon) in enumerate(wires.to_core):
                    if len(source):
                        _join_spikes(axons[place], axon, spikes[:, source])

    def _step(self, place: int, axons: Bools, trace: ChipTrace, chosen: slice) -> Bools:
        model, number = self.cores[place], self.numbers[place]
        fired, saturated = model.step(axons)
        trace.counters["events"][chosen, number] += axons.sum(axis=1)
        trace.counters["synaptic_ops"][chosen, number] += (axons @ model.fan_out).astype(np.int64)
        trace.counters["spikes"][chosen, number] += fired.sum(axis=1)
        trace.errors[number] |= int(saturated)
        return fired

    def _send(self, place: int, fired: Bools, trace: ChipTrace, tick: int, chosen: slice) -> None:
        """OUTPUT packets: each line is a neuron of a population."""
        source, line = self.wires[place].to_host
        for name, first in self.run_facts.lines.items():
            inside = (line >= first) & (line < first + len(self.sent[name]))
            t = tick - self.level[name]
            if inside.any() and 0 <= t < self.image.network_ticks:
                target = trace.outputs[name][chosen, t]
                neurons = self.sent[name][line[inside] - first]
                _join_spikes(target, neurons, fired[:, source[inside]])

    def _record(self, place: int, fired: Bools, trace: ChipTrace, tick: int, chosen: slice) -> None:
        for seat in self.seats[place]:
            t = tick - seat.first_tick
            if 0 <= t < self.image.network_ticks:
                trace.spikes[seat.population][chosen, t, seat.neurons] = fired[:, seat.local]
                v = self.cores[place].v[:, seat.local]
                trace.potentials[seat.population][chosen, t, seat.neurons] = v
