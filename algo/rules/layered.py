"""A stack of layers, trained by gradients: what most rules are."""

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from mapper.network import INPUT, Decision, Dense, Population

from ..layers import Layer, LayerTrace, ReadoutLayer
from .base import Rule

__all__ = ["LayeredRule", "layer_sizes"]


def layer_sizes(topology: tuple[int, ...]) -> list[tuple[int, int]]:
    """(inputs, neurons) of each layer."""
    return list(zip(topology[:-1], topology[1:], strict=True))


class LayeredRule(Rule):
    """Spiking layers "hidden1", "hidden2", ... and a readout "readout", fully connected.

    Cross entropy of the readout's final potentials. Spikes are dropped out in training only:
    `input_dropout` of the input's, `dropout` of the hidden layers'.
    """

    decision: ClassVar[Decision] = "potential"

    def __init__(
        self, hidden: list[Layer], readout: ReadoutLayer, dropout: float, input_dropout: float
    ) -> None:
        nn.Module.__init__(self)
        self.dropout, self.input_dropout = dropout, input_dropout
        names = [f"hidden{i + 1}" for i in range(len(hidden))]
        self.hidden = nn.ModuleDict(dict(zip(names, hidden, strict=True)))
        self.readout = readout

    def _layers(self) -> list[tuple[str, Layer]]:
        layers = [*self.hidden.items(), ("readout", self.readout)]
        return [(name, layer) for name, layer in layers if isinstance(layer, Layer)]

    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        rates = {}
        x = functional.dropout(spikes, self.input_dropout)
        for name, layer in self.hidden.items():
            x = layer(x)
            rates[name] = float(x.detach().mean())
            x = functional.dropout(x, self.dropout)
        scores = self.readout(x)[:, -1] * self.readout.log_gain.exp()
        return functional.cross_entropy(scores, labels), scores, rates

    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        x = spikes
        for _, layer in self._layers():
            layer.calibrate(x, quantized)
            x = layer.run(x, quantized).spikes

    def run(self, spikes: Tensor, quantized: bool = True) -> dict[str, LayerTrace]:
        traces, x = {}, spikes
        for name, layer in self._layers():
            traces[name] = layer.run(x, quantized)
            x = traces[name].spikes
        return traces

    def export(self) -> tuple[tuple[Population, ...], tuple[Dense, ...]]:
        populations, connections, source = [], [], INPUT
        for name, layer in self._layers():
            populations.append(layer.population(name))
            connections.append(layer.connection(source, name))
            source = name
        return tuple(populations), tuple(connections)
