"""Layers that train in floats and run in exactly the integers that the hardware will use."""

from .base import HiddenLayer, Layer, LayerTrace
from .build import build_map
from .conv import QuantizedConv
from .lif import LifLayer
from .linear import QuantizedLinear
from .quantized_map import QuantizedMap
from .readout import ReadoutLayer
from .rel_psp import RelPspLayer
from .stateless import StatelessLayer

__all__ = [
    "HiddenLayer",
    "Layer",
    "LayerTrace",
    "LifLayer",
    "QuantizedConv",
    "QuantizedLinear",
    "QuantizedMap",
    "ReadoutLayer",
    "RelPspLayer",
    "StatelessLayer",
    "build_map",
]
