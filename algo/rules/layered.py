"""A stack of layers, trained by gradients: what most rules are."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..layers import Layer, ReadoutLayer
from .chain import OUTPUT, ChainRule, hidden_names

__all__ = ["LayeredRule", "hidden_names"]


def drop_neurons(spikes: Tensor, probability: float) -> Tensor:
    """Silence neurons (B, T, n) for all ticks of a sample; the others count 1 / (1 - p)."""
    if not probability:
        return spikes
    return spikes * functional.dropout(torch.ones_like(spikes[:, :1]), probability)


class LayeredRule(ChainRule):
    """Spiking layers by name, each connected to the one before, and one that names the class.

    A last layer "readout": cross entropy of its final potentials. One that spikes, "classes": mean
    square between its firing rates and the label as 0 and 1 (STBP, equation 9).

    Neurons are dropped out in training only, each for all ticks of a sample: `input_dropout` of
    the inputs, `dropout` of the hidden layers'.
    """

    def __init__(
        self, hidden: dict[str, Layer], last: Layer, dropout: float, input_dropout: float
    ) -> None:
        nn.Module.__init__(self)
        self.dropout, self.input_dropout = dropout, input_dropout
        self.hidden = nn.ModuleDict(hidden)
        self.last = last
        self.decision = "potential" if isinstance(last, ReadoutLayer) else "spikes"

    def _layers(self) -> list[tuple[str, Layer]]:
        name = "readout" if isinstance(self.last, ReadoutLayer) else OUTPUT
        layers = [*self.hidden.items(), (name, self.last)]
        return [(name, layer) for name, layer in layers if isinstance(layer, Layer)]

    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        rates = {}
        x = drop_neurons(spikes, self.input_dropout)
        for name, layer in self._layers()[:-1]:
            x = layer(x)
            rates[name] = float(x.detach().mean()) / layer.group
            x = drop_neurons(x, self.dropout)
        if isinstance(self.last, ReadoutLayer):
            scores = self.last.final(x) * self.last.log_gain.exp()
            return functional.cross_entropy(scores, labels), scores, rates
        scores = self.last(x).mean(dim=1)
        wanted = functional.one_hot(labels, scores.shape[1])
        return (scores - wanted).square().sum(dim=1).mean() / 2, scores, rates
