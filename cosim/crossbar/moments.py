"""When the neurons of a crossbar chip compute."""

import numpy as np

from mapper.crossbar.image import ChipImage

from ..moments import Moments

__all__ = ["chip_moments"]


def chip_moments(image: ChipImage) -> dict[str, Moments]:
    """By population. What a core sends in a chip tick arrives for the next one."""
    found = {}
    for p in image.populations:
        stage = p.core // image.params.cores
        skews = np.array([image.first_tick(p, i) for i in range(len(image.passes))])
        found[p.name] = Moments(stage, skews[stage], np.zeros_like(stage))
    return found
