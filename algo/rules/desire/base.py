"""What both kinds of desire backpropagation share: the passes forward and back."""

from abc import abstractmethod
from typing import Annotated, NamedTuple

import torch
from pydantic import AfterValidator, Field
from torch import Tensor, nn
from torch.nn import functional

from mapper.decisions import Decision
from mapper.errors import InputError
from mapper.topology import Topology

from ...layers import Layer, TracedLayer
from ...layers.decay import parse_decay
from ...layers.events import Events
from ...quantize import Quantized
from ..base import RuleOptions, StepResult, Weights
from ..chain import ChainRule
from .desires import spike_errors, ternary

__all__ = ["DesireRule", "DesireRuleOptions", "Lesson"]


def _check(decay: str) -> str:
    parse_decay(decay)
    return decay


class DesireRuleOptions(RuleOptions):
    """Keys of [rule] that both rules have.

    decay:       of the potentials; "none", "clear", "shift 2", "halve 1" (beta_p)
    trace_shift: k of the traces' r - r 2^-k (beta_r)
    margin:      a desire to fire is met by a neuron that fires at all but so many ticks
    dropout:     of hidden neurons, drawn for each sample (equation 16)
    """

    weights: Weights = "int6"
    decay: Annotated[str, AfterValidator(_check)] = "shift 2"
    trace_shift: int = Field(2, ge=1, le=7)
    margin: int = Field(4, ge=0, le=1023)
    dropout: float = Field(0.3, ge=0, lt=1)

    def check(self, topology: Topology, encoding: str) -> None:
        super().check(topology, encoding)
        for layer in topology.layers:
            if layer.kind != "dense":
                raise InputError(
                    f"rule {self.name} trains fully connected layers, not {layer.text}"
                )


class Lesson(NamedTuple):
    """What a layer learns from a batch.

    inputs:  spikes (B, T, n_in) that reached it
    fired:   its spikes (B, T, n)
    desires: -1, 0, 1 (B, n): fire less, as you like, more
    """

    inputs: Tensor
    fired: Tensor
    desires: Tensor

    def taught(self) -> "Lesson":
        """The same for the samples in which a neuron has a desire."""
        learns = self.desires.any(dim=1)
        return Lesson(self.inputs[learns], self.fired[learns], self.desires[learns])

    def update(self, traces: Tensor) -> Tensor:
        """sum of d_o s_o[t] r_i[t] over samples and ticks, (n, n_in): equation 4 for eta = 1.

        As in hardware, a neuron that fires and has a desire adds the traces (B, T, n_in) of all
        its inputs.
        """
        steps = Events(self.fired * self.desires[:, None])
        return steps.transposed_product(traces).t().contiguous()


class DesireRule(ChainRule):
    """Fully connected `TracedLayer`s "hidden1", ..., "classes"; the output fires, too.

    Errors are counted in spikes and weighted with the integer weights that the hardware uses.
    """

    decision: Decision = "spikes"

    def __init__(self, layers: dict[str, TracedLayer], margin: int) -> None:
        nn.Module.__init__(self)
        self.layers = nn.ModuleDict(layers)
        self.margin = margin

    def _layers(self) -> list[tuple[str, Layer]]:
        return list(zip(self.layers, self._traced(), strict=True))

    def _traced(self) -> list[TracedLayer]:
        return [layer for layer in self.layers.values() if isinstance(layer, TracedLayer)]

    @abstractmethod
    def _masks(self, samples: int) -> list[Tensor]:
        """Who takes part in each sample, 0 or 1: (samples, n_in) of every layer's inputs."""

    @abstractmethod
    def _kept(self, index: int) -> float:
        """The fraction of the inputs of layer `index` that `_masks` keeps on average."""

    @abstractmethod
    def _output_threshold(self, full: int) -> float:
        """Error in spikes above which an output neuron has a desire."""

    @abstractmethod
    def _hidden_threshold(self, scale: float, full: int) -> float:
        """Error weighted with integers of `scale` above which a hidden neuron has a desire."""

    @abstractmethod
    def _learn(self, lessons: list[Lesson], optimizer: torch.optim.Optimizer) -> None:
        """Change the weights."""

    def optimizer(self, learning_rate: float) -> torch.optim.Optimizer:
        """Plain and without a state: learning_rate is eta of equation 4."""
        return torch.optim.SGD(self.parameters(), lr=learning_rate)

    @torch.no_grad()
    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        """Equation 6 of a training pass; without gradient."""
        fired = self._training_pass(spikes, self._synapses(), self._masks(len(spikes)))
        return self._judge(fired[1:], labels)

    @torch.no_grad()
    def update(
        self, spikes: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
    ) -> StepResult:
        synapses, masks = self._synapses(), self._masks(len(spikes))
        fired = self._training_pass(spikes, synapses, masks)
        loss, scores, rates = self._judge(fired[1:], labels)
        desires = self._desires(fired, synapses, masks, labels)
        self._learn(list(map(Lesson, fired, fired[1:], desires)), optimizer)
        return StepResult(float(loss), int((scores.argmax(dim=1) == labels).sum()), rates)

    def _full(self, ticks: int) -> int:
        """Spikes that satisfy a desire to fire."""
        return max(ticks - self.margin, 1)

    def _synapses(self) -> list[Quantized]:
        return [layer.linear.quantized() for layer in self._traced()]

    def _training_pass(
        self, spikes: Tensor, synapses: list[Quantized], masks: list[Tensor]
    ) -> list[Tensor]:
        """Spikes of input and layers, without those that dropout silences."""
        fired, x = [], spikes
        for index, (layer, weights) in enumerate(zip(self._traced(), synapses, strict=True)):
            fired.append(x * masks[index][:, None])
            x = layer.respond(fired[-1], weights, self._kept(index)).spikes
        return [*fired, x]

    def _judge(
        self, outputs: list[Tensor], labels: Tensor
    ) -> tuple[Tensor, Tensor, dict[str, float]]:
        """Loss (), numbers of spikes (B, classes), spike rates."""
        rates = {name: float(x.mean()) for name, x in zip(self.layers, outputs, strict=True)}
        counts, full = outputs[-1].sum(dim=1), self._full(outputs[-1].shape[1])
        errors = spike_errors(counts, _wanted(labels, counts.shape[1]), full) / full
        return errors.square().sum(dim=1).mean() / 2, counts, rates

    def _desires(
        self,
        fired: list[Tensor],
        synapses: list[Quantized],
        masks: list[Tensor],
        labels: Tensor,
    ) -> list[Tensor]:
        """Desires (B, n) of every layer, from the last to the first and in order."""
        full = self._full(fired[0].shape[1])
        counts = [x.sum(dim=1) for x in fired]
        wanted = _wanted(labels, counts[-1].shape[1])
        desires = [ternary(-spike_errors(counts[-1], wanted, full), self._output_threshold(full))]
        for index in range(len(synapses) - 1, 0, -1):
            integers, scale = synapses[index]
            weighted = spike_errors(counts[index + 1], desires[0], full) @ integers
            threshold = self._hidden_threshold(float(scale), full)
            desires.insert(0, ternary(-weighted, threshold) * masks[index])
        return desires


def _wanted(labels: Tensor, classes: int) -> Tensor:
    """1 for the target class, -1 for the others: (B, classes)."""
    return functional.one_hot(labels, classes).float() * 2 - 1
