"""A core or a PIM macro of a hybrid chip in one chip tick, as its golden model knows it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mapper.hybrid.image import HybridImage
from mapper.network import INPUT
from mapper.pim.macro_image import MacroImage
from mapper.pim.params import MacroParams

from ..blocks import Block
from ..crossbar.program import scanned_blocks
from ..golden.hybrid import run_hybrid
from ..golden.pim_model import MacroModel
from ..hybrid.program import macro_blocks
from ..inputs import input_values
from ..trace import ChipTrace
from .crossbar import CrossbarCore, crossbar_core, crossbar_counts
from .explanation import Event

__all__ = ["MacroCore", "hybrid_blocks", "hybrid_core", "hybrid_counts"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MacroCore(CrossbarCore):
    """A macro: it has no spikes that could go astray, so no `events`, but values in a buffer.

    image:   its memories; macro: their sizes
    buffer:  (activations,) the sample's values
    element: (activations,) the network's input element at each place of the buffer; -1: padding
    sums:    (neurons,) weighted sums as the converters make them
    """

    image: MacroImage
    macro: MacroParams
    buffer: Ints
    element: Ints
    sums: Ints

    def total(self) -> Ints:
        return self.sums

    def arriving(self, neuron: int) -> list[Event]:
        """The values that drive a neuron's rows, each with what it adds."""
        return [
            Event(INPUT, int(self.element[at]), f"row {row}, value {value}", weight * value)
            for row, at, weight, value in self._rows(neuron)
            if self.element[at] >= 0 and value
        ]

    def variants(self, neuron: int, total: int) -> list[tuple[str, int, bool]]:
        """Also one bit of a weight or of a value the other way, where converters lose nothing."""
        found, rows = super().variants(neuron, total), [*self._rows(neuron)]
        if sum(weight * value for _, _, weight, value in rows) != total:
            return found
        for row, _, weight, value in rows:
            for bit in range(self.macro.weight_bits):
                by = _flip(weight, bit, self.macro.weight_bits)
                words = f"weight {weight + by} in place of {weight} at row {row}"
                found.append((words, *self._one(neuron, total + by * value)))
            for bit in range(self.macro.activation_bits):
                by = _flip(value, bit)
                words = f"value {value + by} in place of {value} at row {row}"
                found.append((words, *self._one(neuron, total + by * weight)))
        return found

    def _rows(self, neuron: int) -> Iterator[tuple[int, int, int, int]]:
        """(row, place in the buffer, weight, value)"""
        position, channel = divmod(neuron, self.image.channels)
        places = self.image.position[position] + self.image.row
        for row, (at, weight) in enumerate(zip(places, self.image.weight[channel], strict=True)):
            yield row, int(at), int(weight), int(self.buffer[at])


def _flip(number: int, bit: int, signed_bits: int = 0) -> int:
    """By how much a number changes when one of its bits does."""
    worth = -(1 << bit) if bit == signed_bits - 1 else 1 << bit
    return -worth if number >> bit & 1 else worth


def hybrid_core(
    image: HybridImage,
    golden: ChipTrace,
    spikes: npt.NDArray[np.generic],
    sample: int,
    core: int,
    tick: int,
) -> CrossbarCore:
    """Core or macro `core` before chip tick `tick`. spikes: values (samples, ticks, inputs)"""
    if core in image.macros:
        values = input_values(image, spikes[sample : sample + 1])
        return _macro(image, golden, values, sample, core, tick)
    first = image.first
    found = crossbar_core(image.crossbar, golden, golden.spikes[first.name], sample, core, tick)
    events = [_named(image, e) if e.source == INPUT else e for e in found.events]
    return replace(found, events=events)


def _named(image: HybridImage, event: Event) -> Event:
    """An event of the crossbar's input, which is the first layer."""
    macro, neuron = (int(a[event.neuron]) for a in (image.first.core, image.first.column))
    route = f"a route of macro {macro}, neuron {neuron}"
    return replace(event, source=image.first.name, route=route)


def _macro(
    image: HybridImage,
    golden: ChipTrace,
    values: npt.NDArray[np.uint8],
    sample: int,
    core: int,
    tick: int,
) -> MacroCore:
    params, first, own = image.params.macro, image.first, image.macros[core]
    buffer = np.zeros((1, params.activations), np.int64)
    element = np.full(params.activations, -1)
    buffer[:, image.values], element[image.values] = values, np.arange(len(image.values))
    model = MacroModel(own, params)
    model.start(buffer)
    mine = np.flatnonzero(first.core == core)[np.argsort(first.column[first.core == core])]
    fired = golden.spikes[first.name][sample, :tick, mine]
    before = golden.potentials[first.name][sample, tick - 1, mine] if tick else model.neurons.v[0]
    n = len(mine)
    return MacroCore(
        events=[], active=np.zeros(0, bool), weights=np.zeros((0, n), np.int64),
        ops=np.zeros(0, np.int64), neurons=model.neurons, before=before.astype(np.int64),
        held=fired.any(axis=1) & model.neurons.once, image=own, macro=params, buffer=buffer[0],
        element=element, sums=model.currents[0],
    )  # fmt: skip


def hybrid_counts(image: HybridImage, spikes: npt.NDArray[np.generic]) -> Ints:
    """What COUNTED grow by, (samples, chip ticks, cores of the mesh, 4); arrays work once."""
    trace, first = run_hybrid(image, spikes), image.first
    fired = trace.spikes[first.name]
    found = crossbar_counts(image.crossbar, fired)
    for place in image.macros:
        found[:, 0, place, 0] = trace.counters["events"][:, place]
        found[:, 0, place, 1] = trace.counters["synaptic_ops"][:, place]
        found[:, : image.network_ticks, place, 2] = fired[:, :, first.core == place].sum(axis=2)
    return found


def hybrid_blocks(image: HybridImage, core: int) -> list[Block]:
    """What the host programs."""
    if core in image.macros:
        return macro_blocks(image.macros[core], image.params.macro)
    return scanned_blocks(image.crossbar.cores[core], image.params.core)
