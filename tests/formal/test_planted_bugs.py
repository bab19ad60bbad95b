"""Each claim has a bug that violates it: the prover must find a run that shows it."""

import pytest

from rtl import arbiter
from rtl.mesh import router, router_input, routing
from rtl.mesh.routing import Port

from . import router_properties
from .arbiter_properties import ArbiterProperties
from .planted import planted
from .prover import refute
from .router_properties import RouterPacket, RouterStreams, RoutingRule

INPUT_BUGS = {
    "duplicated": ("Mux(leaves, 0, self.served | self.taken)", "0"),
    "lost after the first branch": (
        "(self.wants & ~self.taken) == 0",
        "(self.wants == 0) | (self.wants & self.taken).any()",
    ),
    "overwritten": ("self.i.ready.eq(~self.spare_valid)", "self.i.ready.eq(1)"),
    "dropped in silence": ("self.lost.eq(self.head_valid & (targets == 0))", "self.lost.eq(0)"),
}
ARBITER_BUGS = {
    "a stalled packet is replaced": ("Mux(self.held, self.previous, pick)", "pick"),
    "the lowest input always first": ("later.eq(request & self.ahead)", "later.eq(0)"),
    "two at once": ("later & -later, request & -request", "later, request"),
}


@pytest.mark.parametrize("bug", INPUT_BUGS)
def test_input(monkeypatch, tmp_path, bug):
    wrong = planted(router_input, *INPUT_BUGS[bug])
    monkeypatch.setattr(router, "RouterInput", wrong.RouterInput)
    refute(RouterPacket(router.MeshRouter(), Port.WEST), tmp_path)


@pytest.mark.parametrize("bug", ARBITER_BUGS)
def test_arbiter(tmp_path, bug):
    wrong = planted(arbiter, *ARBITER_BUGS[bug])
    refute(ArbiterProperties(wrong.PacketArbiter(3)), tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("packet.x1 > x", "packet.x1 >= x"), ("kind <= Kind.DONE", "kind < Kind.DONE"),
     ("(x != 0) | (y == 0)", "x != 0"), ("Port.SOUTH: some & column", "Port.SOUTH: some")],
)  # fmt: skip
def test_routing_rule(monkeypatch, tmp_path, right, wrong):
    monkeypatch.setattr(router_properties, "branches", planted(routing, right, wrong).branches)
    refute(RoutingRule(), tmp_path)


def test_a_clock_that_stops_too_early(tmp_path):
    wrong = planted(router, "self.held | self.settles |", "self.held |")
    refute(RouterStreams(wrong.MeshRouter()), tmp_path)


def test_a_router_that_holds_nothing_by_its_own_account(tmp_path):
    wrong = planted(router, "Cat(part.held for part in self.inputs.values()).any()", "0")
    refute(RouterStreams(wrong.MeshRouter()), tmp_path)
