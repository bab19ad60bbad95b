"""From the packets that a crossbar chip sends to the trace of a run."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import (
    COUNTERS,
    ColumnField,
    Region,
    column_address,
    config_address,
)
from mapper.hybrid.image import HybridImage
from mapper.packets import Kind

from ..answers import Fields, HostError, added_counts, check_answers, fields_slice, sort_packets
from ..checksums import ChecksumGroups, Checksums
from ..reads import Read, expected_answers
from ..trace import COUNTED, ChipTrace, empty_trace
from .samples import SamplePlan

__all__ = ["Decoder"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


class Decoder:
    """Knows the order of a run's answers: per pass the checksums, then sample after sample."""

    def __init__(
        self, image: ChipImage | HybridImage, plans: Sequence[SamplePlan],
        checksums: Sequence[Checksums | ChecksumGroups],
    ) -> None:  # fmt: skip
        self.image, self.plans, self.checksums = image, plans, checksums
        self._patterns = [expected_answers(plan.reads_after) for plan in plans]

    @property
    def per_sample(self) -> int:
        """Answers (DONE and REPLY) that a sample causes."""
        return sum(len(p.kind) for p in self._patterns)

    @property
    def programming(self) -> int:
        """Answers that programming all passes causes."""
        return sum(c.answers for c in self.checksums)

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        """See `Session.decode`."""
        expected = self.programming + samples * self.per_sample
        outputs, ticks, others = sort_packets(answers, expected)
        sent = {name for run in self.image.passes for name in run.lines}
        trace = empty_trace(self.image, samples, sent)
        self._outputs(trace, outputs, ticks)
        self._answers(trace, others, samples)
        return trace

    def _answers(self, trace: ChipTrace, fields: Fields, samples: int) -> None:
        first = 0
        cycles, registers = [], []
        for plan, checksums, pattern in zip(
            self.plans, self.checksums, self._patterns, strict=True
        ):
            trace.corrupt += checksums.corrupt(fields_slice(fields, first, checksums.answers))
            first += checksums.answers
            count = samples * len(pattern.kind)
            part = fields_slice(fields, first, count)
            part = {n: v.reshape(samples, -1) for n, v in part.items()}
            first += count
            check_answers(part, pattern, self.image.params)
            cycles.append(part["data"][:, pattern.kind == Kind.DONE])
            replies = part["data"][:, pattern.kind == Kind.REPLY]
            registers.append(self._replies(trace, plan, replies))
        trace.cycles = np.concatenate(cycles, axis=1)
        self._counters(trace, registers)

    def _outputs(self, trace: ChipTrace, fields: Fields, tick: Ints) -> None:
        """An OUTPUT belongs to the tick whose DONE follows it. tick: DONEs before it."""
        place = fields["y0"] * self.image.params.width + fields["x0"]
        begin, known = 0, 0
        for index, run in enumerate(self.image.passes):
            stop = begin + trace.samples * run.ticks
            here = (tick >= begin) & (tick < stop)
            sample, chip_tick = np.divmod(tick[here] - begin, run.ticks)
            came = sample, chip_tick, fields["data"][here], place[here]
            known += self._place_outputs(trace, index, *came)
            begin = stop
        if known != len(place):
            raise HostError("an OUTPUT packet names a line, tick or core that it cannot have")

    def _place_outputs(
        self, trace: ChipTrace, index: int, sample: Ints, chip_tick: Ints, line: Ints, place: Ints
    ) -> int:
        """Enter OUTPUTs of a pass into the trace; how many there was a place for."""
        known = 0
        for name, first in self.image.passes[index].lines.items():
            t = chip_tick - self.image.first_tick(self.image[name], index)
            neurons = self.image.neurons_of(name, index)
            mine = (line >= first) & (line < first + len(neurons))
            mine &= (t >= 0) & (t < self.image.network_ticks)
            core = self.image[name].core[neurons] % self.image.params.cores
            mine[mine] = core[line[mine] - first] == place[mine]
            where = np.stack([sample[mine], t[mine], neurons[line[mine] - first]])
            if len(np.unique(where, axis=1).T) != where.shape[1]:
                raise HostError("an OUTPUT packet came twice in a tick")
            trace.outputs[name][tuple(where)] = True
            known += where.shape[1]
        return known

    def _replies(self, trace: ChipTrace, plan: SamplePlan, data: Ints) -> Ints:
        """Fill spikes and potentials; return the registers (samples, cores, words)."""
        first, registers = 0, []
        for read in plan.reads:
            words = data[:, first : first + len(read.addresses)]
            first += len(read.addresses)
            if read.kind == "fired":
                column, width = self._fired_columns(read)
                bits = (words[:, :, None] >> np.arange(width)) & 1
                columns = column + np.arange(words.shape[1] * width)
                self._place(trace.spikes, plan, read, bits.reshape(len(words), -1), columns)
            elif read.kind == "potential":
                signed = (words ^ (1 << 31)) - (1 << 31)
                self._place(trace.potentials, plan, read, signed, self._columns(read))
            elif read.kind == "registers":
                registers.append(words)
        return np.stack(registers, axis=1)

    def _fired_columns(self, read: Read) -> tuple[int, int]:
        """(the first column of these words, columns in a word)."""
        width = self.image.params.core.fired_word
        return (int(read.addresses[0]) - config_address(Region.FIRED, 0)) * width, width

    def _columns(self, read: Read) -> Ints:
        """The columns whose potentials these words are."""
        return (read.addresses - column_address(0, ColumnField.POTENTIAL)) // 8

    def _place(
        self, target: dict[str, npt.NDArray], plan: SamplePlan, read: Read, values: Ints,
        columns: Ints,
    ) -> None:  # fmt: skip
        """Put per-column values (samples, columns) where their neurons are."""
        for p in self.image.populations:
            t = read.tick - self.image.first_tick(p, plan.index)
            here = np.flatnonzero(p.core == read.core)
            where = np.full(1 + max(columns.max(), p.column[here].max(initial=0)), -1)
            where[columns] = np.arange(len(columns))
            local = where[p.column[here]]
            here, local = here[local >= 0], local[local >= 0]
            if len(here) and 0 <= t < self.image.network_ticks:
                target[p.name][:, t, here] = values[:, local]

    def _counters(self, trace: ChipTrace, registers: list[Ints]) -> None:
        """Registers ERRORS, CYCLES.. (samples, cores, words) per pass; they run on all the time."""
        # Pass after pass, the same physical cores.
        errors, added = added_counts(np.concatenate(registers))
        shape = (len(registers), trace.samples, -1)
        trace.errors = np.bitwise_or.reduce(errors.reshape(shape), axis=1).reshape(-1)
        trace.measured = {
            register.name.lower(): np.concatenate([*added[:, :, j].reshape(shape)], axis=1)
            for j, register in enumerate(COUNTERS)
        }
        trace.counters = {name: trace.measured[name] for name in COUNTED}
