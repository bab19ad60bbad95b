"""From a layer of a topology to its weights."""

import math

from mapper.topology import Layer

from .conv import QuantizedConv
from .linear import QuantizedLinear
from .quantized_map import QuantizedMap

__all__ = ["build_map"]


def build_map(layer: Layer, format: str) -> QuantizedMap:
    """Fresh weights in `format`, from torch's global generator. A pooling is a convolution.

    Those of a recurrent layer are (n, n_in + n), see `RecurrentLifLayer`.
    """
    if layer.recurrent:
        inputs = math.prod(layer.input_shape) + layer.channels
        return QuantizedLinear((inputs,), layer.channels, format)
    if layer.kind == "dense":
        return QuantizedLinear(layer.input_shape, layer.channels, format)
    return QuantizedConv(
        layer.input_shape, layer.channels, layer.kernel, layer.stride, layer.padding, format
    )
