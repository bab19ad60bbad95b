"""Input spikes of a run, checked against the image that shall receive them."""

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.image import Image

__all__ = ["check_single", "input_spikes"]


def input_spikes(image: Image, spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """`spikes` as bool (samples, network ticks, inputs); InputError for another shape."""
    expected = (image.network_ticks, int(np.prod(image.input_shape)))
    if spikes.ndim != 3 or spikes.shape[1:] != expected:
        raise InputError(f"input spikes have shape {spikes.shape}, expected (samples, *{expected})")
    return spikes.astype(bool)


def check_single(spikes: npt.NDArray[np.bool_]) -> None:
    """InputError unless every input element spikes at most once per sample."""
    several = np.argwhere(spikes.sum(axis=1) > 1)
    if len(several):
        sample, element = (int(i) for i in several[0])
        ticks = ", ".join(str(t) for t in np.flatnonzero(spikes[sample, :, element]))
        raise InputError(
            f"sample {sample}: input element {element} spikes at ticks {ticks}; on a grid every "
            "element may spike once per sample, as a time-to-first-spike code does"
        )
