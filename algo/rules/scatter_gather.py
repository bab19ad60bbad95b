"""Scatter-and-gather: the quantized ANN that is a network of stateless spiking units."""

from typing import Any, ClassVar, Literal

import torch
from pydantic import Field

from mapper.connections import Connection, Conv
from mapper.errors import InputError
from mapper.network import Population
from mapper.topology import Topology

from ..encoders import PIXEL_MAXIMUM, transduction_encoding
from ..layers import Layer, ReadoutLayer, StatelessLayer, build_map
from .base import RuleOptions, Weights, check_exact
from .layered import LayeredRule, hidden_names

__all__ = ["ScatterGather", "ScatterGatherOptions"]

TRANSDUCTION = "transduction"


class ScatterGatherOptions(RuleOptions):
    """Keys of [rule] with name "scatter_gather".

    k, bound:     a neuron's value is clip(round(r 2^k) / 2^k, 0, bound) (Zou et al. 2021,
                  equation 6), so it becomes a group of bound 2^k spiking neurons. The paper's
                  single, two and four spike models are (0, 1), (0, 2) and (1, 2)
    transduction: format of the weights of a first layer computed off chip, with encoding "pixels"
    """

    grouped: ClassVar[bool] = True

    name: Literal["scatter_gather"]
    k: int = Field(0, ge=0, le=3)
    bound: int = Field(1, ge=1, le=8)
    weights: Weights = "ternary"
    readout_weights: Weights = "ternary"
    transduction: Weights | None = None
    dropout: float = Field(0.0, ge=0, lt=1)
    input_dropout: float = Field(0.0, ge=0, lt=1)

    def check(self, topology: Topology, encoding: str) -> None:
        if (self.transduction is None) == (encoding == "pixels"):
            raise InputError(
                'encoding "pixels" and rule.transduction, the first layer off chip, go together'
            )
        self.check_layers(topology)
        if self.transduction is not None:
            _check_off_chip(topology, self.transduction)


def _check_off_chip(topology: Topology, format: str) -> None:
    first = topology.layers[0]
    if first.kind == "dense":
        raise InputError("rule.transduction: the first layer must be a convolution")
    check_exact(first, format, PIXEL_MAXIMUM, "rule.transduction")


class ScatterGather(LayeredRule):
    """Zou et al. 2021, section 2: a quantized ANN, and groups of stateless neurons that equal it.

    Nothing is kept from tick to tick but the readout's sum, so one tick per sample says it all.

    With `transduction` the first layer is no part of the exported network but its encoding: as in
    the paper (section 4.1), multi-bit pixels become spikes outside the chip. Here that is as
    integer as the rest.
    """

    name = "scatter_gather"
    Options = ScatterGatherOptions

    def __init__(self, topology: Topology, options: ScatterGatherOptions) -> None:
        *layers, last = topology.layers
        o = options
        formats = [o.weights] * len(layers)
        names = hidden_names(len(layers))
        if o.transduction is not None:
            formats = [o.transduction, *formats[1:]]
            names = [TRANSDUCTION, *names[:-1]]
        maps = [build_map(layer, format) for layer, format in zip(layers, formats, strict=True)]
        hidden: dict[str, Layer] = {
            name: StatelessLayer(linear, o.k, o.bound)
            for name, linear in zip(names, maps, strict=True)
        }
        readout = ReadoutLayer(build_map(last, o.readout_weights))
        super().__init__(hidden, readout, o.dropout, o.input_dropout)

    def export(self) -> tuple[tuple[Population, ...], tuple[Connection, ...]]:
        if TRANSDUCTION not in self.hidden:
            return super().export()
        (_, off_chip), *layers = self._layers()
        return self._export(layers, off_chip.group)

    def encoding(self, given: dict[str, Any]) -> dict[str, Any]:
        if TRANSDUCTION not in self.hidden:
            return super().encoding(given)
        layer = self.hidden[TRANSDUCTION]
        assert isinstance(layer, StatelessLayer)
        conv = layer.linear.connection("pixels", TRANSDUCTION, source_group=1, group=1)
        assert isinstance(conv, Conv)
        return transduction_encoding(conv, layer.thresholds().to(torch.int64).tolist())
