"""STBP: leaky integrate-and-fire networks trained through space and time."""

from typing import Literal

from pydantic import Field

from mapper.topology import Topology

from ..layers import Layer, LifLayer, ReadoutLayer, build_map
from .base import RuleOptions, Weights
from .layered import LayeredRule, hidden_names

__all__ = ["Stbp", "StbpOptions"]


class StbpOptions(RuleOptions):
    """Keys of [rule] with name "stbp".

    decay:          k of the hidden neurons' v - (v >> k); 0 for none
    readout_decay:  the same for the output
    theta:          first threshold, in standard deviations of a neuron's sums
    surrogate:      curve for a spike's derivative (`algo.surrogates`), and its width
    """

    name: Literal["stbp"]
    weights: Weights = "ternary"
    readout_weights: Weights = "ternary"
    decay: int = Field(3, ge=0, le=7)
    readout_decay: int = Field(0, ge=0, le=7)
    theta: float = Field(1.0, ge=0.1, le=100)
    surrogate: Literal["rectangular", "polynomial", "sigmoid", "gaussian"] = "rectangular"
    width: float = Field(1.0, gt=0, le=100)
    dropout: float = Field(0.0, ge=0, lt=1)
    input_dropout: float = Field(0.0, ge=0, lt=1)


class Stbp(LayeredRule):
    """Wu et al. 2018: gradients flow back through layers (space) and ticks (time), equations 11-22.

    What differs from the paper, for integer hardware: a shift decay and a subtract reset instead
    of tau and zero, quantized weights, sums normalized per channel instead of normalized weight
    vectors (equations 29-30), and the cross entropy of a non-spiking readout as loss.
    """

    name = "stbp"
    Options = StbpOptions

    def __init__(self, topology: Topology, options: StbpOptions) -> None:
        *layers, last = topology.layers
        o = options
        names = hidden_names(len(layers))
        hidden: dict[str, Layer] = {
            name: LifLayer(build_map(layer, o.weights), o.decay, o.theta, o.surrogate, o.width)
            for name, layer in zip(names, layers, strict=True)
        }
        readout = ReadoutLayer(build_map(last, o.readout_weights), o.readout_decay)
        super().__init__(hidden, readout, o.dropout, o.input_dropout)
