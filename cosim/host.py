"""The host's side of the packet port: what to send, and what the answers mean.

All engines run the same packets. What is sent never depends on what comes back: the chip's tick
gate does the waiting, so a whole run is one array in and one array out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage, CoreImage
from mapper.crossbar.layout import (
    CONTROL,
    COUNTERS,
    ERRORS,
    ColumnField,
    Region,
    Register,
    column_address,
    config_address,
)
from mapper.errors import VerificationError
from mapper.packets import BURST, PACKET, SPIKE, Kind, Space, rectangle

from .trace import COUNTED, ChipTrace

__all__ = ["HostError", "Session", "error_names", "memory_reads", "program_packets"]

Packets = npt.NDArray[np.uint64]
_FIELDS = {
    "control": ColumnField.CONTROL,
    "threshold": ColumnField.THRESHOLD,
    "initial": ColumnField.INITIAL,
    "bias": ColumnField.BIAS,
    "pointer": ColumnField.ROUTES,
}


class HostError(VerificationError):
    """The chip's answers do not have the form that the requests call for."""


def _synapse_words(image: ChipImage, core: CoreImage) -> npt.NDArray[np.int64]:
    """Programming words in address order: row by row, `synapse_chunk` columns each."""
    chunk = image.params.core.synapse_chunk
    bits = core.synapse.reshape(-1, chunk).astype(np.uint64)
    return (bits << np.arange(chunk, dtype=np.uint64)).sum(axis=1).astype(np.int64)


def _core_words(image: ChipImage, index: int) -> list[tuple[Space, npt.NDArray, npt.NDArray]]:
    """Every programmable word of a core: (space, addresses, values)."""
    core, params = image.cores[index], image.params.core
    columns = np.arange(params.neurons)
    registers = {
        Register.COLUMNS: core.columns,
        Register.EXTENSION: core.extension,
        Register.FIRST_TICK: core.first_tick,
        Register.TICKS: core.ticks,
    }
    synapses = _synapse_words(image, core)
    words = [(Space.SYNAPSE, np.arange(len(synapses)), synapses)]
    for name, field in _FIELDS.items():
        addresses = column_address(0, field) + columns * 8
        words.append((Space.CONFIG, addresses, getattr(core, name)))
    first = config_address(Region.ROUTE, 0)
    words.append((Space.CONFIG, first + np.arange(params.routes), core.route))
    words.append(
        (
            Space.CONFIG,
            config_address(Region.REGISTER, 0) + np.array([int(r) for r in registers]),
            np.array([*registers.values()]),
        )
    )
    return words


def program_packets(image: ChipImage, skip_zero: bool = False) -> Packets:
    """WRITE packets that program every memory of every core.

    skip_zero: leave out words that are 0, for a chip that has just been powered up or reset in
    simulation, where memories start at 0.
    """
    parts = []
    for i in range(image.params.cores):
        where = rectangle(*image.params.position(i))
        for space, address, value in _core_words(image, i):
            keep = value != 0 if skip_zero else np.ones(len(value), bool)
            data = value[keep] & 0xFFFF_FFFF
            parts.append(
                PACKET.pack(kind=Kind.WRITE, space=space, address=address[keep], data=data, **where)
            )
    return np.concatenate(parts)


def memory_reads(image: ChipImage) -> tuple[Packets, npt.NDArray[np.int64]]:
    """READ packets for every word that `program_packets` writes, and the expected answers."""
    packets, expected = [], []
    for i in range(image.params.cores):
        where = rectangle(*image.params.position(i))
        for space, address, value in _core_words(image, i):
            for first, count, stride in _progressions(address):
                burst = BURST.pack(count=count - 1, stride=stride)
                packets.append(
                    PACKET.pack(kind=Kind.READ, space=space, address=first, data=burst, **where)
                )
            expected.append(value & 0xFFFF_FFFF)
    return np.array(packets, np.uint64), np.concatenate(expected)


def _progressions(values: npt.NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Split a sequence into arithmetic progressions (first, count, stride), each a burst."""
    found, i = [], 0
    while i < len(values):
        stride = int(values[i + 1] - values[i]) if i + 1 < len(values) else 0
        stop = i + 1
        while stop < len(values) and values[stop] - values[stop - 1] == stride:
            stop += 1
        found.append((int(values[i]), stop - i, stride))
        i = stop
    return found


@dataclass
class _Read:
    """A burst that is part of every sample, and where its answers go."""

    packet: int
    count: int
    core: int
    addresses: npt.NDArray[np.int64]
    kind: str  # "fired", "potential" or "registers"
    tick: int = -1


class Session:
    """Packets of a run of many samples on one chip, and the decoding of its answers."""

    def __init__(self, image: ChipImage) -> None:
        self.image = image
        control = [CONTROL.unpack(c.control[: c.columns])["last"] for c in image.cores]
        self._last = [np.flatnonzero(c) for c in control]
        self._tick_reads = [self._reads_after(t) for t in range(image.ticks)]
        self._end_reads = [self._register_read(i) for i in range(image.params.cores)]
        self._all_reads = [r for reads in self._tick_reads for r in reads] + self._end_reads

    @property
    def answers_per_sample(self) -> int:
        """DONE and REPLY packets that one sample causes."""
        return self.image.ticks + sum(r.count for r in self._all_reads)

    def _read(self, core: int, addresses: npt.NDArray, kind: str, tick: int = -1) -> list[_Read]:
        where = rectangle(*self.image.params.position(core))
        reads = []
        done = 0
        for first, count, stride in _progressions(addresses):
            packet = PACKET.pack(
                kind=Kind.READ, space=Space.CONFIG, address=first,
                data=BURST.pack(count=count - 1, stride=stride), **where,
            )  # fmt: skip
            part = addresses[done : done + count]
            reads.append(_Read(int(packet), count, core, part, kind, tick))
            done += count
        return reads

    def _reads_after(self, tick: int) -> list[_Read]:
        """Fired flags and potentials of every core that was active in this tick."""
        reads: list[_Read] = []
        for i, core in enumerate(self.image.cores):
            if core.active(tick):
                words = -(-core.columns // self.image.params.core.fired_word)
                fired = config_address(Region.FIRED, 0) + np.arange(words)
                potential = column_address(0, ColumnField.POTENTIAL) + self._last[i] * 8
                reads += self._read(i, fired, "fired", tick)
                reads += self._read(i, potential, "potential", tick)
        return reads

    def _register_read(self, core: int) -> _Read:
        registers = np.arange(Register.ERRORS, Register.STRAY + 1)
        (read,) = self._read(core, config_address(Region.REGISTER, 0) + registers, "registers")
        return read

    def packets(self, spikes: npt.NDArray[np.bool_]) -> Packets:
        """Everything to send for `spikes` (samples, network ticks, inputs)."""
        image = self.image
        everywhere = rectangle(0, 0, image.params.width - 1, image.params.height - 1)
        ticks = [PACKET.pack(kind=Kind.TICK, data=int(t == 0), **everywhere)
                 for t in range(image.ticks)]  # fmt: skip
        counts = np.diff(image.input_start)
        element = np.repeat(np.arange(len(counts)), counts)
        parts: list[npt.NDArray] = []
        for sample in spikes:
            for t in range(image.ticks):
                if t < image.network_ticks:
                    parts.append(image.input_packet[sample[t][element]])
                reads = [r.packet for r in self._tick_reads[t]]
                parts.append(np.array([ticks[t], *reads], np.uint64))
            parts.append(np.array([r.packet for r in self._end_reads], np.uint64))
        return np.concatenate(parts) if parts else np.zeros(0, np.uint64)

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        """The trace of a run of `samples` samples.

        Raises HostError when an answer is missing, surplus, or not from where it was asked for:
        a chip that says nothing never passes.
        """
        fields = PACKET.unpack(answers)
        kind = fields["kind"]
        surplus = ~np.isin(kind, (Kind.REPLY, Kind.DONE, Kind.OUTPUT))
        if surplus.any():
            raise HostError(f"the chip sent a packet of kind {int(kind[surplus][0])} to the host")
        done, reply = kind == Kind.DONE, kind == Kind.REPLY
        expected = samples * self.image.ticks, samples * sum(r.count for r in self._all_reads)
        found = int(done.sum()), int(reply.sum())
        if found != expected:
            raise HostError(f"expected {expected} (DONE, REPLY) packets, got {found}")
        self._check_origins({n: v[reply] for n, v in fields.items()}, samples)
        if fields["address"][done].any():
            raise HostError("the chip lost a packet: its rectangle holds no core")
        data = fields["data"][reply].reshape(samples, -1)
        trace = self._empty(samples)
        trace.cycles = fields["data"][done].reshape(samples, -1)
        self._outputs(trace, fields, done)
        self._replies(trace, data)
        return trace

    def _check_origins(self, reply: dict[str, npt.NDArray], samples: int) -> None:
        address = np.concatenate([r.addresses for r in self._all_reads])
        core = np.concatenate([np.full(r.count, r.core) for r in self._all_reads])
        x, y = core % self.image.params.width, core // self.image.params.width
        for name, expected in (("address", address), ("x0", x), ("y0", y)):
            wrong = np.flatnonzero(reply[name] != np.tile(expected, samples))
            if len(wrong):
                raise HostError(f"reply {int(wrong[0])} has {name} {int(reply[name][wrong[0]])}, "
                                f"expected {int(expected[wrong[0] % len(expected)])}")  # fmt: skip

    def _empty(self, samples: int) -> ChipTrace:
        image = self.image
        shapes = {p.name: (samples, image.network_ticks, len(p.core)) for p in image.populations}
        cores = image.params.cores
        return ChipTrace(
            spikes={n: np.zeros(s, bool) for n, s in shapes.items()},
            potentials={n: np.zeros(s, np.int64) for n, s in shapes.items()},
            outputs=np.zeros((samples, image.ticks, len(image[image.output].core)), bool),
            counters={n: np.zeros((samples, cores), np.int64) for n in COUNTED},
            errors=np.zeros(cores, np.int64),
            core_cycles=np.zeros((samples, cores), np.int64),
        )

    def _outputs(self, trace: ChipTrace, fields: dict[str, npt.NDArray], done: npt.NDArray) -> None:
        """An OUTPUT belongs to the tick whose DONE follows it."""
        output = fields["kind"] == Kind.OUTPUT
        tick = np.cumsum(done)[output]
        words = SPIKE.unpack(fields["data"][output])
        line = SPIKE.pack(row=words["row"], phase=words["phase"]).astype(np.int64)
        if (line >= trace.outputs.shape[2]).any() or (tick >= trace.cycles.size).any():
            raise HostError("an OUTPUT packet names a line that the network does not have")
        flat = trace.outputs.reshape(-1, trace.outputs.shape[2])
        if len(np.unique(np.stack([tick, line]), axis=1).T) != len(tick):
            raise HostError("an OUTPUT packet came twice in a tick")
        flat[tick, line] = True

    def _replies(self, trace: ChipTrace, data: npt.NDArray[np.int64]) -> None:
        fired_word = self.image.params.core.fired_word
        first = 0
        registers = []
        for read in self._all_reads:
            words = data[:, first : first + read.count]
            first += read.count
            if read.kind == "fired":
                bits = (words[:, :, None] >> np.arange(fired_word)) & 1
                column = read.addresses[0] - config_address(Region.FIRED, 0)
                self._place(trace.spikes, read, bits.reshape(len(words), -1),
                            np.arange(bits[0].size) + int(column) * fired_word)  # fmt: skip
            elif read.kind == "potential":
                signed = (words ^ (1 << 31)) - (1 << 31)
                column0 = column_address(0, ColumnField.POTENTIAL)
                self._place(trace.potentials, read, signed, (read.addresses - column0) // 8)
            else:
                registers.append(words)
        self._counters(trace, np.stack(registers, axis=1))

    def _place(
        self, target: dict[str, npt.NDArray], read: _Read, values: npt.NDArray,
        columns: npt.NDArray,
    ) -> None:  # fmt: skip
        """Put per-column values (samples, columns) where their neurons are."""
        where = np.full(self.image.params.core.neurons + 1, -1)
        where[columns] = np.arange(len(columns))
        for p in self.image.populations:
            here = np.flatnonzero(p.core == read.core)
            local = where[p.column[here]]
            here, local = here[local >= 0], local[local >= 0]
            if len(here):
                target[p.name][:, read.tick - p.first_tick, here] = values[:, local]

    def _counters(self, trace: ChipTrace, registers: npt.NDArray[np.int64]) -> None:
        """Registers ERRORS, CYCLES.. (samples, cores, words): counters run on across samples."""
        trace.errors = (
            np.bitwise_or.reduce(registers[:, :, 0], axis=0) if len(registers) else (trace.errors)
        )
        counts = registers[:, :, 1:]
        before = np.concatenate([np.zeros_like(counts[:1]), counts[:-1]])
        per_sample = (counts - before) & 0xFFFF_FFFF
        for j, register in enumerate(COUNTERS):
            if register == Register.CYCLES:
                trace.core_cycles = per_sample[:, :, j]
            else:
                trace.counters[register.name.lower()] = per_sample[:, :, j]


def error_names(bits: int) -> list[str]:
    """Names of the sticky error bits that are set."""
    return [name for i, name in enumerate(ERRORS) if bits >> i & 1]
