"""From a spike address to the weights that it adds, one per cycle."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.yoso.layout import ADDRESS_BITS, ROW, RUN, Region
from mapper.yoso.params import PeParams

from ..config.bus import ConfigBus, config_hit
from ..layouts import struct

__all__ = ["WeightLookup"]

_RUN = data.StructLayout({"weight": ADDRESS_BITS + 1, "neuron": 11, "left": 10})
"""`left` + 1 weights from `weight` on, for as many neurons from `neuron` on; one bit more than the
memories need, so that a run beyond them does not begin again at 0."""


class WeightLookup(wiring.Component):
    """The first half of the load module: decodes spikes.

    Throughput: one (neuron, weight) per cycle, in a dense layer also from spike to spike; with
    weight lists a spike costs two cycles more, and a run of less than two weights one more.
    What lies beyond the memories is left out and reported as `bad`; so is every row of a PE
    without weight lists.

    Members
    -------
    i: In(stream of spike addresses); o: Out(stream {"neuron", "weight": place in the memory})
    neurons: In, in use; listed: In(1), spike addresses are rows
    event: Out(1), a spike is taken; bad: Out(1); busy: Out(1)
    flush: In(1), forget all
    bus: In(ConfigBus), Region.ROW and Region.RUN
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        place = {"neuron": range(pe.neurons), "weight": range(pe.weights)}
        super().__init__({
            "i": In(stream.Signature(ADDRESS_BITS)),
            "o": Out(stream.Signature(data.StructLayout(place))),
            "neurons": In(range(pe.neurons + 1)), "listed": In(1),
            "event": Out(1), "bad": Out(1), "busy": Out(1), "flush": In(1),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self.run, self.running = Signal(_RUN), Signal()
        self.step, self.free = Signal(), Signal()  # the run advances; a new one may come
        self.waits, self.lists = Signal(), Signal()  # a row is being read; its runs are being sent
        # A spike address, or a run of its row, beyond the memories.
        self.unknown, self.missing = Signal(), Signal()
        beyond = (self.run.weight >= self.pe.weights) | (self.run.neuron >= self.neurons)
        m.d.comb += [
            self.o.valid.eq(self.running & ~beyond),
            self.o.p.neuron.eq(self.run.neuron), self.o.p.weight.eq(self.run.weight),
            self.step.eq(self.running & (self.o.ready | beyond)),
            self.free.eq(~self.running | (self.step & (self.run.left == 0))),
            self.event.eq(self.i.valid & self.i.ready),
            self.bad.eq((self.running & beyond) | (self.event & self.unknown) | self.missing),
            self.busy.eq(self.running | self.waits | self.lists),
        ]  # fmt: skip
        with m.If(self.step):
            m.d.sync += [
                self.run.weight.eq(self.run.weight + 1), self.run.neuron.eq(self.run.neuron + 1),
                self.run.left.eq(self.run.left - 1), self.running.eq(self.run.left != 0),
            ]  # fmt: skip
        self._dense(m)
        if self.pe.lists:
            self._listed(m)
        with m.If(self.flush):
            m.d.sync += [self.running.eq(0), self.waits.eq(0), self.lists.eq(0)]
        return m

    def _dense(self, m: Module) -> None:
        """A spike is one run over all neurons. Rows lead nowhere unless `_listed` says where."""
        m.d.comb += self.i.ready.eq(self.free & ~self.flush)
        beyond = self.i.payload + self.neurons > self.pe.weights
        m.d.comb += self.unknown.eq(self.listed | beyond)
        with m.If(self.event & ~self.listed & ~beyond & (self.neurons != 0)):
            m.d.sync += [
                self.running.eq(1), self.run.weight.eq(self.i.payload),
                self.run.neuron.eq(0), self.run.left.eq(self.neurons - 1),
            ]  # fmt: skip

    def _listed(self, m: Module) -> None:
        """A spike is a row, a row a slice of the runs. A run's word is read one cycle ahead."""
        rows, runs = self._tables(m)
        index, left = Signal(17), Signal(16)
        row, run = rows.data, runs.data
        takes = Signal()
        m.d.comb += [
            takes.eq(self.lists & self.free),
            self.missing.eq(takes & (index >= self.pe.runs)),
        ]
        with m.If(self.listed):
            m.d.comb += [
                self.i.ready.eq(~self.waits & ~self.lists & ~self.flush),
                self.unknown.eq(self.i.payload >= self.pe.rows),
            ]
            m.d.sync += self.waits.eq(self.event & ~self.unknown)
        with m.If(self.waits):
            m.d.sync += [index.eq(row.start), left.eq(row.count), self.lists.eq(row.count != 0)]
        with m.If(takes):
            m.d.sync += [
                index.eq(index + 1), left.eq(left - 1), self.lists.eq(left != 1),
                self.running.eq(~self.missing), self.run.weight.eq(run.weight),
                self.run.neuron.eq(run.neuron), self.run.left.eq(run.more),
            ]  # fmt: skip
        following = Mux(self.waits, row.start, index + takes)
        with m.If(self.busy | self.i.valid):
            m.d.comb += [rows.addr.eq(self.i.payload), runs.addr.eq(following)]

    def _tables(self, m: Module) -> tuple[memory.ReadPort, memory.ReadPort]:
        """Read ports of rows and runs; accesses use them while nothing else does."""
        bus, ports, answers = self.bus, [], []
        for name, layout, region, depth in (
            ("rows", struct(ROW), Region.ROW, self.pe.rows),
            ("runs", struct(RUN), Region.RUN, self.pe.runs),
        ):
            table = memory.Memory(shape=layout, depth=depth, init=[])
            m.submodules[name] = table
            write, read = table.write_port(), table.read_port()
            hit, index = config_hit(bus, region, depth)
            was_hit = Signal(name=f"{name}_was_hit")
            m.d.comb += [
                write.addr.eq(index), Value.cast(write.data).eq(bus.w_data),
                write.en.eq(hit & bus.w_en), read.addr.eq(index),
            ]  # fmt: skip
            m.d.sync += was_hit.eq(hit)
            ports.append(read)
            answers.append((hit, Mux(was_hit, Value.cast(read.data), 0)))
        m.d.comb += bus.hit.eq(answers[0][0] | answers[1][0])
        m.d.sync += bus.r_data.eq(answers[0][1] | answers[1][1])
        return ports[0], ports[1]
