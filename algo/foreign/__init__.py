"""Networks that were trained with other tools: NIR graphs of floats, read, run and quantized."""

from .import_file import AUTO, Imported, ImportSettings, import_file
from .quantize import LayerFit

__all__ = ["AUTO", "ImportSettings", "Imported", "LayerFit", "import_file"]
