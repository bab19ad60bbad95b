"""The link: what the host sends reaches the chip, and back, whatever happens on the line."""

import random

import pytest
from amaranth.hdl import Module, Signal, Value
from amaranth.lib import crc, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from cosim.board.link import HostLink
from cosim.board.noise import Noise
from mapper.crossbar.params import PRESETS, ChipParams
from mapper.packets import PACKET, Kind
from rtl.layouts import packet_stream
from rtl.link.frame_reader import FrameReader
from rtl.link.line_link import LineLink
from rtl.link.linked_chip import LinkedChip
from rtl.link.packet_link import PacketLink
from rtl.link.spi_wires import SpiWires
from rtl.link.uart_wires import UartWires

from .spi_host import SpiHost, as_bytes

DESIGN = 0x7E7D_1234_4000_0001 | 16 << 32  # a window of 16, bytes that need escapes
BYTE_CYCLES = 10
CYCLES = 200_000
COUNT = 45
TRANSACTION = 24  # bytes
SPI_COUNT = 8


def words(count: int, dice: random.Random) -> list[int]:
    """Packets that are full of FLAGs and ESCAPEs now and then."""
    special = int.from_bytes(b"\x7e\x7d\x5e\x5d" * 2, "little")
    return [dice.choice((special, 0, dice.randrange(1 << 64))) for _ in range(count)]


def packed(found: list[int]) -> bytes:
    return b"".join(word.to_bytes(8, "little") for word in found)


class Bench:
    """A chip that takes packets and sends others, a line, and the host: all in clock cycles."""

    def __init__(self, link: PacketLink, noise: float, seed: int, stall: float) -> None:
        self.link, self.host = link, HostLink(patience=5000, nonce=seed)
        self.down, self.up = Noise(noise, seed), Noise(noise, seed + 1)
        self.dice, self.stall = random.Random(seed), stall
        self.came: list[int] = []  # at the chip
        self.back = bytearray()  # at the host

    async def line(self, ctx) -> None:
        """Bytes both ways, one per BYTE_CYCLES, until there is nothing to do."""
        queue = bytearray()
        for cycle in range(CYCLES):
            ctx.set(self.link.raw_valid, 0)
            if cycle % BYTE_CYCLES == 0:
                queue += self.down.hit(self.host.poll(cycle)) if not queue else b""
                if queue:
                    ctx.set(self.link.raw, queue.pop(0))
                    ctx.set(self.link.raw_valid, 1)
            takes = cycle % BYTE_CYCLES == 1
            ctx.set(self.link.o.ready, takes)
            *_, valid, byte = await ctx.tick().sample(self.link.o.valid, self.link.o.payload)
            if takes and valid:
                self.host.receive(self.up.hit(bytes([byte])), cycle)
                self.back += self.host.take()
            if self.done():
                return
        raise AssertionError(f"{len(self.came)} and {len(self.back) // 8} packets came")

    async def take(self, ctx) -> None:
        stream = self.link.to_chip
        while True:
            ready = self.dice.random() >= self.stall
            ctx.set(stream.ready, ready)
            *_, valid, word = await ctx.tick().sample(stream.valid, Value.cast(stream.payload))
            if ready and valid:
                self.came.append(word)

    def source(self, found: list[int]):
        async def give(ctx) -> None:
            stream = self.link.from_chip
            await ctx.tick().until(self.link.reset)
            await ctx.tick().until(~self.link.reset)
            for word in found:
                while self.dice.random() < self.stall:
                    await ctx.tick()
                ctx.set(Value.cast(stream.payload), word)
                ctx.set(stream.valid, 1)
                await ctx.tick().until(stream.ready)
                ctx.set(stream.valid, 0)

        return give

    def run(self, down: list[int], up: list[int]) -> None:
        self.host.send(packed(down))
        self.done = lambda: self.came == down and bytes(self.back) == packed(up) and not (
            self.host.unacknowledged)  # fmt: skip
        simulator = Simulator(self.link)
        simulator.add_clock(1e-6)
        simulator.add_testbench(self.line)
        for bench in (self.take, self.source(up)):
            simulator.add_testbench(bench, background=True)
        simulator.run()


@pytest.mark.parametrize(("noise", "stall"), [(0.0, 0.0), (0.0, 0.95), (0.006, 0.5)])
def test_all_packets_arrive_once_in_order(noise, stall):
    """More of them than rings and windows hold."""
    seed = 7
    dice = random.Random(seed)
    down, up = words(COUNT, dice), words(COUNT, dice)
    bench = Bench(PacketLink(DESIGN, depth=32, patience=12), noise, seed, stall)
    bench.run(down, up)
    seen = bench.host.statistics
    print(seed, seen, bench.down.hits, bench.up.hits)
    assert bench.host.design == DESIGN
    assert (seen.packets_sent, seen.packets_received) == (COUNT, COUNT)
    assert (seen.damaged > 0) == bool(noise)


class SpiBench(Bench):
    """Transactions of TRANSACTION bytes, one after the other; `spoilt` of them lose edges."""

    def __init__(self, link: LineLink, spoilt: float, seed: int) -> None:
        super().__init__(link, 0.0, seed, 0.3)
        self.host, self.spi = HostLink(patience=30_000, nonce=seed), SpiHost(8.3, 0.6, spoilt, seed)

    async def line(self, ctx) -> None:
        queue, cycle = b"", 0
        while not self.done():
            queue += self.host.poll(cycle)
            sent, queue = queue[:TRANSACTION].ljust(TRANSACTION, b"~"), queue[TRANSACTION:]
            bits = []
            for cs_n, sclk, copi, reads in self.spi.transaction(sent):
                for pin, level in (("cs_n", cs_n), ("sclk", sclk), ("copi", copi)):
                    ctx.set(getattr(self.link, pin), level)
                *_, cipo = await ctx.tick().sample(self.link.cipo)
                bits += [cipo] * reads
                cycle += 1
            self.host.receive(bytes(as_bytes(bits)), cycle)
            self.back += self.host.take()
            assert cycle < CYCLES, f"{len(self.came)} and {len(self.back) // 8} packets came"


def test_all_packets_arrive_over_spi():
    """Frames go on where a transaction ends, and lost edges harm nothing."""
    dice = random.Random(3)
    down, up = words(SPI_COUNT, dice), words(SPI_COUNT, dice)
    bench = SpiBench(LineLink(DESIGN, SpiWires(), depth=32, patience=15), 0.3, 3)
    bench.run(down, up)
    seen = bench.host.statistics
    print(seen, bench.spi.spoils)
    assert bench.host.design == DESIGN
    assert (seen.packets_sent, seen.packets_received) == (SPI_COUNT, SPI_COUNT)
    assert bench.spi.spoils > 1 and seen.packets_resent and seen.rejects


@pytest.mark.parametrize(
    ("count", "packets", "good"),
    [(0, 0, 1), (1, 1, 1), (16, 16, 1), (0, 1, 0), (1, 0, 0), (2, 1, 0), (1, 2, 0), (17, 17, 0)],
)
def test_a_frame_has_the_length_that_it_tells(simulate, count, packets, good):
    """A right sum is not enough; and what a frame holds does not depend on the one before."""
    reader, told = FrameReader(), []
    body = bytes([count, 3, 4]) + bytes(8 * packets)
    body += crc.catalog.CRC16_IBM_3740(data_width=8).compute(body).to_bytes(2, "big")
    assert b"~" not in body and b"}" not in body

    async def bench(ctx):
        ctx.set(reader.raw_valid, 1)
        for byte in b"noise}~" + body + b"~~" + body + b"~":
            ctx.set(reader.raw, byte)
            *_, end, is_good = await ctx.tick().sample(reader.end, reader.good)
            told.extend([is_good] * end)

    simulate(reader, bench)
    assert told == [0, good, good]


def test_lamps_tell_good_frames_from_damaged_ones(simulate):
    link, told = PacketLink(DESIGN, depth=32, patience=12), []
    good = HostLink(patience=5000, nonce=1).poll(0)
    bad = bytes([good[0], good[1] ^ 1, *good[2:]])

    async def bench(ctx):
        for byte in bad + good + bad + bad:
            ctx.set(link.raw, byte)
            ctx.set(link.raw_valid, 1)
            *_, heard, trouble = await ctx.tick().sample(link.heard, link.trouble)
            told.extend(["good"] * heard + ["damaged"] * trouble)

    simulate(link, bench)
    assert told == ["damaged", "good", "damaged", "damaged"]


def test_lost_bits_light_the_error_lamp(simulate):
    link = LineLink(DESIGN, SpiWires(), depth=32, patience=12)

    async def bench(ctx):
        for cut in (0, 3):
            for cs_n, sclk, _, _ in [*SpiHost().transaction([9], cut), *[(1, 0, 0, 0)] * 8]:
                ctx.set(link.cs_n, cs_n)
                ctx.set(link.sclk, sclk)
                await ctx.tick()
            assert ctx.get(link.error) == (cut > 0)

    simulate(link, bench)


class Lossy(wiring.Component):
    """A chip that sends this packet, once."""

    def __init__(self, packet: int) -> None:
        self.packet = packet
        super().__init__({"i": In(packet_stream()), "o": Out(packet_stream())})

    def elaborate(self, platform: object) -> Module:
        m, sent = Module(), Signal()
        m.d.comb += [Value.cast(self.o.payload).eq(self.packet), self.o.valid.eq(~sent)]
        m.d.sync += sent.eq(sent | self.o.ready)
        return m


@pytest.mark.parametrize(
    ("kind", "address", "lit"),
    [(Kind.DONE, 1, 1), (Kind.DONE, 2, 0), (Kind.REPLY, 1, 0), (Kind.OUTPUT, 3, 0)],
)
def test_the_error_lamp_tells_of_packets_without_a_destination(
    simulate, monkeypatch, kind, address, lit
):
    chip = Lossy(int(PACKET.pack(kind=kind, address=address)))
    monkeypatch.setattr("rtl.link.linked_chip.build_chip", lambda params: chip)
    linked = LinkedChip(ChipParams(core=PRESETS["tiny"], width=1, height=1), UartWires(4))

    async def bench(ctx):
        assert not ctx.get(linked.error)
        await ctx.tick().repeat(100)
        assert ctx.get(linked.error) == lit

    simulate(linked, bench)


@pytest.mark.parametrize("depth", [0, 16, 33, 256])
def test_depths(depth):
    with pytest.raises(ValueError, match="32, 64 or 128"):
        PacketLink(DESIGN, depth)
