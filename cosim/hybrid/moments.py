"""When the neurons of a hybrid chip compute."""

import numpy as np

from mapper.hybrid.image import HybridImage

from ..moments import Moments

__all__ = ["hybrid_moments"]


def hybrid_moments(image: HybridImage) -> dict[str, Moments]:
    """By population. What a macro or core sends in a chip tick arrives for the next one."""
    found = {}
    for p in image.populations:
        none = np.zeros_like(p.core)
        found[p.name] = Moments(none, none + p.level, none)
    return found
