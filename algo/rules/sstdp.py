"""SSTDP: errors in spike times go back through the network, STDP turns them into weights."""

from itertools import chain
from typing import Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn

from mapper.errors import InputError
from mapper.network import Decision
from mapper.topology import Topology

from ..layers import Layer, SingleSpikeLayer, build_map, firing_ticks, spikes_of_ticks
from .base import RuleOptions, StepResult, Weights
from .chain import OUTPUT, ChainRule, hidden_names
from .output_rate import adam_with_output_rate
from .sstdp_errors import potential_errors, time_errors

__all__ = ["Sstdp", "SstdpOptions"]

NEAREST = 1e-6
"""Least distance of a weight from its maximum in equation 9, so that it can become smaller."""


class SstdpOptions(RuleOptions):
    """Keys of [rule] with name "sstdp". The paper gives tau and mu only.

    theta:         threshold of the hidden layers, in units of the weights
    output_theta:  the same of the output
    errors:        of the outputs: "times" as in the paper, or "potentials", see `sstdp_errors`
    gap:           g of equation 5, ticks by which the target neuron should fire before the others;
                   for errors from times
    half:          potential after the last tick, in units of the weights, at which an output is as
                   likely in time as not; for errors from potentials, as is
    gain:          how steeply the likelihood rises there, per unit
    potentiation:  epsilon_1 of equation 9: how much weights of inputs before the spike matter
    depression:    epsilon_2: the same of inputs after the spike
    tau:           time constant of both, in ticks
    delta:         what equation 9 subtracts from the exponential
    mu:            exponent of the distance from the largest weight
    w_max:         largest weight, and the largest negative one
    recruitment:   share of its error that a hidden neuron that never fires learns from
    gate:          a hidden neuron learns from samples in which its highest potential is less than
                   `gate` thresholds away from the threshold
    drive:         first mean of a neuron's summed weights
    output_rate:   learning rate of the output, in learning rates of the hidden layers: a neuron
                   with many inputs moves as far with a smaller one
    """

    name: Literal["sstdp"]
    weights: Weights = "int6"
    output_weights: Weights = "int6"
    theta: float = Field(1.0, gt=0, le=1000)
    output_theta: float = Field(1.0, gt=0, le=1000)
    errors: Literal["times", "potentials"] = "times"
    gap: float = Field(4.0, gt=0, le=1024)
    half: float = Field(1.0, ge=-1000, le=1000)
    gain: float = Field(5.0, gt=0, le=1000)
    potentiation: float = Field(1.0, ge=0, le=100)
    depression: float = Field(0.0, ge=0, le=100)
    tau: float = Field(5.0, gt=0, le=10_000)
    delta: float = Field(0.0, ge=-100, lt=1)
    mu: float = Field(0.0005, ge=0, le=10)
    w_max: float = Field(1.0, gt=0, le=1000)
    recruitment: float = Field(0.05, ge=0, le=1)
    gate: float = Field(1.0, gt=0, le=1000)
    drive: float = Field(0.0, ge=-1000, le=1000)
    output_rate: float = Field(1.0, gt=0, le=10_000)

    def check(self, topology: Topology, encoding: str) -> None:
        super().check(topology, encoding)
        if encoding != "latency":
            raise InputError(
                f'rule {self.name} learns from inputs that spike once: encoding "latency", not '
                f'"{encoding}"'
            )


class _Pass(NamedTuple):
    """What a layer did in training: inputs (B, ticks, n_in) -> sums (B, ticks, n) -> fired (B, n).

    heard (B, n): tick up to which an input came in time, in equation 9
    last (B, n): potential after the last tick, in units of the weights, had it not been held
    sensitive (B, n): 1 where the highest potential is near the threshold, see `gate`, else 0.
    The inputs of a layer that is not the first have a tick more than the sample: there stand the
    spikes of the neurons that never fire.
    """

    layer: SingleSpikeLayer
    inputs: Tensor
    sums: Tensor
    fired: Tensor
    heard: Tensor
    last: Tensor
    sensitive: Tensor


class Sstdp(ChainRule):
    """Liu et al. 2021, section 3.2: every neuron fires at most once, the first output decides.

    Errors are expected minus actual times, as in algorithm 1: positive ones ask for a later
    spike. A neuron that never fires has the time T.

    What differs from the paper:
    * Expected times lie within 0..T, and a hidden neuron has no error that asks for a spike
      before tick 0 or after T. Without this, weights grow and shrink for nothing.
    * Errors may come from the outputs' potentials after the last tick. Outputs then learn as if
      they fired at T, after all their inputs. Hidden neurons learn from errors of both signs
      whenever they fire, since errors that can only ask silent neurons to fire wake nearly all;
      one that never fires does so as if at the tick of its highest potential, in equation 9:
      what comes later did not bring it nearer to firing.
    * A hidden neuron that never fires has the time T, so equation 11 hands it the errors of all
      outputs that never fire either, however far from firing it is. It learns from the share
      `recruitment`; with none, neurons fall silent for good.
    * A hidden neuron whose potential never comes near its threshold, or goes far beyond it, has
      no error: a small change of its weights would not move its spike (`gate`).
    * An input at the very tick of the spike came in time, in equation 9 as in 11.
    * Equation 9 has no largest negative weight; here it is -w_max.
    """

    name = "sstdp"
    Options = SstdpOptions
    decision: Decision = "first_spike"

    def __init__(self, topology: Topology, options: SstdpOptions) -> None:
        nn.Module.__init__(self)
        *layers, last = topology.layers
        o = self.options = options
        parts = {
            name: SingleSpikeLayer(build_map(layer, o.weights), o.theta, o.drive)
            for name, layer in zip(hidden_names(len(layers)), layers, strict=True)
        }
        parts[OUTPUT] = SingleSpikeLayer(build_map(last, o.output_weights), o.output_theta, o.drive)
        self.layers = nn.ModuleDict(parts)

    def _layers(self) -> list[tuple[str, Layer]]:
        return [(name, part) for name, part in self.layers.items() if isinstance(part, Layer)]

    def optimizer(self, learning_rate: float) -> torch.optim.Optimizer:
        *hidden, output = [list(layer.parameters()) for _, layer in self._layers()]
        return adam_with_output_rate(
            chain.from_iterable(hidden), output, self.options.output_rate, learning_rate
        )

    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        """Nothing to do: no statistics."""

    def loss(self, spikes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, dict[str, float]]:
        """Equation 6 of a training pass; without gradient."""
        passes, ticks = self._passes(spikes), spikes.shape[1]
        loss, _, scores = self._judge(passes[-1], labels, ticks)
        return loss, scores, self._rates(passes, ticks)

    def update(
        self, spikes: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
    ) -> StepResult:
        passes, ticks = self._passes(spikes), spikes.shape[1]
        loss, errors, scores = self._judge(passes[-1], labels, ticks)
        rates = self._rates(passes, ticks)
        if self._by_potentials:
            end = torch.full_like(passes[-1].fired, ticks)
            passes[-1] = passes[-1]._replace(fired=end, heard=end)
        for done in reversed(passes):
            hidden = done is not passes[-1]
            errors = self._learn(done, errors * done.sensitive if hidden else errors, ticks)
        optimizer.step()
        with torch.no_grad():
            for done in passes:
                done.layer.linear.weight.clamp_(-self.options.w_max, self.options.w_max)
        correct = int((scores.argmax(dim=1) == labels).sum())
        return StepResult(float(loss), correct, rates)

    @property
    def _by_potentials(self) -> bool:
        return self.options.errors == "potentials"

    def _passes(self, spikes: Tensor) -> list[_Pass]:
        """All layers, the first one first."""
        passes, x, ticks = list[_Pass](), spikes, spikes.shape[1]
        for _, layer in self._layers():
            assert isinstance(layer, SingleSpikeLayer)
            sums = layer.linear(x)
            with torch.no_grad():
                potentials, threshold = sums[:, :ticks].cumsum(dim=1), layer.threshold()
                fired = firing_ticks(potentials, threshold)
                distance = (potentials.amax(dim=1) - threshold).abs()
                sensitive = (distance < self.options.gate * threshold).to(sums.dtype)
                last = potentials[:, -1] * layer.linear.quantized().scale
                heard = fired
                if self._by_potentials:
                    heard = torch.where(fired < ticks, fired, potentials.argmax(dim=1))
            times = fired.to(sums.dtype), heard.to(sums.dtype)
            passes.append(_Pass(layer, x, sums, *times, last, sensitive))
            x = spikes_of_ticks(fired, ticks + 1).to(sums.dtype).requires_grad_()
        return passes

    def _judge(self, output: _Pass, labels: Tensor, ticks: int) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, mean over the batch; errors (B, classes); scores (B, classes)."""
        o = self.options
        if self._by_potentials:
            return *potential_errors(output.last, labels, o.half, o.gain), output.last
        return *time_errors(output.fired, labels, o.gap, ticks), -output.fired

    def _rates(self, passes: list[_Pass], ticks: int) -> dict[str, float]:
        names = [name for name, _ in self._layers()]
        return {
            name: float((done.fired < ticks).double().mean()) / ticks
            for name, done in zip(names, passes, strict=True)
        }

    def _learn(self, done: _Pass, errors: Tensor, ticks: int) -> Tensor:
        """Set the weights' gradient from the errors (B, n); return those of the inputs (B, n_in).

        Each input spikes once. So the sum over samples of error times equation 9 is the gradient
        of a layer whose sums had the gradient: error times equation 9 for inputs at this tick.
        """
        linear, o = done.layer.linear, self.options
        scale = linear.quantized().scale
        tick = torch.arange(done.inputs.shape[1])[:, None]
        errors = errors[:, None]
        window = self._window(done.heard[:, None] - tick)  # (B, ticks, n)
        window[:, ticks:] = 0  # no spike, no pair
        (gradient,) = torch.autograd.grad(
            done.sums, linear.weight, errors * window / len(errors), retain_graph=True
        )
        distance = (o.w_max - linear.weight.detach()).clamp(min=NEAREST)
        # Contiguous like the weights, since fused optimizers ignore strides.
        linear.weight.grad = (gradient * scale * distance**o.mu).contiguous()
        if not done.inputs.requires_grad:
            return errors
        # Equation 11:
        (back,) = torch.autograd.grad(
            done.sums, done.inputs, errors * (done.fired[:, None] >= tick)
        )
        back = (back * done.inputs.detach()).sum(dim=1) * scale  # equation 10
        first = done.inputs.detach()[:, 0] > 0
        never = done.inputs.detach()[:, -1] > 0
        back = torch.where(never, o.recruitment * back, back)
        if self._by_potentials:
            return back
        return back.masked_fill(first & (back < 0) | never & (back > 0), 0.0)

    def _window(self, after: Tensor) -> Tensor:
        """Equation 9 without the weights, for spikes `after` (...) ticks after the input."""
        o = self.options
        window = torch.exp(-after.abs() / o.tau) - o.delta
        return torch.where(after >= 0, o.potentiation * window, o.depression * window)
