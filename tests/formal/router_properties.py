"""What a router promises, told by one packet whose way is followed, and a later one behind it."""

from functools import reduce
from operator import or_

from amaranth.hdl import Assume, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In

from mapper.packets import Kind
from rtl.layouts import PACKET_LAYOUT, packet_stream
from rtl.mesh.router import MeshRouter
from rtl.mesh.routing import Port, branches

from .prover import Property

__all__ = ["RouterPacket", "RouterStreams", "RoutingRule"]

_N = len(Port)
_VERTICAL = (Port.NORTH, Port.SOUTH)


def _step(column: int, row: int, x: Value, y: Value) -> dict[Port, Value]:
    """The one output on the way from (x, y) to the core (column, row): X first, then Y."""
    here = x == column
    return {
        Port.EAST: x < column, Port.WEST: x > column, Port.SOUTH: here & (y < row),
        Port.NORTH: here & (y > row), Port.LOCAL: here & (y == row),
    }  # fmt: skip


def _allowed(port: Port, out: Port) -> bool:
    """Never back, and never from Y to X."""
    return port != out and not (port in _VERTICAL and out in (Port.EAST, Port.WEST))


def _specified(port: Port, packet: data.View, x: Value, y: Value) -> Value:
    """One bit per output, core by core: the outputs on the way to any core of the rectangle."""
    outs: list[list[Value]] = [[] for _ in Port]
    for column in range(8):
        for row in range(8):
            inside = (
                (packet.x0 <= column) & (packet.x1 >= column)
                & (packet.y0 <= row) & (packet.y1 >= row)
            )  # fmt: skip
            for out, step in _step(column, row, x, y).items():
                if _allowed(port, out) or (port, out) == (Port.LOCAL, Port.LOCAL):
                    outs[out].append(inside & step)
    cores = Cat(reduce(or_, bits) if bits else Const(0, 1) for bits in outs)
    north = (x == 0) & (y != 0)
    from_core = port in (Port.LOCAL, Port.EAST, Port.SOUTH)
    host = Mux(north, 1 << Port.NORTH, 1 << Port.WEST) if from_core else 0
    is_host = (
        (packet.kind == Kind.REPLY) | (packet.kind == Kind.OUTPUT) | (packet.kind == Kind.DONE)
    )
    return Mux(is_host, host, cores)


class RoutingRule(Property):
    """The rule in the routers is the specified one: every port, position and packet."""

    def __init__(self) -> None:
        super().__init__({"packet": In(PACKET_LAYOUT), "x": In(3), "y": In(3)})

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        for port in Port:
            found = branches(port, self.packet, self.x, self.y)
            outs = Cat(found.get(out, Const(0, 1)) for out in Port)
            self.claim(m, outs == _specified(port, self.packet, self.x, self.y))
        return m


class _RouterProperty(Property):
    """A router whose position is constant; packets and stalls are free."""

    def __init__(self, router: MeshRouter, **members: In) -> None:
        self.router = router
        super().__init__({
            "i": In(packet_stream()).array(_N), "ready": In(_N), "any_x": In(3), "any_y": In(3),
            **members,
        })  # fmt: skip

    def start(self) -> Module:
        m = super().start()
        m.submodules.router = router = self.router
        for port in Port:
            wiring.connect(m, wiring.flipped(self.i[port]), router.i[port])
            m.d.comb += router.o[port].ready.eq(self.ready[port])
        m.d.comb += [router.x.eq(self.any_x), router.y.eq(self.any_y)]
        for part in router.inputs.values():
            self.claim(m, part.head_valid | ~part.spare_valid)
            self.claim(m, part.head_valid | (part.served == 0))
        for arbiter in router.arbiters.values():
            last, requests = arbiter.previous, Cat(i.valid for i in arbiter.i)
            one = (last != 0) & ((last & (last - 1)) == 0)
            self.claim(m, ~arbiter.held | (one & ((last & ~requests) == 0)))
        return m


class RouterStreams(_RouterProperty):
    """Every offer stays until it is taken; `held`, `busy` and `lost` say what they promise."""

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        for out, arbiter in self.router.arbiters.items():
            for stream in (self.router.o[out], *arbiter.i):
                payload = Value.cast(stream.payload)
                waits = self.before(m, stream.valid & ~stream.ready)
                same = payload == self.before(m, payload)
                self.claim(m, ~waits | (stream.valid & same))
        self._flags(m)
        return m

    def _flags(self, m: Module) -> None:
        """`held` covers every packet; `busy` every cycle in which a register may change."""
        router, parts = self.router, list(self.router.inputs.values())
        self.claim(m, router.held == Cat(p.head_valid | p.spare_valid for p in parts).any())
        self.claim(m, router.lost == Cat(part.lost for part in parts).any())
        self.claim(m, router.held | (Cat(o.valid for o in router.o) == 0))
        self.claim(m, router.settles == self.before(m, router.held))
        turns = Cat(arbiter.ahead for arbiter in router.arbiters.values())
        self.claim(m, (turns == 0) | router.held | router.settles)
        state = Cat(
            *(s for part in parts for s in (part.head_valid, part.spare_valid, part.served)),
            *(s for a in router.arbiters.values() for s in (a.ahead, a.held)),
        )
        self.claim(m, self.before(m, router.busy) | (state == self.before(m, state)))


class RouterPacket(_RouterProperty):
    """A packet `any_first` comes in at `port` at any time, later perhaps `any_second`; neither is
    seen a second time at any input.
    """

    def __init__(self, router: MeshRouter, port: Port) -> None:
        self.port = port
        super().__init__(router, any_first=In(PACKET_LAYOUT), any_second=In(PACKET_LAYOUT))

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        first, second = Value.cast(self.any_first), Value.cast(self.any_second)
        m.d.comb += Assume(first != second)
        came_first, served_first = self._follow(m, first, self.any_first, "first")
        came_second, served_second = self._follow(m, second, self.any_second, "second")
        # The second comes after the first, and leaves after it wherever both do.
        m.d.comb += Assume(~self._arrives(second) | came_first)
        self.claim(m, ~came_second | came_first)
        both = self._targets(self.any_first) & self._targets(self.any_second)
        self.claim(m, (served_second & both & ~served_first) == 0)
        mine = self.router.inputs[self.port]
        self.claim(m, ~self._is(mine.spare, mine.spare_valid, first)
                   | ~self._is(mine.head, mine.head_valid, second))  # fmt: skip
        return m

    def _targets(self, packet: data.View) -> Value:
        """The hardware's own rule, which `RoutingRule` proves to be the specified one."""
        found = branches(self.port, packet, self.any_x, self.any_y)
        return Cat(found.get(out, Const(0, 1)) for out in Port)

    def _arrives(self, word: Value) -> Value:
        i = self.i[self.port]
        return i.valid & i.ready & (Value.cast(i.payload) == word)

    def _follow(
        self, m: Module, word: Value, packet: data.View, name: str
    ) -> tuple[Signal, Signal]:
        """Exactly once at each output of its way, nowhere else, never before it came."""
        came, served = Signal(name=f"{name}_came"), Signal(_N, name=f"{name}_served")
        targets = Signal(_N, name=f"{name}_targets")
        m.d.comb += targets.eq(self._targets(packet))
        leaves = Cat(o.valid & o.ready & (Value.cast(o.payload) == word) for o in self.router.o)
        m.d.sync += [came.eq(came | self._arrives(word)), served.eq(served | leaves)]
        for port in Port:
            i = self.i[port]
            seen = i.valid & (Value.cast(i.payload) == word)
            m.d.comb += Assume(~seen | (~came if port == self.port else 0))
        self.claim(m, (leaves & ~targets) == 0)  # not misrouted
        self.claim(m, (leaves & served) == 0)  # not duplicated
        self.claim(m, came | (leaves == 0))  # not invented
        self._whereabouts(m, word, came, served, targets)
        return came, served

    def _whereabouts(
        self, m: Module, word: Value, came: Signal, served: Signal, targets: Signal
    ) -> None:
        """Not lost: it waits at its input until it has left at every output of its way."""
        inputs = self.router.inputs
        for port, part in inputs.items():
            if port != self.port:
                self.claim(m, ~self._is(part.head, part.head_valid, word))
                self.claim(m, ~self._is(part.spare, part.spare_valid, word))
        mine = inputs[self.port]
        in_head = self._is(mine.head, mine.head_valid, word)
        in_spare = self._is(mine.spare, mine.spare_valid, word)
        self.claim(m, (served & ~targets) == 0)
        self.claim(m, ~(in_head & in_spare))
        self.claim(m, came | (~in_head & ~in_spare & (served == 0)))
        self.claim(m, ~in_spare | (served == 0))
        self.claim(m, ~in_head | (mine.served == served))
        self.claim(m, ~came | in_head | in_spare | (served == targets))
        self.claim(m, ~in_head | (served != targets) | (targets == 0))
        # No destination: it goes at once, and says so.
        self.claim(m, ~in_head | (mine.lost == (targets == 0)))

    @staticmethod
    def _is(packet: Signal, valid: Signal, word: Value) -> Value:
        return valid & (Value.cast(packet) == word)
