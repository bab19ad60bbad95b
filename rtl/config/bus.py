"""The bus on which a core's memories are written and read back."""

from amaranth.hdl import Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import CONFIG_ADDRESS, Space

from ..layouts import struct

__all__ = ["BUS_OUT", "READ_LATENCY", "ConfigBus", "config_hit"]

READ_LATENCY = 2
"""`r_data` answers the address of this many cycles ago; every target keeps it exactly."""


BUS_OUT = ("space", "address", "bank", "w_data", "w_en")
"""Members that the initiator drives."""


class ConfigBus(wiring.Signature):
    """Members, from the initiator's side: space, address, bank, w_data, w_en; hit, r_data.

    A target drives `hit` from the address alone, and `r_data` with 0 unless it was hit, so that
    the targets' answers are combined by OR. The address may change every cycle. No tick runs
    during accesses, but for writes to the bank that it does not use; so targets need no
    arbitration with the tick if their write ports do not depend on it.
    """

    def __init__(self) -> None:
        super().__init__({
            "space": Out(1), "address": Out(16), "bank": Out(1), "w_data": Out(32), "w_en": Out(1),
            "hit": In(1), "r_data": In(32),
        })  # fmt: skip


def config_hit(bus: wiring.PureInterface, region: int, limit: int) -> tuple[Value, Value]:
    """(whether the address is one of the `limit` words of `region`, the word's index)."""
    address = data.View(struct(CONFIG_ADDRESS), bus.address)
    hit = (bus.space == Space.CONFIG) & (address.region == region) & (address.index < limit)
    return hit, address.index
