"""From a layer of a topology to its weights."""

from mapper.topology import Layer

from .conv import QuantizedConv
from .linear import QuantizedLinear
from .quantized_map import QuantizedMap

__all__ = ["build_map"]


def build_map(layer: Layer, format: str) -> QuantizedMap:
    """Fresh weights in `format`, from torch's global generator. A pooling is a convolution."""
    if layer.kind == "dense":
        return QuantizedLinear(layer.input_shape, layer.channels, format)
    return QuantizedConv(
        layer.input_shape, layer.channels, layer.kernel, layer.stride, layer.padding, format
    )
