"""Golden model of the crossbar chip: executes a ChipImage core by core, tick by tick.

It knows nothing of the Network: only memory contents, routing table and bindings. Vectorized
over samples. The products run in float64 because BLAS has no integers; every sum stays below
2^53, where float64 is exact in any order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage, CoreImage
from mapper.crossbar.layout import CONTROL, DECAY_CODE, POINTER, RESET_CODE, ROUTE
from mapper.errors import InputError
from mapper.packets import PACKET, SPIKE
from mapper.semantics import Decay, Reset, apply_decay, apply_reset

from ..trace import COUNTED, ChipTrace, join_traces

__all__ = ["CoreModel", "run_chip"]

_DECAYS = {code: kind for kind, code in DECAY_CODE.items()}
_RESETS = {code: reset for reset, code in RESET_CODE.items()}
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass
class CoreModel:
    """One core. Neuron j is the j-th complete neuron, its state in column `last[j]`."""

    image: CoreImage
    axons: int
    potential_bits: int

    def __post_init__(self) -> None:
        control = CONTROL.unpack(self.image.control[: self.image.columns])
        self.last = np.flatnonzero(control["last"])
        state = {n: control[n][self.last] for n in ("decay", "amount", "reset", "silent")}
        self.silent = state["silent"].astype(bool)
        self.once = state["reset"] == RESET_CODE[Reset.ONCE]
        keys = np.stack([state["decay"], state["amount"], state["reset"]], axis=1)
        self.groups = [
            (np.flatnonzero((keys == key).all(axis=1)), key) for key in np.unique(keys, axis=0)
        ]
        self.threshold = self.image.threshold[self.last]
        self.initial = self.image.initial[self.last]
        self.bias = self.image.bias[self.last]
        self.strength = np.where(control["negative"], -1, 1) << control["shift"]

    @cached_property
    def synapses(self) -> npt.NDArray[np.float64]:
        """On-synapses (phases * axons, columns in use): row = phase * axons + crossbar row."""
        phases = 1 << self.image.extension
        block = self.image.synapse.shape[1] // phases
        used = self.image.columns
        parts = [self.image.synapse[:, p * block : p * block + used] for p in range(phases)]
        return np.concatenate(parts).astype(np.float64)

    @cached_property
    def weights(self) -> npt.NDArray[np.float64]:
        """Weight (phases * axons, neurons): strengths of a neuron's columns added up."""
        if not len(self.last):
            return np.zeros((len(self.synapses), 0))
        starts = np.concatenate([[0], self.last[:-1] + 1])
        return np.add.reduceat(self.synapses * self.strength, starts, axis=1)

    @cached_property
    def fan_out(self) -> npt.NDArray[np.float64]:
        """On-synapses of each axon."""
        return self.synapses.sum(axis=1)

    def start(self, samples: int) -> None:
        """State at the start of a sample."""
        self.v = np.tile(self.initial, (samples, 1))
        self.held = np.zeros(self.v.shape, bool)

    def step(self, axons: Bools) -> tuple[Bools, bool]:
        """One active tick: (fired (samples, neurons), whether anything saturated)."""
        total = (axons.astype(np.float64) @ self.weights).astype(np.int64) + self.bias
        v = np.empty_like(self.v)
        for neurons, (decay, amount, _) in self.groups:
            rule = Decay(_DECAYS[int(decay)], int(amount))
            v[:, neurons] = apply_decay(self.v[:, neurons], rule)
        v += total
        limit = 1 << (self.potential_bits - 1)
        clipped = np.clip(v, -limit, limit - 1)
        saturated = bool(((clipped != v) & ~self.held).any())
        span = 2 * limit
        fired = (clipped >= self.threshold) & ~self.held & ~self.silent
        for neurons, (_, _, reset) in self.groups:
            clipped[:, neurons] = apply_reset(
                clipped[:, neurons], fired[:, neurons], self.threshold[neurons],
                _RESETS[int(reset)],
            )  # fmt: skip
        # Subtracting a negative threshold may wrap; the mapper's proof excludes it.
        clipped = (clipped + limit) % span - limit
        self.v = np.where(self.held, self.v, clipped)
        self.held |= fired & self.once
        return fired, saturated


@dataclass
class _Wires:
    """Where spikes go: (source, destination axon) index pairs per destination core."""

    to_core: list[tuple[Ints, Ints]]
    to_host: tuple[Ints, Ints]


def _join_spikes(target: Bools, where: Ints, spikes: Bools) -> None:
    """target[:, where] |= spikes, also where several sources share an axon."""
    if len(np.unique(where)) == len(where):
        target[:, where] |= spikes
    else:
        for i, axon in enumerate(where):
            target[:, axon] |= spikes[:, i]


def _axon(row: Ints, phase: Ints, image: ChipImage) -> Ints:
    return phase * image.params.core.axons + row


def _wires(words: dict[str, Ints], sources: Ints, image: ChipImage) -> _Wires:
    """Expand rectangles of ROUTE or PACKET fields into per-core index pairs."""
    host = words.get("host", np.zeros_like(sources)).astype(bool)
    axon = _axon(words["row"], words["phase"], image)
    to_core = []
    for i in range(image.params.cores):
        x, y = image.params.position(i)
        hit = (words["x0"] <= x) & (x <= words["x1"]) & (words["y0"] <= y) & (y <= words["y1"])
        to_core.append((sources[hit & ~host], axon[hit & ~host]))
    lines = SPIKE.pack(row=words["row"][host], phase=words["phase"][host]).astype(np.int64)
    return _Wires(to_core, (sources[host], lines))


def _input_wires(image: ChipImage) -> _Wires:
    fields = PACKET.unpack(image.input_packet)
    sources = np.repeat(np.arange(len(image.input_start) - 1), np.diff(image.input_start))
    return _wires(fields | SPIKE.unpack(fields["data"]), sources, image)


def _core_wires(model: CoreModel, image: ChipImage) -> _Wires:
    pointer = POINTER.unpack(model.image.pointer[model.last])
    sources = np.repeat(np.arange(len(model.last)), pointer["count"])
    offsets = np.concatenate([np.arange(n) for n in pointer["count"]] or [np.zeros(0, int)])
    entries = np.repeat(pointer["start"], pointer["count"]) + offsets.astype(np.int64)
    if len(entries) and entries.max() >= len(model.image.route):
        raise InputError("a column's routes lie beyond the routing table")
    return _wires(ROUTE.unpack(model.image.route[entries]), sources, image)


def run_chip(
    image: ChipImage,
    spikes: npt.NDArray[np.generic],
    batch: int = 500,
    progress: Callable[[int], None] = lambda samples: None,
) -> ChipTrace:
    """Run input `spikes` (samples, network ticks, inputs) through the chip.

    batch: samples held in memory at a time. progress: called with the number of samples done.
    Raises InputError for spikes of another shape.
    """
    expected = (image.network_ticks, int(np.prod(image.input_shape)))
    if spikes.ndim != 3 or spikes.shape[1:] != expected:
        raise InputError(f"input spikes have shape {spikes.shape}, expected (samples, *{expected})")
    chip = _Chip(image)
    parts = []
    for part in _batches(spikes.astype(bool), batch):
        parts.append(chip.run(part))
        progress(len(part))
    return join_traces(parts) if parts else chip.run(spikes.astype(bool))


def _batches(spikes: Bools, batch: int) -> Iterator[Bools]:
    for first in range(0, len(spikes), batch):
        yield spikes[first : first + batch]


class _Chip:
    """All cores and the wires between them."""

    def __init__(self, image: ChipImage) -> None:
        core = image.params.core
        self.image = image
        self.cores = [CoreModel(c, core.axons, core.potential_bits) for c in image.cores]
        self.input = _input_wires(image)
        self.wires = [_core_wires(m, image) for m in self.cores]

    def run(self, spikes: Bools) -> ChipTrace:
        image, samples = self.image, len(spikes)
        trace = self._empty_trace(samples)
        sizes = [len(m.synapses) for m in self.cores]
        axons = [np.zeros((samples, n), bool) for n in sizes]
        for model in self.cores:
            model.start(samples)
        for tick in range(image.ticks):
            if tick < image.network_ticks:
                for i, (source, axon) in enumerate(self.input.to_core):
                    _join_spikes(axons[i], axon, spikes[:, tick][:, source])
            arriving = [np.zeros((samples, n), bool) for n in sizes]
            for i, model in enumerate(self.cores):
                if not model.image.active(tick):
                    trace.counters["stray"][:, i] += axons[i].sum(axis=1)
                    continue
                fired = self._step(i, axons[i], trace)
                self._deliver(i, fired, arriving, trace, tick)
                self._record(i, fired, trace, tick)
            axons = arriving
        return trace

    def _empty_trace(self, samples: int) -> ChipTrace:
        image = self.image
        shapes = {p.name: (samples, image.network_ticks, len(p.core)) for p in image.populations}
        return ChipTrace(
            spikes={n: np.zeros(s, bool) for n, s in shapes.items()},
            potentials={n: np.zeros(s, np.int64) for n, s in shapes.items()},
            outputs=np.zeros((samples, image.ticks, len(image[image.output].core)), bool),
            counters={n: np.zeros((samples, len(self.cores)), np.int64) for n in COUNTED},
            errors=np.zeros(len(self.cores), np.int64),
        )

    def _step(self, i: int, axons: Bools, trace: ChipTrace) -> Bools:
        model = self.cores[i]
        fired, saturated = model.step(axons)
        trace.counters["events"][:, i] += axons.sum(axis=1)
        trace.counters["synaptic_ops"][:, i] += (axons @ model.fan_out).astype(np.int64)
        trace.counters["spikes"][:, i] += fired.sum(axis=1)
        trace.errors[i] |= int(saturated)
        return fired

    def _deliver(
        self, i: int, fired: Bools, arriving: list[Bools], trace: ChipTrace, tick: int
    ) -> None:
        for j, (source, axon) in enumerate(self.wires[i].to_core):
            if len(source):
                _join_spikes(arriving[j], axon, fired[:, source])
        source, line = self.wires[i].to_host
        _join_spikes(trace.outputs[:, tick], line, fired[:, source])

    def _record(self, i: int, fired: Bools, trace: ChipTrace, tick: int) -> None:
        model = self.cores[i]
        neuron_of_column = np.zeros(len(model.image.control), np.int64)
        neuron_of_column[model.last] = np.arange(len(model.last))
        for p in self.image.populations:
            here = np.flatnonzero(p.core == i)
            if len(here):
                local = neuron_of_column[p.column[here]]
                trace.spikes[p.name][:, tick - p.first_tick, here] = fired[:, local]
                trace.potentials[p.name][:, tick - p.first_tick, here] = model.v[:, local]
