"""Q-STDB: a ReLU network, converted and then fine-tuned as a quantized spiking one."""

import math
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from mapper.errors import InputError
from mapper.topology import Topology

from ..encoders import PIXEL_MAXIMUM
from ..layers import (
    ConvertedLayer,
    ConvertedReadout,
    FakeQuantizer,
    Layer,
    LayerTrace,
    Values,
    build_map,
)
from .base import RuleOptions, Stage, check_exact
from .layered import LayeredRule, drop_neurons, hidden_names

__all__ = ["Qstdb", "QstdbOptions"]

PERCENTILE = 99.7
CONVERSION_IMAGES = 50
"""Datta et al. 2022, section 6.3."""

RELU, SPIKING = "relu", "spiking"


class QstdbOptions(RuleOptions):
    """Keys of [rule] with name "qstdb".

    weights, readout_weights: at inference; b-bit integers, one scale per layer
    training:           what the training pass computes with: "affine" fake-quantized weights,
                        "scale" those of inference, or "none" floats: post-training quantization
    relu_epochs:        of the ReLU network, before those of [training]
    relu_learning_rate: where their schedule begins
    first_threshold:    factor of the first layer's threshold at the conversion
    conversion_ticks:   ticks over which the conversion looks at sums
    gamma:              largest derivative of a spike
    zero, unit:         an input value x stands for (x - zero) / unit
    dropout:            of hidden neurons, for all ticks of a sample
    """

    direct: ClassVar[bool] = True
    noisy: ClassVar[bool] = True

    name: Literal["qstdb"]
    weights: Literal["int3", "int4", "int5", "int6", "int7", "int8"] = "int6"
    readout_weights: Literal["int3", "int4", "int5", "int6", "int7", "int8"] = "int6"
    training: FakeQuantizer = "affine"
    relu_epochs: int = Field(ge=0, le=10_000)
    relu_learning_rate: float = Field(1e-3, gt=0, le=1)
    first_threshold: float = Field(0.8, gt=0, le=10)
    conversion_ticks: int = Field(100, ge=1, le=1024)
    gamma: float = Field(0.3, gt=0, le=10)
    zero: int = Field(0, ge=0, le=255)
    unit: float = Field(255, gt=0, le=255)
    dropout: float = Field(0.0, ge=0, lt=1)

    def check(self, topology: Topology, encoding: str) -> None:
        super().check(topology, encoding)
        if encoding != "pixels":
            raise InputError('rule qstdb learns from values: it needs encoding "pixels"')
        if len(topology.layers) < 2:
            raise InputError("rule qstdb needs a hidden layer, which fires, before the output")
        check_exact(topology.layers[0], self.weights, PIXEL_MAXIMUM, "rule.weights")

    def stages(self, epochs: int, learning_rate: float) -> tuple[Stage, ...]:
        relu = Stage(RELU, self.relu_epochs, self.relu_learning_rate)
        return relu, Stage(SPIKING, epochs, learning_rate)


class Qstdb(LayeredRule):
    """Datta et al. 2022 ("ACE-SNN"), sections 4 and 6.3.

    A network of ReLUs, without biases and normalization, learns first. Its weights then are those
    of leaky integrate-and-fire neurons, whose thresholds are percentiles of their sums; weights,
    thresholds and leaks go on learning with fake-quantized weights in the forward pass and
    straight-through gradients. See docs/qstdb.md for what differs from the paper.

    spiking: buffer (), bool: whether the network has been converted
    """

    name = "qstdb"
    Options = QstdbOptions
    spiking: Tensor

    def __init__(self, topology: Topology, options: QstdbOptions) -> None:
        *plans, last = topology.layers
        o, values = options, Values(options.zero, options.unit)
        hidden: dict[str, Layer] = {
            name: ConvertedLayer(
                build_map(plan, o.weights), o.training, o.gamma, None if i else values
            )
            for i, (name, plan) in enumerate(zip(hidden_names(len(plans)), plans, strict=True))
        }
        readout = ConvertedReadout(build_map(last, o.readout_weights), o.training)
        super().__init__(hidden, readout, o.dropout, input_dropout=0)
        self.options = options
        self.register_buffer("spiking", torch.zeros((), dtype=torch.bool))

    def enter(self, stage: str, inputs: Tensor) -> None:
        if stage == SPIKING:
            self.convert(inputs[:CONVERSION_IMAGES])

    @torch.no_grad()
    def convert(self, inputs: Tensor) -> None:
        """From ReLUs to spiking neurons, layer by layer, by what inputs (B, T, n_in) cause.

        The output's gain makes its logits vary over `inputs` as the ReLU network's do.
        """
        wanted = self._relu(inputs)[-1].std()
        x = inputs[:, :1].expand(-1, self.options.conversion_ticks, -1)
        for index, layer in enumerate(self._converted()):
            factor = 1.0 if index else self.options.first_threshold
            x = layer.convert(x, PERCENTILE, factor)
        self.spiking.fill_(True)
        spread = self._readout.final(x[:, : inputs.shape[1]]).std()
        if spread > 0:
            self._readout.log_gain.fill_(math.log(float(wanted / spread)))

    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        if self.spiking:
            return super().loss(spikes, labels)
        *hidden, scores = self._relu(spikes, self.dropout)
        rates = [float((x.detach() > 0).float().mean()) for x in hidden]
        return (
            functional.cross_entropy(scores, labels),
            scores,
            dict(zip(self.hidden, rates, strict=True)),
        )

    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        """There are no statistics."""

    def run(self, spikes: Tensor, quantized: bool = True) -> dict[str, LayerTrace]:
        """Before the conversion the ReLU network: activations as spikes of one tick."""
        if self.spiking:
            return super().run(spikes, quantized)
        with torch.no_grad():
            *hidden, scores = self._relu(spikes)
        traces = {n: LayerTrace(x, x) for n, x in zip(self.hidden, hidden, strict=True)}
        return traces | {"readout": LayerTrace(scores[:, None] * 0, scores[:, None])}

    def _relu(self, inputs: Tensor, dropout: float = 0.0) -> list[Tensor]:
        """Activations of the hidden layers (B, 1, n) and scores (B, classes)."""
        x, found = inputs, list[Tensor]()
        for layer in self._converted():
            found.append(layer.activate(x))
            x = drop_neurons(found[-1], dropout)
        return [*found, self._readout.activate(x)]

    def _converted(self) -> list[ConvertedLayer]:
        return [layer for layer in self.hidden.values() if isinstance(layer, ConvertedLayer)]

    @property
    def _readout(self) -> ConvertedReadout:
        assert isinstance(self.last, ConvertedReadout)
        return self.last
