"""cocotb bench: drives the chip's packet ports from arrays, with random stalls.

Runs inside the simulator. `SPIKELOOM_BENCH` names a folder with `job.json` and `packets.npy`; the
bench writes `answers.npy` there and keeps `progress` up to date.
"""

import json
import os
import random
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, First, RisingEdge, ValueChange

from mapper.packets import PACKET, Kind

_GRACE = 64
_KIND_SHIFT = PACKET.offset("kind")


class PacketBench:
    """One cycle at a time where something can happen, and not at all where nothing can.

    Inputs change at the falling edge. The chip's ready and valid depend on registers alone, so
    what they say then is what they say at the next rising edge, where the handshake happens. When
    both sides wait, the bench sleeps until one of them changes: long computations cost no Python.
    `sleeps` false keeps it awake, as the reference of `benchmarks/engine_speed.py`.
    """

    def __init__(self, dut, packets: list[int], job: dict, folder: Path) -> None:
        self.packets, self.folder = packets, folder
        self.left, self.total = job["answers"], job["answers"]
        self.stall_in, self.stall_out = job["source"], job["sink"]
        self.random = random.Random(job["seed"])
        self.patience, self.sleeps = job["patience"], job["sleeps"]
        self.received: list[int] = []
        self.sent = 0
        self.fall = FallingEdge(dut.clk)
        self.change = First(ValueChange(dut.i__ready), ValueChange(dut.o__valid))
        self.i_valid, self.i_payload, self.i_ready = dut.i__valid, dut.i__payload, dut.i__ready
        self.o_valid, self.o_payload, self.o_ready = dut.o__valid, dut.o__payload, dut.o__ready
        self.driven = [0, 0]  # i_valid and o_ready as last written; writing costs time

    async def run(self) -> None:
        """Exchange everything; returns when the answers are in and the chip stays silent."""
        silent, offered, total = 0, False, len(self.packets)
        while self.left or silent < _GRACE or self.sent < total:
            await self.fall
            if not offered and self.sent < total and self._goes(self.stall_in):
                offered = True
                self.i_payload.value = self.packets[self.sent]
            takes = self._goes(self.stall_out)
            self._drive(offered, takes)
            gets = takes and self.o_valid.value == 1
            if gets:
                self._receive(int(self.o_payload.value))
            sends = offered and self.i_ready.value == 1
            if sends:
                self.sent += 1
                offered = False
            silent = 0 if sends or gets else silent + 1
            if silent > self.patience:
                raise AssertionError(f"the chip fell silent with {self.left} answers missing")
            if silent and self.left and self._may_sleep(offered):
                await self.change

    def _may_sleep(self, offered: bool) -> bool:
        settled = offered or self.sent == len(self.packets)
        return self.sleeps and settled and self.stall_out == 0

    def _goes(self, stall: float) -> bool:
        return stall == 0 or self.random.random() >= stall

    def _drive(self, offered: bool, takes: bool) -> None:
        if self.driven[0] != offered:
            self.i_valid.value = self.driven[0] = offered
        if self.driven[1] != takes:
            self.o_ready.value = self.driven[1] = takes

    def _receive(self, word: int) -> None:
        self.received.append(word)
        if word >> _KIND_SHIFT & 7 != Kind.OUTPUT:
            self.left -= 1
            if self.left % 1024 == 0:
                (self.folder / "progress").write_text(str(self.total - self.left))


@cocotb.test()
async def exchange(dut) -> None:
    """Reset, then exchange packets."""
    folder = Path(os.environ["SPIKELOOM_BENCH"])
    job = json.loads((folder / "job.json").read_text())
    packets = np.load(folder / "packets.npy", allow_pickle=False).tolist()
    dut.rst.value, dut.i__valid.value, dut.o__ready.value = 1, 0, 0
    dut.i__payload.value = 0
    Clock(dut.clk, 10, unit="ns").start()
    for _ in range(3):
        await RisingEdge(dut.clk)
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    bench = PacketBench(dut, packets, job, folder)
    await bench.run()
    np.save(folder / "answers.npy", np.array(bench.received, np.uint64), allow_pickle=False)
