"""Golden model of the YOSO grid: executes a GridImage, PE by PE in the order of their tokens.

It knows nothing of the Network: only memory contents, targets and bindings. Vectorized over
samples. A PE is run for all ticks before those that it sends to: what tick t of a PE computes
depends on the spikes of tick t alone, whoever runs ahead.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.packets import PACKET
from mapper.yoso.image import GridImage
from mapper.yoso.layout import TARGET

from ..inputs import check_single, input_spikes
from ..trace import ChipTrace
from ..yoso.pace import compared, grid_trace, programmed
from .pe_model import PeModel, PeRun

__all__ = ["run_grid"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_HOST = -1
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
    model = _GridModel(programmed(image, pace))
    trace = grid_trace(image, len(spikes), pace)
    for first in range(0, len(spikes), batch):
        chosen = slice(first, min(first + batch, len(spikes)))
        model.run(inputs[chosen], trace, chosen)
        progress(chosen.stop - chosen.start)
    return compared(trace, image, pace)


class _GridModel:
    """All PEs and the wires between them."""

    def __init__(self, image: GridImage) -> None:
        self.image = image
        used = [i for i, core in enumerate(image.cores) if core.neurons]
        self.senders = {i: self._senders(i, used) for i in used}
        self.order = self._order()
        sizes = {i: image.cores[i].neurons for i in used} | {_HOST: len(image.feed.start) - 1}
        self.models = {
            i: PeModel(image.cores[i], image.params.pe, self._arrivals(i), sizes) for i in used
        }

    def _reaches(self, words: dict[str, Ints], core: int) -> Bools:
        """Which rectangles of PACKET or TARGET fields hold a PE."""
        x, y = self.image.position(core)
        return (
            (words["x0"] <= x) & (x <= words["x1"]) & (words["y0"] <= y) & (y <= words["y1"])
        )  # fmt: skip

    def _packets(self, source: int, core: int) -> int:
        """Packets that a PE gets from another one for each spike, and for each token."""
        words = TARGET.unpack(np.array(self.image.cores[source].targets))
        return int((self._reaches(words, core) & (words["valid"] == 1)).sum())

    def _senders(self, core: int, used: list[int]) -> list[int]:
        """The PEs that send tokens to a PE; InputError unless it gets as many as it waits for."""
        senders = [i for i in used if self._packets(i, core)]
        host = int(self._reaches(PACKET.unpack(self.image.tokens), core).sum())
        found = host + sum(self._packets(i, core) for i in senders)
        wanted = self.image.cores[core].sources
        if not wanted or found != wanted:
            raise InputError(
                f"PE {core} ends a tick with {wanted} tokens and is sent {found}; it would wait "
                "forever or take a token for the next tick's"
            )
        return senders

    def _order(self) -> list[int]:
        """PEs such that senders come first; InputError when some wait for each other."""
        order: list[int] = []
        while len(order) < len(self.senders):
            ready = [
                i
                for i, senders in self.senders.items()
                if i not in order and set(senders) <= set(order)
            ]
            if not ready:
                waiting = ", ".join(str(i) for i in self.senders if i not in order)
                raise InputError(f"PEs {waiting} would wait forever for each other's tokens")
            order += ready
        return order

    def _arrivals(self, core: int) -> dict[int, tuple[Ints, Ints]]:
        """Source -> (elements, spike addresses) of the packets that come to a PE."""
        feed = self.image.feed
        packets = PACKET.unpack(feed.packet)
        element = np.repeat(np.arange(len(feed.start) - 1), np.diff(feed.start))
        mine = self._reaches(packets, core)
        found = {_HOST: (element[mine], packets["data"][mine])} if mine.any() else {}
        for i in self.senders[core]:
            source = self.image.cores[i]
            times = self._packets(i, core)
            neuron = np.tile(np.arange(source.neurons), times)
            found[i] = (neuron, source.spike[neuron])
        return found

    def run(self, inputs: Bools, trace: ChipTrace, chosen: slice) -> None:
        """Run samples `chosen`, whose spikes are `inputs`, into `trace`."""
        fired = {_HOST: inputs}
        for core in self.order:
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
