"""The packet ports of a chip that PyVerilator simulates, one clock cycle at a time."""

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

from mapper.packets import PACKET, Kind

from .base import NO_STALLS, EngineError, Stalls

__all__ = ["PacketPort"]

_GRACE = 64
_PATIENCE = 1_000_000  # cycles without any packet before the chip counts as hung
_KIND_SHIFT = PACKET.offset("kind")


class PacketPort:
    """Drives the ports of `sim`, a PyVerilator object, with the handshake that cocotb drives.

    Inputs change while the clock is low. The chip's ready and valid depend on registers alone, so
    what they say then is what they say at the next rising edge.

    cycle: rising edges so far; patience: cycles without any packet before the chip counts as hung
    """

    def __init__(self, sim: Any) -> None:
        self.sim, self.cycle, self.patience = sim, 0, _PATIENCE
        self._clk, self._rst = self.signal("clk"), self.signal("rst")
        self._valid, self._ready = self.signal("i__valid"), self.signal("o__ready")

    def signal(self, name: str) -> Any:
        """PyVerilator's object of a port, by the name in Verilog."""
        return self.sim.all_signals[(name,)]

    def reset(self) -> None:
        """Three cycles of reset; nothing is offered or taken."""
        self.idle()
        self._rst.write(1)
        self.step(3)
        self._rst.write(0)

    def idle(self) -> None:
        """Offer no packet, take none."""
        self._valid.write(0)
        self._ready.write(0)

    def step(self, cycles: int = 1) -> None:
        """Clock cycles with whatever the inputs are."""
        write = self._clk.write
        for _ in range(cycles):
            write(1)
            write(0)
        self.cycle += cycles

    def exchange(
        self,
        packets: Sequence[int],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
        stopped: threading.Event | None = None,
    ) -> list[int]:
        """Send `packets`, return all that the chip sends; see `Engine.exchange`.

        Ends after a grace period without any packet; the ports then rest.
        """
        sender, taker = _Sender(self, packets, stalls), _Taker(self, answers, stalls)
        silent = 0
        while sender.left or taker.left or silent < _GRACE:
            moved = sender.cycle() | taker.cycle()
            silent = 0 if moved else silent + 1
            if silent > self.patience:
                raise EngineError(f"the chip fell silent with {taker.left} answers missing")
            if stopped and stopped.is_set():
                raise EngineError("the run was stopped")
            if moved:
                progress(answers - taker.left)
            self.step()
        self.idle()
        return taker.received


class _Sender:
    """Offers packets, one after the other. left: how many the chip has not taken."""

    def __init__(self, port: PacketPort, packets: Sequence[int], stalls: Stalls) -> None:
        self._payload, self._valid = port.signal("i__payload"), port.signal("i__valid")
        self._ready = port.signal("i__ready")
        self._packets, self.left = iter(packets), len(packets)
        self._stall, self._random = stalls.source, random.Random(stalls.seed)
        self._offered = self._high = False

    def cycle(self) -> bool:
        """Whether the chip takes a packet at the coming edge."""
        if not self._offered and self.left and self._random.random() >= self._stall:
            self._payload.write(next(self._packets))
            self._offered = True
        if self._high != self._offered:  # writing costs time
            self._valid.write(self._offered)
            self._high = self._offered
        if not self._offered or not self._ready.value:
            return False
        self._offered = False
        self.left -= 1
        return True


class _Taker:
    """Takes packets. left: answers (DONE, REPLY) that are missing; received: all packets."""

    def __init__(self, port: PacketPort, answers: int, stalls: Stalls) -> None:
        self._payload, self._valid = port.signal("o__payload"), port.signal("o__valid")
        self._ready, self.left = port.signal("o__ready"), answers
        self._stall, self._random = stalls.sink, random.Random(stalls.seed + 1)
        self.received: list[int] = []
        self._ready.write(1)

    def cycle(self) -> bool:
        """Whether a packet comes at the coming edge."""
        if self._stall:
            takes = self._random.random() >= self._stall
            self._ready.write(takes)
            if not takes:
                return False
        if not self._valid.value:
            return False
        self.received.append(self._payload.value)
        if self.left and self.received[-1] >> _KIND_SHIFT & 7 != Kind.OUTPUT:
            self.left -= 1
        return True
