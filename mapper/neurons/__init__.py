"""Neuron kinds. A new kind is one file here and one line in `NEURON_KINDS`."""

from .base import NeuronKind, State
from .readout import Readout
from .rel_psp import RelPsp
from .rel_psp_readout import RelPspReadout
from .threshold import ThresholdNeuron

__all__ = ["NEURON_KINDS", "NeuronKind", "State"]

NEURON_KINDS: dict[str, NeuronKind] = {
    kind.name: kind for kind in (ThresholdNeuron(), Readout(), RelPsp(), RelPspReadout())
}
