"""Layers that train in floats and run in exactly the integers that the hardware will use."""

from .base import HiddenLayer, Layer, LayerTrace
from .lif import LifLayer
from .readout import ReadoutLayer
from .stateless import StatelessLayer

__all__ = ["HiddenLayer", "Layer", "LayerTrace", "LifLayer", "ReadoutLayer", "StatelessLayer"]
