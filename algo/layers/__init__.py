"""Layers that train in floats and run in exactly the integers that the hardware will use."""

from .base import HiddenLayer, Layer, LayerTrace, Normalization
from .build import build_map
from .conv import QuantizedConv
from .converted import ConvertedLayer, ConvertedReadout, FakeQuantizer, Values
from .decay import check_decay
from .lif import LifLayer
from .lif_scan import LifOptions
from .linear import QuantizedLinear
from .quantized_map import QuantizedMap
from .readout import ReadoutLayer
from .recurrent import RecurrentLifLayer
from .rel_psp import RelPspLayer
from .single_spike import SingleSpikeLayer, firing_ticks, spikes_of_ticks
from .stateless import StatelessLayer
from .traced import TracedLayer, spike_traces

__all__ = [
    "ConvertedLayer",
    "ConvertedReadout",
    "FakeQuantizer",
    "HiddenLayer",
    "Layer",
    "LayerTrace",
    "LifLayer",
    "LifOptions",
    "Normalization",
    "QuantizedConv",
    "QuantizedLinear",
    "QuantizedMap",
    "ReadoutLayer",
    "RecurrentLifLayer",
    "RelPspLayer",
    "SingleSpikeLayer",
    "StatelessLayer",
    "TracedLayer",
    "Values",
    "build_map",
    "check_decay",
    "firing_ticks",
    "spike_traces",
    "spikes_of_ticks",
]
