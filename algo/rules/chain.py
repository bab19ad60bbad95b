"""Layers one after another: how they run and become an integer network, however they learn."""

from abc import abstractmethod

from torch import Tensor

from mapper.connections import Connection
from mapper.network import INPUT, Population

from ..layers import Layer, LayerTrace
from ..layers.quantized_map import Disturbance
from .base import Rule

__all__ = ["OUTPUT", "ChainRule", "hidden_names"]

OUTPUT = "classes"
"""Name of an output population that spikes. Not "output": NIR files keep that for themselves."""


def hidden_names(count: int) -> list[str]:
    """Names of hidden layers: "hidden1", "hidden2", ..."""
    return [f"hidden{i + 1}" for i in range(count)]


class ChainRule(Rule):
    """Layers by name, each connected to the one before, the first to the input."""

    @abstractmethod
    def _layers(self) -> list[tuple[str, Layer]]:
        """All layers by name in order, the output last."""

    def disturb(self, difference: Disturbance | None) -> None:
        self._layers()[0][1].linear.disturb = difference

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
        populations, connections = list[Population](), list[Connection]()
        source, group = INPUT, input_group
        for name, layer in layers:
            populations.append(layer.population(name))
            connections.extend(layer.connections(source, name, group))
            source, group = name, layer.group
        return tuple(populations), tuple(connections)
