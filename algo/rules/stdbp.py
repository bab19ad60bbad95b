"""STDBP: networks of ReL-PSP neurons that compute with the times of single spikes."""

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from mapper.network import Decision
from mapper.topology import Topology

from ..layers import Layer, RelPspLayer, build_map
from .base import RuleOptions, Weights
from .chain import OUTPUT, ChainRule, hidden_names
from .output_rate import adam_with_output_rate

__all__ = ["Stdbp", "StdbpOptions"]


class StdbpOptions(RuleOptions):
    """Keys of [rule] with name "stdbp".

    theta:        threshold of the hidden layers in ticks, see `RelPspLayer`
    output_theta: the same of the output. The higher, the later the decision falls
    drive:        first mean of a neuron's summed weights
    scatter:      how far the hidden layers' first weights scatter around their mean, see
                  `RelPspLayer`. Many inputs want little: a few hundred images never correct what
                  40,000 random weights make of a new one
    output_rate:  learning rate of output and gain, in learning rates of the hidden layers: a
                  neuron with many inputs moves as far with a smaller one
    gain:         first factor of the output's times, in 1 / ticks, in the softmax of the loss
    """

    name: Literal["stdbp"]
    weights: Weights = "int6"
    output_weights: Weights = "int6"
    theta: float = Field(3.2, gt=0, le=10_000)
    output_theta: float = Field(8.0, gt=0, le=10_000)
    drive: float = Field(3.0, ge=0, le=1000)
    scatter: float = Field(1.0, ge=0, le=100)
    output_rate: float = Field(1.0, gt=0, le=10_000)
    gain: float = Field(1.0, gt=0, le=100)
    dropout: float = Field(0.0, ge=0, lt=1)
    input_dropout: float = Field(0.0, ge=0, lt=1)


class Stdbp(ChainRule):
    """Zhang et al., section III: every neuron fires once, the first output names the class.

    The loss is the cross entropy of softmax(-gain t) over the output's real-valued times
    (equation 12, which has no gain). Times and gradients are those of `algo.layers.firing_time`.
    """

    name = "stdbp"
    Options = StdbpOptions
    decision: Decision = "first_spike"

    def __init__(self, topology: Topology, options: StdbpOptions) -> None:
        nn.Module.__init__(self)
        *layers, last = topology.layers
        o = options
        self.dropout, self.input_dropout = o.dropout, o.input_dropout
        self.hidden = nn.ModuleDict(
            {
                name: RelPspLayer(build_map(layer, o.weights), o.theta, o.drive, o.scatter)
                for name, layer in zip(hidden_names(len(layers)), layers, strict=True)
            }
        )
        self.output = RelPspLayer(build_map(last, o.output_weights), o.output_theta, o.drive)
        self.log_gain = nn.Parameter(torch.tensor(math.log(o.gain)))
        self.output_rate = o.output_rate

    def _layers(self) -> list[tuple[str, Layer]]:
        layers = [*self.hidden.items(), (OUTPUT, self.output)]
        return [(name, layer) for name, layer in layers if isinstance(layer, Layer)]

    def optimizer(self, learning_rate: float) -> torch.optim.Optimizer:
        last = [*self.output.parameters(), self.log_gain]
        return adam_with_output_rate(
            self.hidden.parameters(), last, self.output_rate, learning_rate
        )

    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        rates = {}
        x = functional.dropout(spikes, self.input_dropout)
        for name, layer in self._layers()[:-1]:
            x = layer(x)
            rates[name] = float(x.detach().mean())
            x = functional.dropout(x, self.dropout)
        scores = -self.output.firing(x).time * self.log_gain.exp()
        return functional.cross_entropy(scores, labels), scores, rates

    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        """Nothing to do: no statistics."""
