"""Energy of a sample on the grid, from counted operations. An estimate: see ASSUMPTIONS."""

from dataclasses import dataclass

from .layout import ADDRESS_BITS, WEIGHTS_PER_WORD
from .params import PeParams

__all__ = ["ASSUMPTIONS", "PJ_PER_ADDED_BIT", "PJ_PER_MEMORY_BIT", "Operations", "energy_pj"]

PJ_PER_MEMORY_BIT = 10 / 64
"""A bit read or written: 10 pJ per 64-bit access of an 8 KB memory (Horowitz 2014)."""
PJ_PER_ADDED_BIT = 0.1 / 32
"""A bit of an addition: 0.1 pJ per 32-bit integer addition (Horowitz 2014)."""

ASSUMPTIONS = (
    "constants: M. Horowitz, Computing's energy problem, ISSCC 2014: 45 nm, 0.9 V; not scaled",
    "every memory costs per bit what the 8 KB one does; the smaller ones cost less",
    "counted: weight updates, updates of neurons at the end of a tick, clearing, the spike queue",
    "a weight is read as its memory's word of four weights",
    "every neuron is updated in every tick (the PE skips groups of eight that cannot change)",
    "not counted: routers and links, control, registers, the clock tree, leakage, the host",
)


@dataclass(frozen=True)
class Operations:
    """Of a sample, all PEs together.

    synaptic_ops: weights added to an accumulator; events: spikes looked up
    updates: neurons in use times ticks; neurons: in use, cleared once
    """

    synaptic_ops: float
    events: float
    updates: float
    neurons: float


def energy_pj(pe: PeParams, done: Operations) -> dict[str, float]:
    """What it was spent on -> picojoules."""
    accumulator, state = pe.accumulator_bits, pe.state_bits
    spike = ADDRESS_BITS + pe.place_bits
    memory = {
        "weight reads": done.synaptic_ops * WEIGHTS_PER_WORD * pe.weight_bits,
        "accumulator reads and writes": done.synaptic_ops * 2 * accumulator,
        "updates of neurons": done.updates * (2 * accumulator + 2 * state + pe.parameter_bits),
        "clearing": done.neurons * (accumulator + state),
        "spike queue": done.events * 2 * spike,
    }
    added = done.synaptic_ops * accumulator + done.updates * pe.potential_bits
    return {name: bits * PJ_PER_MEMORY_BIT for name, bits in memory.items()} | {
        "additions": added * PJ_PER_ADDED_BIT
    }
