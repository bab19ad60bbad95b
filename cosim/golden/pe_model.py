"""Golden model of one YOSO PE: executes memory contents, vectorized over samples.

The products run in floats because BLAS has no integers; every sum stays below the largest integer
up to which the float is exact, in any order.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from mapper.yoso.layout import ROW, RUN
from mapper.yoso.params import PeParams
from mapper.yoso.pe_image import PeImage

__all__ = ["PeModel", "PeRun"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass
class PeRun:
    """What a PE does in some samples.

    fired:      bool (samples, ticks, neurons)
    potentials: int64 (samples, ticks, neurons); after the end of a sample as at its end
    events, synaptic_ops: int64 (samples,), spikes looked up and weights added
    saturated:  whether a sum left its width
    """

    fired: Bools
    potentials: Ints
    events: Ints
    synaptic_ops: Ints
    saturated: bool = False


def _ranges(start: Ints, count: Ints) -> Ints:
    """start[0] .. start[0] + count[0] - 1, start[1] .. and so on, one after the other."""
    before = np.cumsum(count) - count
    return np.arange(count.sum()) + np.repeat(start - before, count)


class PeModel:
    """One PE.

    arrivals: source -> (elements, spike addresses): the packets that come when the source's
    elements spike; sizes: source -> elements that it has

    An accumulator's sum of a tick is taken exactly and must fit; the hardware's saturates with
    every addition. Where a sum leaves its width, which the mapper proves impossible, the model
    says so, but its values need not be those of the hardware.
    """

    def __init__(
        self, image: PeImage, pe: PeParams, arrivals: dict[int, tuple[Ints, Ints]],
        sizes: dict[int, int],
    ) -> None:  # fmt: skip
        self.image = image
        self._limits = 1 << pe.accumulator_bits - 1, 1 << pe.potential_bits - 1
        self._matrices = {s: self._matrix(*arrivals[s], sizes[s]) for s in arrivals}

    def _matrix(
        self, element: Ints, address: Ints, size: int
    ) -> npt.NDArray[np.floating] | csr_array:  # fmt: skip
        """(size, neurons + 2): what an element's spike adds to neurons, events, synaptic ops.

        In the narrowest float that is exact for the largest sum.
        """
        packet, neuron, weight = self.weights(address)
        n, events, ops = self.image.neurons, np.ones(len(element), np.int64), np.ones_like(packet)
        column = np.concatenate([neuron, np.full_like(events, n), np.full_like(ops, n + 1)])
        row = np.concatenate([element[packet], element, element[packet]])
        value = np.concatenate([weight, events, ops])
        matrix = csr_array((value, (row, column)), (size, n + 2))
        largest = abs(matrix).sum(axis=0).max(initial=0)
        exact = matrix.astype(np.float32 if largest < 1 << 24 else np.float64)
        return exact if self.image.has("listed") else exact.toarray()

    def weights(self, address: Ints) -> tuple[Ints, Ints, Ints]:
        """What spikes with these addresses add: (index of the spike, neuron, weight)."""
        if not self.image.has("listed"):
            n = self.image.neurons
            place = address[:, None] + np.arange(n)
            spike, neuron = np.indices(place.shape).reshape(2, -1)
            return spike, neuron, self.image.weight[place.ravel()].astype(np.int64)
        row = ROW.unpack(self.image.row[address])
        run = RUN.unpack(self.image.run[_ranges(row["start"], row["count"])])
        length = run["more"] + 1
        spike = np.repeat(np.repeat(np.arange(len(address)), row["count"]), length)
        weight = self.image.weight[_ranges(run["weight"], length)].astype(np.int64)
        return spike, _ranges(run["neuron"], length), weight

    def run(self, spikes: dict[int, Bools], ticks: int) -> PeRun:
        """Run samples from their start to their end. spikes: source -> (samples, ticks, size)."""
        samples, n = len(next(iter(spikes.values()))), self.image.neurons
        found = PeRun(
            np.zeros((samples, ticks, n), bool), np.zeros((samples, ticks, n), np.int64),
            np.zeros(samples, np.int64), np.zeros(samples, np.int64),
        )  # fmt: skip
        self._ticks(self.arriving(spikes, ticks), found)
        return found

    def arriving(self, spikes: dict[int, Bools], ticks: int) -> Ints:
        """(samples, ticks, neurons + 2): what `spikes` add to neurons, events, synaptic ops."""
        samples, n = len(next(iter(spikes.values()))), self.image.neurons
        total = np.zeros((samples * ticks, n + 2), np.int64)
        for source, matrix in self._matrices.items():
            flat = spikes[source].reshape(samples * ticks, -1).astype(matrix.dtype)
            total += (flat @ matrix).astype(np.int64)
        return total.reshape(samples, ticks, n + 2)

    def _ticks(self, total: Ints, found: PeRun) -> None:
        """All ticks. total: see `arriving`."""
        samples, ticks, n = found.fired.shape
        a, v = np.zeros((samples, n), np.int64), np.zeros((samples, n), np.int64)
        held, running = np.zeros((samples, n), bool), np.ones((samples, 1), bool)
        for t in range(ticks):
            found.events += np.where(running[:, 0], total[:, t, n], 0)
            found.synaptic_ops += np.where(running[:, 0], total[:, t, n + 1], 0)
            a = self._fit(a + np.where(running, total[:, t, :n], 0), self._limits[0], found)
            v = self._fit(np.where(held | ~running, v, v + a), self._limits[1], found)
            if not self.image.has("silent"):
                fired = (v >= self.image.threshold[:n]) & ~held & running
                found.fired[:, t] = fired
                held |= fired
            found.potentials[:, t] = v
            if not self.image.has("psp"):
                a[:] = 0
            if self.image.has("exit"):
                running &= ~held.any(axis=1, keepdims=True)

    def _fit(self, sums: Ints, limit: int, found: PeRun) -> Ints:
        """Saturate sums to -limit .. limit - 1, and say so."""
        fitting = np.clip(sums, -limit, limit - 1)
        found.saturated |= bool((fitting != sums).any())
        return fitting
