"""Values and converters of a first layer: what they read, and what they lose when a user allows
that.
"""

import numpy as np
import numpy.typing as npt

from ..crossbar.proof import bounds_problem, width_problem
from ..errors import InputError
from ..network import Network
from ..pim.layout import ADC
from ..pim.params import MacroParams
from .first_layer import FirstLayer
from .params import HybridCores

__all__ = [
    "converter_problem", "converter_word", "first_width_problem", "is_lossy", "lossy_sums",
    "value_problem",
]  # fmt: skip


def value_problem(network: Network, macro: MacroParams) -> str | None:
    """Why macros cannot take the network's input values, or None."""
    largest = network.input_maximum
    if not largest >> macro.activation_bits:
        return None
    return (
        f"a PIM macro takes input values of {macro.activation_bits} bits, the network's go up to "
        f"{largest}; it takes {largest.bit_length()} bits (macro.activation_bits)"
    )


def is_lossy(cores: HybridCores) -> bool:
    """Whether some sum of rows is read as another one."""
    inexact = cores.adc_shift or cores.adc_offset
    return bool(inexact or cores.macro.largest_code < cores.macro.rows_active)


def converter_problem(cores: HybridCores) -> str | None:
    """Why these converters compute another network than the one that is mapped; None when they do
    not, or when that is allowed (`lossy`).
    """
    macro = cores.macro
    if cores.lossy or not is_lossy(cores):
        return None
    if macro.largest_code >= macro.rows_active:
        return (
            f"converters with adc_shift {cores.adc_shift} and adc_offset {cores.adc_offset} round "
            "sums; leave both 0, or allow it (lossy=1)"
        )
    return (
        f"converters of {macro.adc_bits} bits cannot tell sums of 0 to {macro.rows_active} rows "
        f"apart; it takes {macro.rows_active.bit_length()} bits (macro.adc_bits), fewer rows at a "
        "time (macro.rows_active), or allow the loss (lossy=1)"
    )


def converter_word(cores: HybridCores) -> int:
    """The ADC word of all macros; InputError when every sum is read as 0."""
    if cores.macro.rows_active + cores.adc_offset < 1 << cores.adc_shift:
        raise InputError(
            f"adc_shift {cores.adc_shift}: a step is {1 << cores.adc_shift} rows wide, and "
            f"{cores.macro.rows_active} rows and offset {cores.adc_offset} never reach one: every "
            "output would be 0"
        )
    return int(ADC.pack(shift=cores.adc_shift, offset=cores.adc_offset))


def first_width_problem(network: Network, layer: FirstLayer, cores: HybridCores) -> str | None:
    """`width_problem` of the first layer, also of what lossy converters make of its sums."""
    population, bits = layer.population, cores.macro.potential_bits
    if not is_lossy(cores):
        return width_problem(network, population, bits)
    low, high = (side[layer.neurons_channel] for side in lossy_sums(network, layer, cores))
    bounds = population.neuron.bounds(population, low, high, network.ticks)
    return bounds_problem(population, *bounds, bits)


def lossy_sums(
    network: Network, layer: FirstLayer, cores: HybridCores
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Least and largest sum (channels,) of a tick that lossy converters can make.

    A converter reads at least 0 and at most what is there, and the offset; so all columns but the
    highest may read everything while that one reads nothing, and the other way round.
    """
    macro = cores.macro
    top = 1 << (macro.weight_bits - 1)
    extra = cores.adc_offset * _groups(layer, macro)
    positive = (layer.weight & (top - 1)).sum(axis=1) + extra * (top - 1)
    negative = (layer.weight < 0).sum(axis=1) * top + extra * top
    return -negative * network.input_maximum, positive * network.input_maximum


def _groups(layer: FirstLayer, macro: MacroParams) -> int:
    return -(-layer.weight.shape[1] // macro.rows_active)
