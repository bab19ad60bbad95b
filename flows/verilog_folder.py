"""The folder that `spikeloom verilog` writes."""

import json
from pathlib import Path

import numpy as np

from cosim.crossbar.program import program_packets
from mapper.crossbar.image import ChipImage
from mapper.files import atomic_directory
from rtl.verilog import LINT_WAIVERS, chip_ports, chip_verilog

__all__ = ["write_verilog"]


def write_verilog(image: ChipImage, path: Path) -> list[str]:
    """Write Verilog, file list, ports, waivers, a program per pass, memory images; return the
    files.
    """
    with atomic_directory(path) as folder:
        sources = chip_verilog(image.params)
        for name, text in sources.items():
            (folder / name).write_text(text)
        (folder / "files.f").write_text("".join(f"{name}\n" for name in sources))
        (folder / "ports.json").write_text(json.dumps(chip_ports(image.params), indent=1) + "\n")
        (folder / "lint_waivers.vlt").write_text(LINT_WAIVERS)
        for index in range(len(image.passes)):
            name = f"program{index}.hex" if index else "program.hex"
            _hex(folder / name, program_packets(image, index), 64)
        for i, core in enumerate(image.cores):
            memories = folder / "memories" / f"core{i}"
            memories.mkdir(parents=True)
            rows = np.packbits(core.synapse, axis=1, bitorder="little")
            lines = (row[::-1].tobytes().hex() for row in rows)
            (memories / "synapse.hex").write_text("".join(f"{line}\n" for line in lines))
            for name in ("control", "threshold", "initial", "bias", "pointer", "route"):
                _hex(memories / f"{name}.hex", getattr(core, name), 32)
        return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def _hex(path: Path, words: np.ndarray, bits: int) -> None:
    """One word per line, as $readmemh reads it."""
    mask, digits = (1 << bits) - 1, bits // 4
    path.write_text("".join(f"{int(word) & mask:0{digits}x}\n" for word in words))
