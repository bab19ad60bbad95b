"""The SPI peripheral: any ratio of the clocks, pauses, transactions cut short, glitches."""

import random
from dataclasses import dataclass, field

import pytest
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.frames import FLAG
from rtl.link.spi_peripheral import SpiPeripheral
from rtl.link.spi_wires import BIT_CYCLES

from .spi_host import SpiHost, as_bytes

hosts = st.builds(SpiHost, st.floats(BIT_CYCLES, 20), st.floats(0, 1))
byte = st.integers(0, 255)
data = st.lists(byte, min_size=1, max_size=4)
plain = st.lists(byte.filter(lambda value: value != FLAG), max_size=8)
PAUSE = 3  # cycles between bytes for the host, at most
REST = [(1, 0, 0, 0)] * 4


@dataclass
class Bench:
    """up: bytes for the host, each as late as it may be, or later with probability `stall`.

    board, host: bytes that came there, by transaction; lost: times that bits were
    """

    up: list[int]
    stall: float = 0.0
    board: list[list[int]] = field(default_factory=list)
    host: list[list[int]] = field(default_factory=list)
    lost: int = 0

    def run(self, transactions: list[tuple[SpiHost, list[int], int]]) -> None:
        """Of a host, with these bytes and so many bits of the last one missing."""
        self.peripheral, self.pause, self.read = SpiPeripheral(), 0, None
        self.dice = random.Random(1)

        async def bench(ctx):
            for host, sent, cut in transactions:
                self.board.append([])
                bits = []
                for levels in [*host.transaction(sent, cut), *REST]:
                    bits += await self.cycle(ctx, *levels)
                self.host.append(as_bytes(bits))

        simulator = Simulator(self.peripheral)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run()

    async def cycle(self, ctx, cs_n: int, sclk: int, copi: int, reads: int) -> list[int]:
        spi = self.peripheral
        self.pause = max(0, self.pause - 1)
        offers = self.up and not self.pause and (
            ctx.get(spi.i.valid) or self.dice.random() >= self.stall)  # fmt: skip
        ctx.set(spi.i.valid, bool(offers))
        ctx.set(spi.i.payload, self.up[0] if offers else 0)
        for pin, level in ((spi.cs_n, cs_n), (spi.sclk, sclk), (spi.copi, copi)):
            ctx.set(pin, level)
        *_, cipo, driven, ready, valid, found, lost = await ctx.tick().sample(
            spi.cipo, spi.cipo_oe, spi.i.ready, spi.valid, spi.byte, spi.lost
        )
        assert driven == (not cs_n)
        self.read = cipo if reads else self.read if sclk else None
        assert self.read in (None, cipo), "cipo changed while sclk was high"
        self.board[-1] += [found] * valid
        self.lost += lost
        if offers and ready:
            self.pause, self.up = PAUSE, self.up[1:]
            ctx.set(spi.i.valid, 0)
        return [cipo] * reads


@settings(max_examples=25)
@given(hosts, st.lists(data, min_size=1, max_size=3), plain)
def test_bytes_go_both_ways_at_once(host, transactions, up):
    """Where there is none for the host it gets FLAGs."""
    bench = Bench(up)
    bench.run([(host, sent, 0) for sent in transactions])
    assert bench.board == transactions and bench.lost == 0
    heard = sum(bench.host, [])
    assert heard == (up + [FLAG] * len(heard))[: len(heard)]


@settings(max_examples=25)
@given(hosts, st.lists(st.tuples(data, st.integers(0, 7)), min_size=2, max_size=5), plain)
def test_a_transaction_may_end_anywhere(host, transactions, up):
    """The board drops what is no byte, and sends the byte again that the host did not get."""
    bench = Bench(up, stall=0.98)
    bench.run([(host, sent, cut) for sent, cut in transactions])
    assert bench.board == [sent[:-1] if cut else sent for sent, cut in transactions]
    assert bench.lost == sum(cut > 0 for _, cut in transactions)
    assert [value for value in sum(bench.host, []) if value != FLAG] + bench.up == up


@pytest.mark.parametrize("seed", range(6))
def test_after_a_glitch_the_next_transaction_is_right(seed):
    """An edge of sclk is lost, or there is one too many: that may spoil this transaction only."""
    up, broken, good = list(range(64)), SpiHost(spoilt=1, seed=seed), SpiHost(phase=0.5)
    bench = Bench(up)
    bench.run([(broken, [1, 2, 3, 4], 0), (good, [5, 6, 7], 0)])
    assert broken.spoils == 1
    assert abs(len(bench.board[0]) - 4) <= 1 and bench.board[1] == [5, 6, 7]
    first = bench.host[1][0]
    assert bench.host[1] == [first, first + 1, first + 2] and bench.up[0] == first + 3


def test_an_edge_that_comes_with_the_end_is_none():
    """The eighth, here."""

    class Late(SpiHost):
        def transaction(self, data, cut=0):
            levels = [*super().transaction(data, cut=1)]
            last = max(place for place, (cs_n, *_) in enumerate(levels) if not cs_n)
            return [*levels[: last + 1], (1, 1, 0, 0)]

    bench = Bench([])
    bench.run([(Late(), [9], 0), (SpiHost(), [4], 0)])
    assert bench.board == [[], [4]] and bench.lost == 1


def test_what_is_not_for_the_board_is_ignored():
    """Another device on the bus."""
    bench = Bench([1, 2])

    class Elsewhere(SpiHost):
        def transaction(self, data, cut=0):
            return ((1, *rest) for _, *rest in super().transaction(data, cut))

    bench.run([(Elsewhere(), [9, 9], 3), (SpiHost(), [4], 0)])
    assert bench.board == [[], [4]] and bench.host[1] == [1] and bench.lost == 0
