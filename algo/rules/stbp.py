"""STBP: leaky integrate-and-fire networks trained through space and time."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from mapper.topology import Layer as LayerPlan
from mapper.topology import Topology

from ..layers import (
    Layer,
    LifLayer,
    LifOptions,
    Normalization,
    ReadoutLayer,
    RecurrentLifLayer,
    build_map,
    check_decay,
)
from .base import RuleOptions, Weights
from .layered import LayeredRule, hidden_names

__all__ = ["Stbp", "StbpOptions"]

DecayName = Annotated[str, AfterValidator(check_decay)]
"""A decay of the hardware: "none", "clear", "shift 3", "halve 2"; or "trained"."""


class StbpOptions(RuleOptions):
    """Keys of [rule] with name "stbp".

    decay:          of the hidden neurons; "trained": a leak per layer that lands on the hardware's
    reset:          "subtract" the threshold, or "zero" as in the paper
    output:         "potential" of a readout that does not spike, or the number of "spikes"
    readout_decay:  decay of the output
    theta:          first threshold; in standard deviations of a neuron's sums, or in units of the
                    float weights
    normalization:  "batch": of every neuron's sums; "weights": of the initial weights only, as in
                    the paper
    surrogate:      curve for a spike's derivative (`algo.surrogates`), and its width in units of
                    theta
    temporal:       false cuts the gradient through time: the paper's ablation, SDBP
    """

    recurrent: ClassVar[bool] = True
    direct: ClassVar[bool] = True
    noisy: ClassVar[bool] = True

    name: Literal["stbp"]
    weights: Weights = "ternary"
    readout_weights: Weights = "ternary"
    decay: DecayName = "shift 3"
    reset: Literal["subtract", "zero"] = "subtract"
    output: Literal["potential", "spikes"] = "potential"
    readout_decay: DecayName = "none"
    theta: float = Field(1.0, ge=0.1, le=100)
    normalization: Normalization = "batch"
    surrogate: Literal["rectangular", "polynomial", "sigmoid", "gaussian"] = "rectangular"
    width: float = Field(1.0, gt=0, le=100)
    temporal: bool = True
    dropout: float = Field(0.0, ge=0, lt=1)
    input_dropout: float = Field(0.0, ge=0, lt=1)


class Stbp(LayeredRule):
    """Wu et al. 2018: gradients flow back through layers (space) and ticks (time), equations 10-22.

    By default it differs from the paper in what integer hardware or accuracy asks for: a shift
    decay and a subtract reset instead of tau and zero, quantized weights, sums normalized per
    channel, and the cross entropy of a non-spiking readout as loss. The paper's own are options:
    decay "halve 3" (tau 0.125), reset "zero", output "spikes" (equation 9), normalization
    "weights" (equations 29-30), temporal false (the ablation of its table 6).
    """

    name = "stbp"
    Options = StbpOptions

    def __init__(self, topology: Topology, options: StbpOptions) -> None:
        *plans, last = topology.layers
        o = options
        hidden: dict[str, Layer] = {
            name: _lif(plan, o.weights, o.decay, o)
            for name, plan in zip(hidden_names(len(plans)), plans, strict=True)
        }
        output: Layer
        if o.output == "spikes":
            output = _lif(last, o.readout_weights, o.readout_decay, o)
        else:
            output = ReadoutLayer(build_map(last, o.readout_weights), o.readout_decay)
        super().__init__(hidden, output, o.dropout, o.input_dropout)


def _lif(plan: LayerPlan, weights: Weights, decay: str, o: StbpOptions) -> LifLayer:
    kind = RecurrentLifLayer if plan.recurrent else LifLayer
    options = LifOptions(o.reset, o.surrogate, o.width, o.temporal)
    return kind(build_map(plan, weights), decay, o.theta, options, o.normalization)
