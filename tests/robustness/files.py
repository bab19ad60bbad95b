"""Files of every kind, damaged in every way that any file can be."""

import re
from functools import partial

from .case import DAMAGES, Case

__all__ = ["CASES"]

_READERS = {
    "small.nir": "check small.nir",
    "chip/chip.json": "golden chip --data digits:test",
    "chip/memories.npz": "golden chip --data digits:test",
    "grid/chip.json": "verilog grid -o x",
    "grid/memories.npz": "verilog grid -o x",
    "tiny.toml": "train tiny.toml -o x",
    "run/recipe.json": "export run -o x.nir",
    "run/model.safetensors": "export run -o x.nir",
    "run/checkpoint.safetensors": "train tiny.toml -o run",
    "sweep/seed3/result.json": "sweep tiny.toml --seeds 1 -o sweep",
    "data/mnist/t10k-labels-idx1-ubyte.gz": "golden chip --data mnist:test",
}
"""File -> the command that reads it."""
_HARMLESS = {
    *((path, damage) for path in ("run/checkpoint.safetensors", "sweep/seed3/result.json")
      for damage in ("missing", "a link to itself")),
    ("tiny.toml", "last bytes lost"),
}  # fmt: skip
"""Work that is still to be done, and is done; a recipe with another number."""

CASES = {
    f"{path}: {name}": Case(command, re.escape(path.partition("/")[0]), partial(damage, path))
    for path, command in _READERS.items()
    for name, damage in DAMAGES.items()
    if (path, name) not in _HARMLESS
}
