"""From the packets that a chip sends to the trace of a run."""

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import (
    COUNTERS,
    ColumnField,
    Region,
    Register,
    column_address,
    config_address,
)
from mapper.errors import VerificationError
from mapper.packets import PACKET, SPIKE, Kind

from .program import Block, scanned_blocks
from .samples import Answers, Read, SamplePlan
from .trace import ChipTrace, empty_trace

__all__ = ["Decoder", "HostError"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Fields = dict[str, Ints]


class HostError(VerificationError):
    """The chip's answers do not have the form that the requests call for."""


class Decoder:
    """Knows the order of a run's answers: per pass the checksums, then sample after sample."""

    def __init__(self, image: ChipImage, plans: list[SamplePlan]) -> None:
        self.image, self.plans = image, plans
        self._patterns = [plan.pattern() for plan in plans]
        self._scans = [self._expected_scans(i) for i in range(len(plans))]

    @property
    def per_sample(self) -> int:
        """Answers (DONE and REPLY) that a sample causes."""
        return sum(len(p.kind) for p in self._patterns)

    @property
    def programming(self) -> int:
        """Answers that programming all passes causes."""
        return sum(scans.size for _, scans in self._scans)

    def _expected_scans(self, index: int) -> tuple[list[Block], Ints]:
        """The memories of one core, and the checksums of all (memories, cores of the pass)."""
        cores = [self.image.cores[i] for i in self.image.cores_of(index)]
        blocks = [scanned_blocks(core, self.image.params.core) for core in cores]
        crc = np.array([[b.crc for b in core] for core in blocks], np.int64).T
        return blocks[0], crc

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        """See `Session.decode`."""
        fields = PACKET.unpack(answers)
        kind = fields["kind"]
        surplus = ~np.isin(kind, (Kind.REPLY, Kind.DONE, Kind.OUTPUT))
        if surplus.any():
            raise HostError(f"the chip sent a packet of kind {int(kind[surplus][0])} to the host")
        output, done = kind == Kind.OUTPUT, kind == Kind.DONE
        if fields["address"][done].any():
            raise HostError("the chip lost a packet: its rectangle holds no core")
        expected = self.programming + samples * self.per_sample
        if int((~output).sum()) != expected:
            raise HostError(f"expected {expected} DONE and REPLY packets, got {(~output).sum()}")
        trace = empty_trace(self.image, samples)
        self._outputs(trace, fields, np.cumsum(done)[output], output)
        self._answers(trace, {n: v[~output] for n, v in fields.items()}, samples)
        return trace

    def _answers(self, trace: ChipTrace, fields: Fields, samples: int) -> None:
        first = 0
        cycles, registers = [], []
        for index, plan in enumerate(self.plans):
            count = self._scans[index][1].size
            self._check_scans(trace, _slice(fields, first, count), index)
            first += count
            count = samples * len(self._patterns[index].kind)
            part = {n: v.reshape(samples, -1) for n, v in _slice(fields, first, count).items()}
            first += count
            self._check_pattern(part, self._patterns[index])
            cycles.append(part["data"][:, self._patterns[index].kind == Kind.DONE])
            replies = part["data"][:, self._patterns[index].kind == Kind.REPLY]
            registers.append(self._replies(trace, plan, replies))
        trace.cycles = np.concatenate(cycles, axis=1)
        self._counters(trace, registers)

    def _check_scans(self, trace: ChipTrace, fields: Fields, index: int) -> None:
        """Cores answer a SCAN in any order; each says where it is."""
        blocks, expected = self._scans[index]
        # A checksum carries the address of the last word.
        last = np.repeat([int(b.addresses[-1]) for b in blocks], expected.shape[1])
        for name, values in (("kind", np.full(len(last), Kind.REPLY)), ("address", last)):
            wrong = np.flatnonzero(fields[name] != values)
            if len(wrong):
                answer, right = int(fields[name][wrong[0]]), int(values[wrong[0]])
                raise HostError(f"checksum {wrong[0]} has {name} {answer}, expected {right}")
        place = (fields["y0"] * self.image.params.width + fields["x0"]).reshape(expected.shape)
        if (np.sort(place, axis=1) != np.arange(expected.shape[1])).any():
            raise HostError("a checksum is missing or came twice")
        found = np.zeros_like(expected)
        np.put_along_axis(found, place, fields["data"].reshape(expected.shape), axis=1)
        first = self.image.cores_of(index)[0]
        for memory, core in np.argwhere(found != expected):
            trace.corrupt.append(
                f"core {first + core}: {blocks[memory].name} is not what was programmed"
            )

    def _check_pattern(self, fields: Fields, expected: Answers) -> None:
        place = np.maximum(expected.core, 0) % self.image.params.cores
        y, x = np.divmod(place, self.image.params.width)
        right = {"kind": expected.kind, "address": expected.address, "x0": x, "y0": y}
        for name, values in right.items():
            wrong = np.argwhere(fields[name] != values)
            if len(wrong):
                sample, answer = (int(i) for i in wrong[0])
                raise HostError(
                    f"answer {answer} of sample {sample} has {name} "
                    f"{int(fields[name][sample, answer])}, expected {int(values[answer])}"
                )

    def _outputs(
        self, trace: ChipTrace, fields: Fields, tick: Ints, output: npt.NDArray[np.bool_]
    ) -> None:
        """An OUTPUT belongs to the tick whose DONE follows it. tick: DONEs before it."""
        words = SPIKE.unpack(fields["data"][output])
        line = SPIKE.pack(row=words["row"], phase=words["phase"]).astype(np.int64)
        begin, known = 0, 0
        for index, run in enumerate(self.image.passes):
            stop = begin + trace.samples * run.ticks
            here = (tick >= begin) & (tick < stop)
            sample, chip_tick = np.divmod(tick[here] - begin, run.ticks)
            known += self._place_outputs(trace, index, sample, chip_tick, line[here])
            begin = stop
        if known != len(line):
            raise HostError("an OUTPUT packet names a line or comes in a tick that it cannot have")

    def _place_outputs(
        self, trace: ChipTrace, index: int, sample: Ints, chip_tick: Ints, line: Ints
    ) -> int:
        """Enter OUTPUTs of a pass into the trace; how many there was a place for."""
        known = 0
        for name, first in self.image.passes[index].lines.items():
            t = chip_tick - self.image.first_tick(self.image[name], index)
            neurons = self.image.neurons_of(name, index)
            mine = (line >= first) & (line < first + len(neurons))
            mine &= (t >= 0) & (t < self.image.network_ticks)
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
                word = self.image.params.core.fired_word
                bits = (words[:, :, None] >> np.arange(word)) & 1
                column = (int(read.addresses[0]) - config_address(Region.FIRED, 0)) * word
                columns = column + np.arange(words.shape[1] * word)
                self._place(trace.spikes, plan, read, bits.reshape(len(words), -1), columns)
            elif read.kind == "potential":
                signed = (words ^ (1 << 31)) - (1 << 31)
                columns = (read.addresses - column_address(0, ColumnField.POTENTIAL)) // 8
                self._place(trace.potentials, plan, read, signed, columns)
            else:
                registers.append(words)
        return np.stack(registers, axis=1)

    def _place(
        self, target: dict[str, npt.NDArray], plan: SamplePlan, read: Read, values: Ints,
        columns: Ints,
    ) -> None:  # fmt: skip
        """Put per-column values (samples, columns) where their neurons are."""
        where = np.full(self.image.params.core.neurons + 1, -1)
        where[columns] = np.arange(len(columns))
        for p in self.image.populations:
            t = read.tick - self.image.first_tick(p, plan.index)
            here = np.flatnonzero(p.core == read.core)
            local = where[p.column[here]]
            here, local = here[local >= 0], local[local >= 0]
            if len(here) and 0 <= t < self.image.network_ticks:
                target[p.name][:, t, here] = values[:, local]

    def _counters(self, trace: ChipTrace, registers: list[Ints]) -> None:
        """Registers ERRORS, CYCLES.. (samples, cores, words) per pass; they run on all the time."""
        rows = np.concatenate(registers)  # pass after pass, the same physical cores
        before = np.concatenate([np.zeros_like(rows[:1]), rows[:-1]])
        added = (rows - before) & 0xFFFF_FFFF
        new_errors = rows[:, :, 0] & ~before[:, :, 0]
        shape = (len(registers), trace.samples, -1)
        trace.errors = np.bitwise_or.reduce(new_errors.reshape(shape), axis=1).reshape(-1)
        for j, register in enumerate(COUNTERS, start=1):
            values = np.concatenate([*added[:, :, j].reshape(shape)], axis=1)
            if register == Register.CYCLES:
                trace.core_cycles = values
            else:
                trace.counters[register.name.lower()] = values


def _slice(fields: Fields, first: int, count: int) -> Fields:
    return {n: v[first : first + count] for n, v in fields.items()}
