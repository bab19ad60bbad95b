"""The folder that `spikeloom verilog` writes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cosim.crossbar.program import program_packets as crossbar_program
from cosim.yoso.program import program_packets as yoso_program
from mapper.crossbar.image import ChipImage
from mapper.files import atomic_directory
from mapper.image import Image
from mapper.yoso.image import GridImage
from mapper.yoso.layout import WEIGHTS_PER_WORD
from rtl.verilog import LINT_WAIVERS, chip_ports, chip_verilog

__all__ = ["write_verilog"]

Lines = Iterator[tuple[str, list[str]]]
"""(file, words in hexadecimal)"""


def write_verilog(image: Image[Any], path: Path) -> list[str]:
    """Write Verilog, file list, ports, waivers, programs, memory images; return the files."""
    with atomic_directory(path) as folder:
        sources = chip_verilog(image.params)
        for name, text in sources.items():
            (folder / name).write_text(text)
        (folder / "files.f").write_text("".join(f"{name}\n" for name in sources))
        (folder / "ports.json").write_text(json.dumps(chip_ports(image.params), indent=1) + "\n")
        (folder / "lint_waivers.vlt").write_text(LINT_WAIVERS)
        for name, words in _PROGRAMS[image.fabric](image):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("".join(f"{word}\n" for word in words))
        return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def _crossbar(image: ChipImage) -> Lines:
    for index in range(len(image.passes)):
        name = f"program{index}.hex" if index else "program.hex"
        yield name, _hex(crossbar_program(image, index), 64)
    for i, core in enumerate(image.cores):
        rows = np.packbits(core.synapse, axis=1, bitorder="little")
        yield f"memories/core{i}/synapse.hex", [row[::-1].tobytes().hex() for row in rows]
        for name in ("control", "threshold", "initial", "bias", "pointer", "route"):
            yield f"memories/core{i}/{name}.hex", _hex(getattr(core, name), 32)


def _yoso(image: GridImage) -> Lines:
    yield "program.hex", _hex(np.concatenate([*yoso_program(image)]), 64)
    pe = image.params.pe
    lists = ("row", "run") if pe.lists else ()
    for i, core in enumerate(image.cores):
        weights = core.weight.astype(np.int64).reshape(-1, WEIGHTS_PER_WORD)
        packed = (weights & ((1 << pe.weight_bits) - 1)) << pe.weight_bits * np.arange(
            WEIGHTS_PER_WORD
        )
        yield f"memories/core{i}/weight.hex", _hex(packed.sum(axis=1), 32)
        for name in ("threshold", "spike", *lists):
            yield f"memories/core{i}/{name}.hex", _hex(getattr(core, name), 32)


_PROGRAMS: dict[str, Callable[[Any], Lines]] = {"crossbar": _crossbar, "yoso": _yoso}
"""Programs and memory images, by fabric."""


def _hex(words: np.ndarray, bits: int) -> list[str]:
    """As $readmemh reads them."""
    mask, digits = (1 << bits) - 1, bits // 4
    return [f"{int(word) & mask:0{digits}x}" for word in words]
