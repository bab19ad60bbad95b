"""Desire backpropagation with float weights behind the quantized ones."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from mapper.topology import Topology

from ...layers import TracedLayer, build_map, spike_traces
from ...layers.decay import parse_decay
from ..chain import OUTPUT, hidden_names
from .base import DesireRule, DesireRuleOptions, Lesson

__all__ = ["Desire", "DesireOptions"]


class DesireOptions(DesireRuleOptions):
    """Keys of [rule] with name "desire".

    output_threshold: error of an output neuron, 0..1, above which it has a desire (equation 11)
    hidden_threshold: the same for a hidden neuron's sum of weighted errors (equation 15)
    centered:         traces less their mean over the samples that teach: not in the paper
    """

    name: Literal["desire"]
    output_threshold: float = Field(0.3, ge=0, lt=1)
    hidden_threshold: float = Field(0.05, ge=0, le=100)
    centered: bool = False
    input_dropout: float = Field(0.0, ge=0, lt=1)


class Desire(DesireRule):
    """Gerlinghoff et al. 2023, sections 3 to 5.

    What differs from the paper: the forward pass uses the quantized weights, the updates go to
    the floats behind them; the updates of a batch are summed and applied at its end, where the
    paper's batches have one sample; `margin`, which is in the paper's published code only.
    """

    name = "desire"
    Options = DesireOptions

    def __init__(self, topology: Topology, options: DesireOptions) -> None:
        names = [*hidden_names(len(topology.layers) - 1), OUTPUT]
        layers = {}
        for name, layer in zip(names, topology.layers, strict=True):
            linear = build_map(layer, options.weights)
            nn.init.kaiming_normal_(linear.weight)
            layers[name] = TracedLayer(linear, parse_decay(options.decay))
        super().__init__(layers, options.margin)
        self.options = options

    def _dropout(self, index: int) -> float:
        return self.options.dropout if index else self.options.input_dropout

    def _masks(self, samples: int) -> list[Tensor]:
        masks = []
        for index, layer in enumerate(self._traced()):
            kept = torch.full((samples, layer.linear.weight.shape[1]), self._kept(index))
            masks.append(torch.bernoulli(kept))
        return masks

    def _kept(self, index: int) -> float:
        return 1 - self._dropout(index)

    def _output_threshold(self, full: int) -> float:
        return self.options.output_threshold * full

    def _hidden_threshold(self, scale: float, full: int) -> float:
        return self.options.hidden_threshold * full / scale

    def _learn(self, lessons: list[Lesson], optimizer: torch.optim.Optimizer) -> None:
        for layer, lesson in zip(self._traced(), lessons, strict=True):
            taught = lesson.taught()
            traces = spike_traces(taught.inputs, self.options.trace_shift)
            if self.options.centered:
                traces -= traces.mean(dim=0, keepdim=True)
            layer.linear.weight.grad = -taught.update(traces)
        optimizer.step()
