"""One router, proved by induction: nothing lost, duplicated, misrouted, overtaken or changed."""

import pytest

from rtl.mesh.router import MeshRouter
from rtl.mesh.routing import Port

from .prover import check
from .router_properties import RouterPacket, RouterStreams, RoutingRule


def test_routing_rule(tmp_path):
    check(RoutingRule(), tmp_path)


def test_streams_and_flags(tmp_path):
    check(RouterStreams(MeshRouter()), tmp_path)


@pytest.mark.parametrize("port", Port, ids=lambda p: p.name.lower())
def test_a_packet_leaves_exactly_once_wherever_it_must(tmp_path, port):
    check(RouterPacket(MeshRouter(), port), tmp_path)
