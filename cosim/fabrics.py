"""What cosimulation must know of a fabric. A new one is one package and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.crossbar import layout as crossbar
from mapper.crossbar.image import ChipImage
from mapper.errors import InputError
from mapper.hybrid.image import HybridImage
from mapper.image import Image
from mapper.yoso import layout as yoso

from .crossbar.moments import chip_moments
from .crossbar.session import CrossbarSession
from .crossbar.steps import CrossbarSteps
from .golden.crossbar import run_chip
from .golden.hybrid import run_hybrid
from .golden.yoso import run_grid
from .host import PACES, Session
from .hybrid.moments import hybrid_moments
from .hybrid.session import HybridSession
from .hybrid.steps import HybridSteps
from .moments import Moments
from .steps import Steps
from .trace import ChipTrace
from .yoso.moments import grid_moments
from .yoso.session import GridSession
from .yoso.steps import GridSteps

__all__ = ["FABRICS", "Fabric", "find_fabric"]


@dataclass(frozen=True)
class Fabric:
    """Names by the fabric of an image.

    session: (image, pace) -> the host's side of a run
    golden:  (image, spikes, pace="tick", progress=...) -> the trace of the golden model, see
             `run_chip` and `run_grid`
    errors:  names of the sticky error bits, bit 0 first
    paces:   those of `host.PACES` that the chip allows
    moments: image -> population -> when its neurons compute
    steps:   image -> how to go through a run tick by tick
    """

    session: Callable[[Any, str], Session]
    golden: Callable[..., ChipTrace]
    errors: tuple[str, ...]
    paces: tuple[str, ...]
    moments: Callable[[Any], dict[str, Moments]]
    steps: Callable[[Any], Steps]

    def error_names(self, bits: int) -> list[str]:
        """Names of the sticky error bits that are set, also of those that should not exist."""
        places = [i for i in range(bits.bit_length()) if bits >> i & 1]
        return [self.errors[i] if i < len(self.errors) else f"bit {i}" for i in places]

    def raised(self, trace: ChipTrace) -> list[str]:
        """The sticky errors of a run, as "core 3: saturation"."""
        return [
            f"core {i}: {name}"
            for i, bits in enumerate(trace.errors)
            for name in self.error_names(int(bits))
        ]


def _run_chip(
    image: ChipImage,
    spikes: npt.NDArray[np.generic],
    pace: str = "tick",
    progress: Callable[[float], None] = lambda samples: None,
) -> ChipTrace:
    """The crossbar chip has one pace."""
    return run_chip(image, spikes, progress=progress)


def _run_hybrid(
    image: HybridImage,
    values: npt.NDArray[np.generic],
    pace: str = "tick",
    progress: Callable[[float], None] = lambda samples: None,
) -> ChipTrace:
    """Likewise."""
    return run_hybrid(image, values, progress=progress)


FABRICS = {
    "crossbar": Fabric(
        lambda image, pace: CrossbarSession(image),
        _run_chip,
        crossbar.ERRORS,
        ("tick",),
        chip_moments,
        CrossbarSteps,
    ),
    "hybrid": Fabric(
        lambda image, pace: HybridSession(image),
        _run_hybrid,
        crossbar.ERRORS,
        ("tick",),
        hybrid_moments,
        HybridSteps,
    ),
    "yoso": Fabric(GridSession, run_grid, yoso.ERRORS, PACES, grid_moments, GridSteps),
}
"""By the name of the fabric, `Image.fabric`."""


def find_fabric(image: Image, pace: str = "tick") -> Fabric:
    """The fabric of an image; InputError when it cannot run at this pace."""
    fabric = FABRICS[image.fabric]
    if pace not in fabric.paces:
        known = ", ".join(fabric.paces)
        raise InputError(f"pace {pace!r}: fabric {image.fabric} can run at pace {known}")
    return fabric
