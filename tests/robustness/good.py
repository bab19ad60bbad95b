"""One small good thing of every kind, for the corpus to damage."""

import gzip
import shutil
from pathlib import Path

import numpy as np

from algo.recipe import read_recipe
from algo.sweep import train_and_export
from mapper.crossbar.params import PRESETS
from mapper.fabrics import FABRICS
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.nir_io import write_network
from mapper.semantics import Reset
from mapper.yoso.params import PeParams

__all__ = ["make_good"]

RECIPE = """\
name = "tiny"
seed = 3
dataset = "digits"
topology = "64-6-10"

[encoding]
name = "binarize"
threshold = 6

[rule]
name = "scatter_gather"

[training]
epochs = 1
batch = 256
validation = 900
calibration = 100
"""
PE = PeParams(neurons=8, weights=1024, queue=128, ticks=8, rows=64, runs=64)
SMALL = Network(
    "small", (3,), (Population("a", (4,)), Population("b", (2,), kind="readout")),
    (Dense(INPUT, "a", np.eye(4, 3, dtype=np.int64)), Dense("a", "b", np.ones((2, 4)))), "b", 3,
    encoding={"name": "binarize", "threshold": 1},
)  # fmt: skip


def convolution(kernel: tuple[int, ...]) -> Network:
    """A map of (2, 6, 6), as many dimensions as the kernel has, and one convolution."""
    conv = Conv(INPUT, "a", np.ones((3, 2, *kernel)), input_shape=(2, *[6] * len(kernel)))
    a = Population("a", conv.output_shape, group=3)
    return Network("map", conv.input_shape, (a,), (conv,), "a", 2)


def for_digits(kinds: tuple[str, str], reset: Reset = Reset.ZERO) -> Network:
    """64-9-10 on the digits, neurons of these kinds."""
    rng = np.random.default_rng(0)
    return Network(
        "digits", (64,),
        (Population("hidden", (9,), kinds[0], reset=reset, threshold=3),
         Population("out", (10,), kinds[1])),
        (Dense(INPUT, "hidden", rng.integers(-1, 2, (9, 64))),
         Dense("hidden", "out", rng.integers(-1, 2, (10, 9)))),
        "out", 2, encoding={"name": "binarize", "threshold": 6},
    )  # fmt: skip


def make_good(folder: Path) -> None:
    """Fill `folder`: networks small.nir, square.nir and flat.nir, images chip and grid, the
    recipe tiny.toml, a finished run of it, a finished sweep.
    """
    write_network(SMALL, folder / "small.nir")
    write_network(convolution((3, 3)), folder / "square.nir")
    write_network(convolution((2, 3)), folder / "flat.nir")
    crossbar, yoso = FABRICS["crossbar"], FABRICS["yoso"]
    crossbar.map(for_digits(("threshold", "readout")), PRESETS["tiny"]).save(folder / "chip")
    yoso.map(for_digits(("rel_psp", "rel_psp_readout")), PE).save(folder / "grid")
    (folder / "tiny.toml").write_text(RECIPE)
    recipe = read_recipe(folder / "tiny.toml").model_dump(mode="json")
    train_and_export(recipe, str(folder / "sweep" / "seed3"))
    shutil.copytree(folder / "sweep" / "seed3", folder / "run")
    mnist = folder / "data" / "mnist"
    mnist.mkdir(parents=True)
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        (mnist / name).write_bytes(gzip.compress(bytes(5000)))
