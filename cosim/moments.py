"""When neurons compute: what orders differences between two runs by cause and effect."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Moments"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Of the neurons of a population; network tick t of neuron i is at (stage[i], t + skew[i],
    depth[i]) on the chip, and depends on nothing later.

    stage: the pass; skew: chip ticks by which its core is behind; depth: place among the cores
    that compute the same chip tick one after the other
    """

    stage: Ints
    skew: Ints
    depth: Ints
