"""What a learning rule must offer to the trainer and to the export."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from mapper.connections import Connection
from mapper.errors import InputError
from mapper.network import Decision, Population
from mapper.topology import Layer as LayerPlan
from mapper.topology import Topology
from mapper.weights import weight_format

from ..layers import LayerTrace
from ..layers.quantized_map import Disturbance

__all__ = ["EXACT", "Rule", "RuleOptions", "Stage", "StepResult", "Weights", "check_exact"]

EXACT = 1 << 24
"""float32, in which integers are trained, holds all integers up to here."""

Weights = Literal["ternary", "int2", "int3", "int4", "int5", "int6", "int7", "int8"]


class Stage(NamedTuple):
    """Epochs of a run with a learning rate schedule of their own.

    name:          for the rule, see `Rule.enter`
    epochs:        how many; 0 leaves the stage out
    learning_rate: where the schedule begins
    """

    name: str
    epochs: int
    learning_rate: float


class RuleOptions(BaseModel):
    """Base of the `[rule]` table of a recipe; a rule adds its own keys.

    recurrent: whether the rule trains hidden layers such as 100R
    grouped: whether its neurons become groups along the channels, so that a map cannot take the
           channels for something else
    direct: whether its first layer may take values instead of spikes (direct coding)
    noisy: whether that layer can compute with the hardware's weights in training, so that noise of
           the hardware can be added
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    recurrent: ClassVar[bool] = False
    grouped: ClassVar[bool] = False
    direct: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    name: str

    def check(self, topology: Topology, encoding: str) -> None:
        """Raise InputError unless the rule can train `topology` from the named encoding."""
        if encoding == "pixels" and not self.direct:
            raise InputError(f'rule {self.name} learns from spikes, not from encoding "pixels"')
        self.check_layers(topology)

    def stages(self, epochs: int, learning_rate: float) -> tuple[Stage, ...]:
        """What a run with these values of [training] consists of; by default one stage.

        The result is the best epoch of the last one.
        """
        return (Stage("", epochs, learning_rate),)

    def check_layers(self, topology: Topology) -> None:
        """Raise InputError unless the rule can train such layers."""
        able = topology.layers[:-1] if self.recurrent else ()
        for layer in topology.layers[len(able) :]:
            if layer.recurrent:
                raise InputError(
                    f"rule {self.name} cannot train the recurrent layer {layer.text}"
                    + (": the last layer must be feed-forward" if able else "")
                )
        for before, layer in pairwise(topology.layers if self.grouped else ()):
            if layer.input_shape != before.output_shape:
                raise InputError(
                    f"rule {self.name} cannot train layer {layer.text} on a map of another shape "
                    f"than that of layer {before.text}"
                )


def check_exact(layer: LayerPlan, format: str, largest: int, key: str) -> None:
    """Raise InputError, about the recipe's `key`, unless training adds up values exactly.

    layer: takes inputs of 0..largest, with weights in `format`
    """
    reached = largest * weight_format(format).high * layer.fan_in
    if reached >= EXACT:
        raise InputError(
            f"{key}: sums of layer {layer.text} reach {reached}, training is exact below {EXACT}: "
            "take a format of fewer bits or a smaller kernel"
        )


@dataclass(frozen=True)
class StepResult:
    """What one training step reports.

    loss:    mean over the batch
    correct: number of samples that the training pass classified right
    rates:   mean spikes per neuron and tick of each spiking layer, by population name
    """

    loss: float
    correct: int
    rates: dict[str, float]


class Rule(nn.Module, ABC):
    """A network together with the way it learns.

    Everything that must survive an interruption lives in parameters and buffers. Random numbers
    come from torch's global generator only, whose state the trainer saves.

    name:     what recipes call it
    Options:  its keys in a recipe's [rule] table
    decision: how the exported network names a class
    """

    name: ClassVar[str]
    Options: ClassVar[type[RuleOptions]]
    decision: Decision

    @abstractmethod
    def __init__(self, topology: Topology, options: RuleOptions) -> None:
        """Fresh parameters for `topology`, whose last layer is dense: the classes."""
        super().__init__()

    @abstractmethod
    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        """Training pass over spikes (B, T, n_in): loss (), scores (B, classes), spike rates."""

    @abstractmethod
    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        """Fix the statistics that inference needs, from spikes (B, T, n_in); may do nothing."""

    def enter(self, stage: str, inputs: Tensor) -> None:  # noqa: B027
        """Begin a stage of `RuleOptions.stages` that is not the first, with the best weights so
        far; by default nothing to do.

        inputs: (B, T, n_in) of the images for calibration
        """

    def disturb(self, difference: Disturbance | None) -> None:
        """What hardware adds to the sums of the first layer from now on; None: nothing."""
        raise NotImplementedError

    @abstractmethod
    def run(self, spikes: Tensor, quantized: bool = True) -> dict[str, LayerTrace]:
        """Inference over spikes (B, T, n_in): trace by population name, the output last."""

    @abstractmethod
    def export(self) -> tuple[tuple[Population, ...], tuple[Connection, ...]]:
        """Integer populations, the output last, and connections: what `run` computes."""

    def encoding(self, given: dict[str, Any]) -> dict[str, Any]:
        """The exported network's encoding when the recipe's is `given`; by default the same."""
        return dict(given)

    def optimizer(self, learning_rate: float) -> torch.optim.Optimizer:
        """What turns the parameters' gradients into steps; by default Adam.

        The trainer sets its learning rate before each `update`, times the "factor" of a parameter
        group that has one, and saves its state.
        """
        return torch.optim.Adam(self.parameters(), lr=learning_rate, fused=True)

    def update(
        self, spikes: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
    ) -> StepResult:
        """Learn from one batch: spikes float (B, T, n_in), labels int64 (B,).

        By default a gradient step on `loss`; rules without gradients override this.
        """
        optimizer.zero_grad(set_to_none=True)
        loss, scores, rates = self.loss(spikes, labels)
        loss.backward()
        optimizer.step()
        correct = int((scores.argmax(dim=1) == labels).sum())
        return StepResult(float(loss.detach()), correct, rates)
