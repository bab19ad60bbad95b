"""Chips joined edge to edge are one larger chip, cycle for cycle."""

import numpy as np

import cosim.engines.amaranth_sim as engine_module
from cosim.engines.amaranth_sim import AmaranthEngine
from cosim.engines.base import Stalls
from mapper.crossbar.layout import (
    CONTROL,
    POINTER,
    ROUTE,
    ColumnField,
    Region,
    Register,
    column_address,
    config_address,
)
from mapper.crossbar.params import ChipParams, CoreParams
from mapper.packets import BURST, PACKET, Kind, Space, rectangle, spike_packet

from .linked_chips import LinkedChips

CORE = CoreParams(
    axons=8, neurons=8, lanes=8, update_lanes=4, max_extension=1, potential_bits=16, routes=8
)
EVERYWHERE = rectangle(0, 0, 1, 1)
TICKS = 3
POTENTIAL = column_address(0, ColumnField.POTENTIAL)


def write(address: int, value: int, space: Space = Space.CONFIG, where=EVERYWHERE) -> int:
    data = int(value) & 0xFFFF_FFFF
    return int(PACKET.pack(kind=Kind.WRITE, space=space, address=address, data=data, **where))


def program() -> list[int]:
    """Four cores alike, by multicast: neuron 0 fires on two spikes, to everybody and the host.

    Only the axon that a core drives is its own, and its threshold.
    """
    packets = [
        *(write(row, 1, Space.SYNAPSE) for row in range(5)),
        write(column_address(0, ColumnField.CONTROL), CONTROL.pack(last=1, reset=1)),
        write(column_address(0, ColumnField.ROUTES), POINTER.pack(start=0, count=2)),
        write(config_address(Region.REGISTER, Register.COLUMNS), 1),
        write(config_address(Region.REGISTER, Register.TICKS), TICKS),
    ]
    for core in range(4):
        where = rectangle(core % 2, core // 2)
        route = {"row": core, "x0": 0, "y0": 0, "x1": 1, "y1": 1}
        first = config_address(Region.ROUTE, 0)
        packets += [
            write(first, ROUTE.pack(**route), where=where),
            write(first + 1, ROUTE.pack(row=core, host=1), where=where),
            write(column_address(0, ColumnField.THRESHOLD), 1 + core, where=where),
        ]
    return packets


def run_packets() -> tuple[np.ndarray, int]:
    """All packets of a run, and the number of its answers."""
    packets, answers = program(), 0
    burst = BURST.pack(count=2, stride=4)
    for tick in range(TICKS):
        packets += [int(spike_packet(4, 0, **EVERYWHERE))]
        packets += [int(PACKET.pack(kind=Kind.TICK, data=int(tick == 0), **EVERYWHERE))]
        # One READ of all cores at once: every core answers.
        packets += [int(PACKET.pack(kind=Kind.READ, space=Space.CONFIG, address=POTENTIAL,
                                    data=burst, **EVERYWHERE))]  # fmt: skip
        answers += 1 + 4 * 3
    packets += [int(spike_packet(0, 0, **rectangle(1, 1, 2, 5)))]  # leaves the chip in the end
    packets += [int(PACKET.pack(kind=Kind.TICK, **EVERYWHERE))]
    return np.array(packets, np.uint64), answers + 1


def test_tiles_answer_like_one_chip(monkeypatch):
    stalls = Stalls(source=0.1, sink=0.3, seed=7)
    packets, answers = run_packets()
    engine = AmaranthEngine(ChipParams(core=CORE, width=2, height=2))
    expected = engine.exchange(packets, answers, stalls)
    fields = PACKET.unpack(expected)
    done = fields["kind"] == Kind.DONE
    assert done.sum() == TICKS + 1 and (fields["kind"] == Kind.OUTPUT).sum() >= 8
    assert fields["address"][done].tolist() == [0] * TICKS + [1]
    for width, height in ((1, 1), (1, 2)):
        tile = ChipParams(core=CORE, width=width, height=height)
        monkeypatch.setattr(
            engine_module, "build_chip",
            lambda _, tile=tile: LinkedChips(tile, 2 // tile.width, 2 // tile.height),
        )  # fmt: skip
        np.testing.assert_array_equal(engine.exchange(packets, answers, stalls), expected)
