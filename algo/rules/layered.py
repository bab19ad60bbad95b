"""A stack of layers, trained by gradients: what most rules are."""

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from mapper.connections import Connection
from mapper.network import INPUT, Decision, Population

from ..layers import Layer, LayerTrace, ReadoutLayer
from .base import Rule

__all__ = ["LayeredRule", "hidden_names"]


def hidden_names(count: int) -> list[str]:
    """Names of hidden layers: "hidden1", "hidden2", ..."""
    return [f"hidden{i + 1}" for i in range(count)]


class LayeredRule(Rule):
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

    def export(self) -> tuple[tuple[Population, ...], tuple[Connection, ...]]:
        return self._export(self._layers())

    def _export(
        self, layers: list[tuple[str, Layer]], input_group: int = 1
    ) -> tuple[tuple[Population, ...], tuple[Connection, ...]]:
        """The chain of `layers`, fed by inputs in groups of `input_group`."""
        populations, connections = [], []
        source, group = INPUT, input_group
        for name, layer in layers:
            populations.append(layer.population(name))
            connections.append(layer.connection(source, name, group))
            source, group = name, layer.group
        return tuple(populations), tuple(connections)
