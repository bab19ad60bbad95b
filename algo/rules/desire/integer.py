"""Desire backpropagation in integers only: what a learning engine in hardware would do."""

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from mapper.errors import InputError
from mapper.topology import Topology

from ...layers import TracedLayer, spike_traces
from ...layers.decay import parse_decay
from ...layers.fixed_point import FixedPointLinear
from ..base import EXACT
from ..chain import OUTPUT, hidden_names
from . import lfsr
from .base import DesireRule, DesireRuleOptions, Lesson

__all__ = ["DesireInteger", "DesireIntegerOptions"]


class DesireIntegerOptions(DesireRuleOptions):
    """Keys of [rule] with name "desire_integer"; docs/learning-engine.md has the whole engine.

    theta:            threshold of all neurons, in units of the synapses' weights
    fraction:         bits of the stored weights below those of the synapses
    trace_unit:       what a spike adds to a trace
    output_threshold: spikes that an output neuron may be wrong by without a desire
    hidden_threshold: weight times spikes that a hidden neuron may be wrong by
    centered:         traces less their recent mean where neurons learn: not in the paper
    """

    name: Literal["desire_integer"]
    theta: int = Field(64, ge=1, le=1023)
    fraction: int = Field(14, ge=0, le=18)
    trace_unit: int = Field(16, ge=1, le=255)
    output_threshold: int = Field(4, ge=0, le=1023)
    hidden_threshold: int = Field(51, ge=0, le=65535)
    centered: bool = False


class DesireInteger(DesireRule):
    """The rule "desire" with integer weights, traces, errors and thresholds.

    The learning rate is a shift: the power of two nearest to the trainer's. The batch's updates
    change the stored weights; the synapses see them when the batch has ended. Dropout comes from
    a shift register. Floats only hold integers here, exactly.

    lfsr: buffer (), the shift register
    """

    name = "desire_integer"
    Options = DesireIntegerOptions
    lfsr: Tensor

    def __init__(self, topology: Topology, options: DesireIntegerOptions) -> None:
        o = options
        names = [*hidden_names(len(topology.layers) - 1), OUTPUT]
        one = o.theta << o.fraction
        layers = {}
        for name, layer in zip(names, topology.layers, strict=True):
            linear = FixedPointLinear(layer.input_shape, layer.channels, o.weights, o.fraction, one)
            layers[name] = TracedLayer(linear, parse_decay(o.decay), one)
        super().__init__(layers, o.margin)
        self.options = options
        self.dropped = int(o.dropout * (1 << lfsr.BITS))
        self.register_buffer("lfsr", torch.randint(1, 1 << lfsr.BITS, ()))

    def _masks(self, samples: int) -> list[Tensor]:
        """Numbers are drawn sample by sample, layer by layer, neuron by neuron."""
        sizes = [layer.linear.channels for layer in self._traced()[:-1]]
        drawn, state = lfsr.draw(int(self.lfsr), samples * sum(sizes))
        self.lfsr.fill_(state)
        kept = (drawn >= self.dropped).float().reshape(samples, -1)
        inputs = torch.ones(samples, self._traced()[0].linear.weight.shape[1])
        return [inputs, *kept.split(sizes, dim=1)]

    def _kept(self, index: int) -> float:
        return 1 - self.dropped / (1 << lfsr.BITS) if index else 1.0

    def _output_threshold(self, full: int) -> float:
        return self.options.output_threshold

    def _hidden_threshold(self, scale: float, full: int) -> float:
        return self.options.hidden_threshold

    def _learn(self, lessons: list[Lesson], optimizer: torch.optim.Optimizer) -> None:
        o, shift = self.options, self.rate_shift(optimizer.param_groups[0]["lr"])
        samples, ticks, _ = lessons[0].fired.shape
        most = samples * ticks * (o.trace_unit << o.trace_shift + shift)
        for layer, lesson in zip(self._traced(), lessons, strict=True):
            assert isinstance(layer.linear, FixedPointLinear)
            if layer.linear.limit + most > EXACT:
                raise InputError(
                    f"rule {self.name}: {samples} samples of {ticks} ticks at learning rate 2^"
                    f"{shift} need stored weights up to {layer.linear.limit + most}, exact are "
                    f"{EXACT}: lower training.batch or rule.fraction"
                )
            layer.linear.add(self._step(lesson, layer.linear) * 2**shift)

    def _step(self, lesson: Lesson, linear: FixedPointLinear) -> Tensor:
        taught = lesson.taught()
        traces = spike_traces(taught.inputs, self.options.trace_shift, self.options.trace_unit)
        if not self.options.centered:
            return taught.update(traces)
        step = taught.update(traces - linear.mean())
        linear.follow(traces, (taught.fired @ taught.desires.abs()[:, :, None])[..., 0])
        return step

    def rate_shift(self, learning_rate: float) -> int:
        """The shift g of the power of two nearest to a learning rate in the papers' units.

        2^g of a trace's unit in the stored weights is eta = 2^g trace_unit / (theta 2^fraction).
        """
        o = self.options
        steps = learning_rate * (o.theta << o.fraction) / o.trace_unit
        return max(round(math.log2(steps)), 0) if steps > 0 else 0
