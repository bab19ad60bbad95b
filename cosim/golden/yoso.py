"""Golden model of the YOSO grid: executes a GridImage, PE by PE in the order of their tokens.

It knows nothing of the Network: only memory contents, targets and bindings. Vectorized over
samples. A PE is run for all ticks before those that it sends to: what tick t of a PE computes
depends on the spikes of tick t alone, whoever runs ahead.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mapper.packets import PACKET
from mapper.yoso.image import GridImage

from ..inputs import check_single, input_spikes
from ..trace import ChipTrace
from ..yoso.pace import compared, grid_trace, programmed
from .pe_model import PeModel, PeRun
from .token_order import TokenOrder

__all__ = ["HOST", "GridModel", "run_grid"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
HOST = -1
"""The host as a source of spikes and tokens; the others are PEs."""


def run_grid(
    image: GridImage,
    spikes: npt.NDArray[np.generic],
    pace: str = "tick",
    progress: Callable[[float], None] = lambda samples: None,
    batch: int = 500,
) -> ChipTrace:
    """Run input `spikes` (samples, network ticks, inputs) through the grid.

    pace: one of `cosim.host.PACES`; the trace holds what can be compared with a run at this pace
    progress: called with the number of samples done since the last call. batch: samples held in
    memory at a time.

    Raises InputError for spikes of another shape, an element that spikes twice in a sample, a
    PE that would wait for a token forever, and where `programmed` does.
    """
    inputs = input_spikes(image, spikes)
    check_single(inputs)
    model = GridModel(programmed(image, pace))
    trace = grid_trace(image, len(spikes), pace)
    for first in range(0, len(spikes), batch):
        chosen = slice(first, min(first + batch, len(spikes)))
        model.run(inputs[chosen], trace, chosen)
        progress(chosen.stop - chosen.start)
    return compared(trace, image, pace)


class GridModel:
    """All PEs and the wires between them."""

    def __init__(self, image: GridImage) -> None:
        self.image = image
        self.tokens = TokenOrder(image)
        used = self.tokens.order
        sizes = {i: image.cores[i].neurons for i in used} | {HOST: len(image.feed.start) - 1}
        self.models = {
            i: PeModel(image.cores[i], image.params.pe, self.arrivals(i), sizes) for i in used
        }

    def arrivals(self, core: int) -> dict[int, tuple[Ints, Ints]]:
        """Source -> (elements, spike addresses) of the packets that come to a PE."""
        feed = self.image.feed
        packets = PACKET.unpack(feed.packet)
        element = np.repeat(np.arange(len(feed.start) - 1), np.diff(feed.start))
        mine = self.tokens.reaches(packets, core)
        found = {HOST: (element[mine], packets["data"][mine])} if mine.any() else {}
        for i in self.tokens.senders[core]:
            source = self.image.cores[i]
            times = self.tokens.packets(i, core)
            neuron = np.tile(np.arange(source.neurons), times)
            found[i] = (neuron, source.spike[neuron])
        return found

    def run(self, inputs: Bools, trace: ChipTrace, chosen: slice) -> None:
        """Run samples `chosen`, whose spikes are `inputs`, into `trace`."""
        fired = {HOST: inputs}
        for core in self.tokens.order:
            found = self.models[core].run(fired, self.image.network_ticks)
            fired[core] = found.fired
            self._count(core, found, trace, chosen)
            self._record(core, found, trace, chosen)

    def _count(self, core: int, found: PeRun, trace: ChipTrace, chosen: slice) -> None:
        trace.counters["events"][chosen, core] = found.events
        trace.counters["synaptic_ops"][chosen, core] = found.synaptic_ops
        trace.counters["spikes"][chosen, core] = found.fired.sum(axis=(1, 2))
        trace.errors[core] |= int(found.saturated)

    def _record(self, core: int, found: PeRun, trace: ChipTrace, chosen: slice) -> None:
        for p in self.image.populations:
            neurons = np.flatnonzero(p.core == core)
            local = p.column[neurons]
            if not len(neurons):
                continue
            trace.spikes[p.name][chosen, :, neurons] = found.fired[:, :, local]
            kept = trace.potentials[p.name].shape[1]
            trace.potentials[p.name][chosen, :, neurons] = found.potentials[:, -kept:, local]
            if p.name in self.image.lines and self.image.cores[core].has("host"):
                neuron = self.image.cores[core].line + local - self.image.lines[p.name]
                trace.outputs[p.name][chosen, :, neuron] = found.fired[:, :, local]
