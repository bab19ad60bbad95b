"""When the neurons of a YOSO grid compute."""

import numpy as np

from mapper.yoso.image import GridImage

from ..golden.token_order import TokenOrder
from ..moments import Moments

__all__ = ["grid_moments"]


def grid_moments(image: GridImage) -> dict[str, Moments]:
    """By population. In a tick a PE waits for the tokens of those that send to it."""
    place = np.zeros(len(image.cores), np.int64)
    order = TokenOrder(image).order
    place[order] = np.arange(len(order))
    return {
        p.name: Moments(np.zeros_like(p.core), np.zeros_like(p.core), place[p.core])
        for p in image.populations
    }
