"""Traffic for routers and meshes: random stalls on every port, every packet accounted for."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from amaranth.lib import wiring
from amaranth.sim import Simulator, SimulatorContext

from mapper.crossbar.params import PRESETS, ChipParams
from mapper.packets import PACKET, Kind
from rtl.mesh.mesh import Mesh, edge_lengths
from rtl.mesh.routing import Port

__all__ = ["HOST", "Traffic", "destinations", "exchange", "fields", "mesh_of", "mesh_streams"]

HOST = -1
"""Stands for the host among the numbers of cores."""
_PATIENCE = 2_000  # cycles without any progress
_GRACE = 12


def mesh_of(width: int, height: int) -> Mesh:
    """A mesh by itself; the cores' parameters do not matter."""
    return Mesh(ChipParams(core=PRESETS["tiny"], width=width, height=height))


def fields(word: int) -> dict[str, int]:
    """The fields of a packet."""
    return {n: int(v) for n, v in PACKET.unpack(np.uint64(word)).items()}


def destinations(word: int, source: int, width: int, height: int) -> set[int]:
    """The set model: the cores of the rectangle, or the host for what a core sends it."""
    p = fields(word)
    if p["kind"] in (Kind.REPLY, Kind.OUTPUT, Kind.DONE):
        return set() if source == HOST else {HOST}
    return {
        y * width + x
        for x in range(p["x0"], min(p["x1"] + 1, width))
        for y in range(p["y0"], min(p["y1"] + 1, height))
    }


def mesh_streams(mesh: Mesh) -> tuple[dict[int, Any], dict[int, Any], list[Any]]:
    """Streams into the mesh, out of it, and out of its closed edges."""
    cores = range(mesh.params.cores)
    edges = [
        getattr(mesh, f"{side.name.lower()}_o")[k]
        for side, length in edge_lengths(mesh.params).items()
        for k in range(length)
        if (side, k) != (Port.WEST, 0)
    ]
    ins = {HOST: mesh.west_i[0]} | {i: mesh.local_i[i] for i in cores}
    outs = {HOST: mesh.west_o[0]} | {i: mesh.local_o[i] for i in cores}
    return ins, outs, edges


@dataclass
class Traffic:
    """What happened: words taken at each input and received at each output, with their cycles."""

    sent: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    received: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    lost: int = 0
    escaped: list[int] = field(default_factory=list)


def exchange(
    component: wiring.Component,
    ins: dict[int, Any],
    outs: dict[int, Any],
    edges: Sequence[Any],
    offers: dict[int, list[int]],
    stall_in: float = 0.0,
    stall_out: float | Callable[[int, int], bool] = 0.0,
    seed: int = 0,
    watch: Callable[[bool, Traffic], None] = lambda idle, traffic: None,
) -> Traffic:
    """Send `offers`, take everything, until nothing has moved for a while.

    stall_in, stall_out: probability per port and cycle; or whether output `key` stalls in `cycle`.
    watch: is given `idle` of every cycle and what had happened before it.
    Fails when words are left and nothing moves, and when an output breaks the stream rules.
    """
    traffic = Traffic({k: [] for k in ins}, {k: [] for k in outs})
    dice = random.Random(seed)
    stalled = stall_out if callable(stall_out) else lambda key, cycle: dice.random() < stall_out
    lists = [(k, ins[k], list(reversed(offers.get(k, ())))) for k in ins]

    async def bench(ctx: SimulatorContext) -> None:
        for edge in edges:
            ctx.set(edge.ready, 1)
        offered = {k: False for k in ins}
        waiting: dict[int, int | None] = {k: None for k in outs}
        cycle = silent = 0
        while silent < _GRACE or any(words for _, _, words in lists):
            for key, stream, words in lists:
                if not offered[key] and words and dice.random() >= stall_in:
                    offered[key] = True
                    ctx.set(stream.payload.as_value(), words[-1])
                ctx.set(stream.valid, offered[key])
            takes = {key: not stalled(key, cycle) for key in outs}
            for key, stream in outs.items():
                ctx.set(stream.ready, takes[key])
            watch(bool(ctx.get(component.idle)), traffic)
            traffic.lost += ctx.get(component.lost)
            moved = False
            for edge in edges:
                if ctx.get(edge.valid):
                    traffic.escaped.append(ctx.get(edge.payload.as_value()))
                    moved = True
            for key, stream, words in lists:
                if offered[key] and ctx.get(stream.ready):
                    offered[key], moved = False, True
                    traffic.sent[key].append((cycle, words.pop()))
            for key, stream in outs.items():
                word = ctx.get(stream.payload.as_value()) if ctx.get(stream.valid) else None
                assert waiting[key] in (None, word), "valid or payload did not hold"
                waiting[key] = word
                if word is not None and takes[key]:
                    traffic.received[key].append((cycle, word))
                    waiting[key], moved = None, True
            silent = 0 if moved else silent + 1
            assert silent < _PATIENCE, "nothing moves any more"
            cycle += 1
            await ctx.tick()
        assert ctx.get(component.idle), "nothing moves, but not idle"

    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return traffic
