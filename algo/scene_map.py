"""A classification map: what a network sees in a hyperspectral scene, as a picture."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mapper.files import atomic_file
from mapper.network import Network

from .datasets import SPLITS, load
from .datasets.hyperspectral import scene_of, split_pixels
from .evaluate import integer_scores

__all__ = ["SceneMap", "classify_scene"]

Ints = npt.NDArray[np.int64]
WHITE, RIGHT, WRONG, WRONG_IN_TRAINING = "#ffffff", "#d9d9d9", "#c1121f", "#f4a261"


class SceneMap:
    """Labels and decisions of all labelled pixels of a scene.

    truth, decided: int64 (height, width), -1 where there is no label
    tested:         bool (height, width), the pixels of the test split
    """

    def __init__(self, truth: Ints, decided: Ints, tested: npt.NDArray[np.bool_]) -> None:
        self.truth, self.decided, self.tested = truth, decided, tested

    @property
    def errors(self) -> Ints:
        """(height, width): -1 no label, 0 right, 1 wrong, 2 wrong although in training."""
        wrong = np.where(self.tested, 1, 2) * (self.truth != self.decided)
        return np.where(self.truth < 0, -1, wrong)

    def draw(self, title: str, path: Path) -> None:
        """Write a PNG: truth, decisions and errors side by side."""
        height, width = self.truth.shape
        figure = Figure(figsize=(10, 10 / 3 * height / width + 0.9), layout="constrained")
        FigureCanvasAgg(figure)  # no display, no pyplot state
        left, middle, right = figure.subplots(1, 3)
        classes = int(self.truth.max()) + 1
        palette = [to_hex(colormaps["tab20"](i % 20)) for i in range(classes)]
        _panel(left, self.truth, palette, "truth")
        _panel(middle, self.decided, palette, "decided")
        errors = self.errors
        counts = [int((errors == kind).sum()) for kind in (1, 2)]
        _panel(right, errors, [RIGHT, WRONG, WRONG_IN_TRAINING], "errors")
        keys = [Patch(color=WRONG, label=f"test: {counts[0]}"),
                Patch(color=WRONG_IN_TRAINING, label=f"training: {counts[1]}")]  # fmt: skip
        right.legend(handles=keys, loc="upper right", bbox_to_anchor=(1, 0), ncols=2, fontsize=8)
        keys = [Patch(color=colour, label=str(i)) for i, colour in enumerate(palette)]
        figure.legend(handles=keys, ncols=classes, loc="outside lower center", fontsize=8)
        figure.suptitle(title)
        with atomic_file(path) as temporary:
            figure.savefig(temporary, format="png", dpi=120)


def _panel(axes: Axes, values: Ints, palette: list[str], title: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_axis_off()
    colours = np.array([to_rgb(colour) for colour in (WHITE, *palette)])
    axes.imshow(colours[values + 1], interpolation="nearest")


def classify_scene(network: Network, name: str) -> SceneMap:
    """Run the integer network on every labelled pixel of the scene behind data set `name`."""
    scene = scene_of(name)
    decided, tested = np.full(scene.labels.size, -1), np.zeros(scene.labels.size, bool)
    for split in SPLITS:
        pixels = split_pixels(scene.labels, split)
        decided[pixels] = integer_scores(network, load(name, split).images).argmax(axis=1)
        tested[pixels] = split == "test"
    shape = scene.labels.shape
    return SceneMap(scene.labels, decided.reshape(shape), tested.reshape(shape))
