"""A stack of layers, trained by gradients: what most rules are."""

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from mapper.network import Decision

from ..layers import Layer, ReadoutLayer
from .chain import ChainRule, hidden_names

__all__ = ["LayeredRule", "hidden_names"]


class LayeredRule(ChainRule):
    """Spiking layers by name, each connected to the one before, and a readout "readout".

    Cross entropy of the readout's final potentials. Spikes are dropped out in training only:
    `input_dropout` of the input's, `dropout` of the hidden layers'.
    """

    decision: ClassVar[Decision] = "potential"

    def __init__(
        self, hidden: dict[str, Layer], readout: ReadoutLayer, dropout: float, input_dropout: float
    ) -> None:
        nn.Module.__init__(self)
        self.dropout, self.input_dropout = dropout, input_dropout
        self.hidden = nn.ModuleDict(hidden)
        self.readout = readout

    def _layers(self) -> list[tuple[str, Layer]]:
        layers = [*self.hidden.items(), ("readout", self.readout)]
        return [(name, layer) for name, layer in layers if isinstance(layer, Layer)]

    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        rates = {}
        x = functional.dropout(spikes, self.input_dropout)
        for name, layer in self._layers()[:-1]:
            x = layer(x)
            rates[name] = float(x.detach().mean()) / layer.group
            x = functional.dropout(x, self.dropout)
        scores = self.readout(x)[:, -1] * self.readout.log_gain.exp()
        return functional.cross_entropy(scores, labels), scores, rates
