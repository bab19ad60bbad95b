"""A chip, programmed and run step by step, with the golden model beside it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.image import Image
from mapper.packets import PACKET, Kind

from ..answers import sort_packets
from ..scoreboard import Comparison, compare
from ..trace import ChipTrace, decide
from .beside import Golden
from .connected import Progress
from .inputs import chosen_elements, values_of, whole_sample
from .memory import Memory

__all__ = ["LiveChip"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Packets = npt.NDArray[np.uint64]


class LiveChip(Memory):
    """What a batch run does with all samples at once, tick by tick.

    It sends what a `Session` sends, in the same order, so that `trace` is what a batch run yields.
    Methods that need a programmed chip raise InputError before `program`.
    """

    def __init__(self, image: Image[Any], *connection: Any) -> None:
        super().__init__(image, *connection)
        self._session = self._fabric.session(image, "tick")
        self._forget()

    def _forget(self) -> None:
        self._programming: Packets | None = None
        self._answers: list[Packets] = []  # of complete samples
        self._done: list[npt.NDArray[Any]] = []
        self._begin()

    def _begin(self) -> None:
        shape = self.image.network_ticks, int(np.prod(self.image.input_shape))
        self._inputs: npt.NDArray[Any] = np.zeros(shape, self._steps.dtype)
        self._tick, self._under_way = 0, list[Packets]()
        self._sample = self._steps.sample(self._inputs)

    def reset(self) -> None:
        super().reset()
        self._forget()

    def _load(self) -> list[str]:
        """Program a chip that was reset and whose memories hold zeros; those that do not hold what
        was written, as `verify` names them.
        """
        self._forget()
        none = np.zeros((0, *self._inputs.shape), self._inputs.dtype)
        answers = self.exchange(self._session.packets(none).tolist(), self._session.answers(0))
        corrupt = self._session.corrupt(answers)
        self._programming = None if corrupt else answers
        return corrupt

    def verify(self) -> list[str]:
        """Has the chip compute the checksum of every memory again; those that do not hold what
        was written, as "core 3: synapse memory".
        """
        self._need_program()
        checksums = self._session.checksums
        packets = np.concatenate([*checksums.packets()])
        answers = self.exchange(packets.tolist(), checksums.answers)
        return checksums.corrupt(sort_packets(answers, checksums.answers)[2])

    def exchange(
        self, packets: Sequence[int], answers: int = 0, progress: Progress = lambda answers: None
    ) -> Packets:
        try:
            return super().exchange(packets, answers, progress)
        except BaseException:  # Ctrl-C too: nobody knows how far the chip has got
            self._forget()
            raise

    def _need_program(self) -> None:
        if self._programming is None:
            raise InputError("the chip is not programmed: program() comes first")

    @property
    def ticks(self) -> int:
        """Ticks of a sample: those of the network, and those by which its last layer is behind."""
        return self._steps.ticks

    @property
    def ticks_left(self) -> int:
        """Until the sample is complete; then the next `send` or `tick` begins a new one."""
        return self._steps.ticks - self._tick

    def _continue(self) -> None:
        self._need_program()
        if not self.ticks_left:
            self._begin()

    def send(self, spikes: Any) -> None:
        """Input spikes for the coming tick, added to those it has already; values of a directly
        coded input for the sample, before its first tick.

        spikes: bool, one per input element, or the numbers of the elements that spike; or values
        0..255, one per input element
        """
        self._continue()
        if self._tick >= (len(self._inputs) if self._inputs.dtype == bool else 1):
            raise InputError(f"the sample's {len(self._inputs)} ticks have had their input; "
                             f"{self.ticks_left} more tick() complete it")  # fmt: skip
        found = self._inputs.copy()
        if self._inputs.dtype == bool:
            found[self._tick] |= chosen_elements(self.image, np.asarray(spikes))
        else:
            found[:] = values_of(self.image, np.asarray(spikes))
        self._steps.check(found)
        self._inputs[:] = found

    def tick(self) -> int:
        """One tick of the chip; its length in clock cycles."""
        self._continue()
        packets, count = next(self._sample)
        answers = self.exchange(packets.tolist(), count)
        self._under_way.append(answers)
        self._tick += 1
        if not self.ticks_left:
            self._answers += self._under_way
            self._done.append(self._inputs)
        fields = PACKET.unpack(answers)
        return int(fields["data"][fields["kind"] == Kind.DONE][0])

    def run(self, spikes: npt.NDArray[Any]) -> int:
        """A whole sample (network ticks, inputs); the class that the chip decides for.

        spikes: bool, or the values of a directly coded input
        """
        self._inputs[:] = self._whole(spikes)
        while self.ticks_left:
            self.tick()
        return int(decide(self.image, self.trace)[-1])

    def _whole(self, spikes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A sample that the chip can take now."""
        self._continue()
        if self._tick or self._inputs.any():
            raise InputError(f"a sample is under way: {self.ticks_left} more tick() complete it")
        inputs = whole_sample(self._inputs, np.asarray(spikes))
        self._steps.check(inputs)
        return inputs

    def run_all(
        self, spikes: npt.NDArray[Any], progress: Callable[[float], None] = lambda samples: None
    ) -> ChipTrace:
        """Samples (samples, network ticks, inputs) without a wait in between, as fast as the chip
        is; `trace`. progress: told the number of samples that are done.
        """
        samples = [self._whole(sample) for sample in spikes]
        requests = [request for sample in samples for request in self._steps.sample(sample)]
        packets = np.concatenate([sent for sent, _ in requests] or [np.zeros(0, np.uint64)])
        count = sum(answers for _, answers in requests)
        self._answers.append(self.exchange(
            packets.tolist(), count, lambda found: progress(len(samples) * found / count)
        ))  # fmt: skip
        self._done += samples
        return self.trace

    @property
    def trace(self) -> ChipTrace:
        """Everything that complete samples since `program` yielded."""
        self._need_program()
        if not self._done:
            raise InputError(f"no sample is complete: {self.ticks_left} more tick() complete one")
        assert self._programming is not None
        answers = np.concatenate([self._programming, *self._answers])
        return self._session.decode(answers, len(self._done))

    def compare(self) -> Comparison:
        """All complete samples against the golden model: `compare().passed`, `.first`."""
        trace = self.trace
        golden = self._fabric.golden(self.image, np.stack(self._done), "tick")
        errors = [*self._fabric.raised(trace), *self._fabric.raised(golden)]
        return compare(self.image, golden, trace, errors)

    def moment(self, population: str) -> int:
        """The network tick that a population has computed last in this sample."""
        self._need_program()
        behind = int(self._fabric.moments(self.image)[self.image[population].name].skew.max())
        if self._tick <= behind:
            raise InputError(f"{population} computes its first tick of this sample in "
                             f"{behind + 1 - self._tick} more tick()")  # fmt: skip
        return min(self._tick - behind, self.image.network_ticks) - 1

    def potentials(self, population: str) -> Ints:
        """Potentials (n,) as the chip holds them now, after tick `moment(population)`."""
        self.moment(population)
        return self._look(population, lambda core, columns: self._steps.potentials(
            self.read, core, columns))  # fmt: skip

    def spikes(self, population: str) -> Bools:
        """Which neurons (n,) fired in tick `moment(population)`, as the chip tells now."""
        tick = self.moment(population)
        return self._look(population, lambda core, columns: self._steps.spikes(
            self.read, core, columns, tick)).astype(bool)  # fmt: skip

    def _look(self, population: str, look: Callable[[int, Ints], Ints]) -> Ints:
        placement = self.image[population]
        found = np.zeros(len(placement.core), np.int64)
        for core in np.unique(placement.core):
            here = placement.core == core
            found[here] = look(int(core), placement.column[here])
        return found

    @property
    def golden(self) -> Golden:
        """What the golden model computes from this sample's input so far."""
        self._need_program()
        return Golden(self._fabric.golden(self.image, self._inputs[None], "tick"), self.moment)
