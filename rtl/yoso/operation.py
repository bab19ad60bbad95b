"""What passes through load, compute and store: one neuron's operation."""

from enum import IntEnum

from amaranth.hdl import signed
from amaranth.lib import data

from mapper.yoso.layout import ADDRESS_BITS
from mapper.yoso.params import PeParams

__all__ = ["Kind", "firing", "operand", "operation", "parameters", "pending", "result", "state"]


class Kind(IntEnum):
    """What happens to a neuron."""

    CLEAR = 0
    """a = v = 0, not fired: a sample begins"""
    ADD = 1
    """a += weight"""
    UPDATE = 2
    """the tick ends: v += a, fire"""


def state(pe: PeParams) -> data.StructLayout:
    """Word of the neuron memory."""
    return data.StructLayout({
        "v": signed(pe.potential_bits), "fired": 1, "tick": range(pe.ticks),
    })  # fmt: skip


def parameters(pe: PeParams) -> data.StructLayout:
    """Word of the spike address memory."""
    return data.StructLayout({"threshold": signed(pe.potential_bits), "spike": ADDRESS_BITS})


def operation(pe: PeParams) -> data.StructLayout:
    """What load is asked to do."""
    return data.StructLayout({
        "kind": 2, "neuron": range(pe.neurons), "weight": range(pe.weights),
    })  # fmt: skip


def pending(pe: PeParams) -> data.StructLayout:
    """An operation that has been loaded and is not stored yet."""
    return data.StructLayout({"kind": 2, "neuron": range(pe.neurons)})


def operand(pe: PeParams) -> data.StructLayout:
    """What load hands to compute."""
    return data.StructLayout({
        "kind": 2, "weight": signed(pe.weight_bits), "a": signed(pe.accumulator_bits),
        "state": state(pe), "parameters": parameters(pe),
    })  # fmt: skip


def result(pe: PeParams) -> data.StructLayout:
    """What compute hands to store. fires: the neuron does in this tick."""
    return data.StructLayout({
        "a": signed(pe.accumulator_bits), "state": state(pe), "fires": 1, "spike": ADDRESS_BITS,
    })  # fmt: skip


def firing(pe: PeParams) -> data.StructLayout:
    """A neuron that fires: the spike address that its spikes carry, and its number."""
    return data.StructLayout({"spike": ADDRESS_BITS, "neuron": range(pe.neurons)})
