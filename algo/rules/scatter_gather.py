"""Scatter-and-gather with one spike per neuron: stateless units, ternary everywhere."""

from typing import Literal

from pydantic import Field

from ..layers import Layer, ReadoutLayer, StatelessLayer
from .base import RuleOptions
from .layered import LayeredRule, layer_sizes

__all__ = ["ScatterGather", "ScatterGatherOptions"]


class ScatterGatherOptions(RuleOptions):
    """Keys of [rule] with name "scatter_gather"."""

    name: Literal["scatter_gather"]
    dropout: float = Field(0.0, ge=0, lt=1)
    input_dropout: float = Field(0.0, ge=0, lt=1)


class ScatterGather(LayeredRule):
    """Zou et al. 2021, k = 0 and B = 1: each neuron of the quantized ANN is one spiking neuron.

    Ternary weights in every layer, the readout included. Nothing is kept from tick to tick but
    the readout's sum, so one tick per sample says it all.
    """

    name = "scatter_gather"
    Options = ScatterGatherOptions

    def __init__(self, topology: tuple[int, ...], options: ScatterGatherOptions) -> None:
        *sizes, last = layer_sizes(topology)
        hidden: list[Layer] = [StatelessLayer(n_in, n, "ternary") for n_in, n in sizes]
        readout = ReadoutLayer(*last, "ternary")
        super().__init__(hidden, readout, options.dropout, options.input_dropout)
