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
from cocotb.triggers import Edge, FallingEdge, First, ReadOnly, RisingEdge

from mapper.packets import PACKET, Kind

_GRACE = 64
_KIND_SHIFT = PACKET.offset("kind")


class PacketBench:
    """One cycle at a time where something can happen, and not at all where nothing can.

    Inputs change at the falling edge; a handshake is what valid and ready say just before the
    next rising edge. When both sides wait, the bench sleeps until the chip's ready or valid
    changes, so long computations cost no Python.
    """

    def __init__(self, dut, packets: list[int], job: dict, folder: Path) -> None:
        self.dut, self.packets, self.folder = dut, packets, folder
        self.left, self.total = job["answers"], job["answers"]
        self.stall_in, self.stall_out = job["source"], job["sink"]
        self.random = random.Random(job["seed"])
        self.patience = job["patience"]
        self.received: list[int] = []
        self.sent = 0

    async def run(self) -> None:
        """Exchange everything; returns when the answers are in and the chip stays silent."""
        dut, silent, offered = self.dut, 0, False
        while self.left or silent < _GRACE or self.sent < len(self.packets):
            await FallingEdge(dut.clk)
            offered = offered or self._wants_to_send()
            takes = self.stall_out == 0 or self.random.random() >= self.stall_out
            self._drive(offered, takes)
            await ReadOnly()
            sends = offered and bool(dut.i__ready.value)
            gets = takes and bool(dut.o__valid.value)
            silent = 0 if sends or gets else silent + 1
            if gets:
                self._receive(int(dut.o__payload.value))
            if sends:
                self.sent += 1
                offered = False
            if silent > self.patience:
                raise AssertionError(f"the chip fell silent with {self.left} answers missing")
            if not sends and not gets and self.left and self._may_sleep(offered):
                await First(Edge(dut.i__ready), Edge(dut.o__valid))

    def _may_sleep(self, offered: bool) -> bool:
        return (offered or self.sent == len(self.packets)) and self.stall_out == 0

    def _wants_to_send(self) -> bool:
        if self.sent == len(self.packets):
            return False
        return self.stall_in == 0 or self.random.random() >= self.stall_in

    def _drive(self, offered: bool, takes: bool) -> None:
        dut = self.dut
        dut.i__valid.value = offered
        if offered:
            dut.i__payload.value = self.packets[self.sent]
        dut.o__ready.value = takes

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
