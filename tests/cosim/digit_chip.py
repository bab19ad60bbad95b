"""A small network for digits on the chip that other tests build too, and Evidence of its runs."""

import json
from pathlib import Path

import numpy as np

from flows.map_arguments import MapArguments
from mapper.network import Dense, Network, Population
from mapper.nir_io import write_network

from .networks import CORE, MESH

CORE_OPTION = ",".join(
    f"{name}={getattr(CORE, name)}"
    for name in ("axons", "neurons", "lanes", "update_lanes", "max_extension", "potential_bits",
                 "routes")
)  # fmt: skip
DATA = ("--data", "digits:test", "--engine", "batch")
TIMES = ("seconds", "golden_seconds")


def digit_network(change: int = 0) -> Network:
    """64 pixels, 2 ticks; `change` is added to one weight."""
    rng = np.random.default_rng(5)
    first = rng.integers(-1, 2, (9, 64))
    first[4, 20] = change
    return Network(
        "small", (64,),
        (Population("hidden", (9,), threshold=rng.integers(1, 6, 9), bias=1),
         Population("out", (10,), kind="readout")),
        (Dense("input", "hidden", first, "ternary"),
         Dense("hidden", "out", rng.integers(-1, 2, (10, 9)), "ternary")),
        "out", ticks=2, encoding={"name": "rate_if", "maximum": 16},
    )  # fmt: skip


def write_chip(folder: Path, change: int = 0) -> Path:
    """The network as small.nir and its image as chip."""
    write_network(digit_network(change), folder / "small.nir")
    arguments = MapArguments(
        net="small.nir", core=f"tiny,{CORE_OPTION}", mesh="{}x{}".format(*MESH)
    )
    arguments.map_rows(digit_network(change)).save(folder / "chip")
    return folder / "chip"


def content(folder: Path) -> dict[str, object]:
    """All of an Evidence folder but the times."""
    facts = json.loads((folder / "evidence.json").read_text())
    files = {f.name: f.read_bytes() for f in folder.iterdir() if f.name != "evidence.json"}
    return {key: value for key, value in facts.items() if key not in TIMES} | files
