"""Input spikes of a run, checked against the image that shall receive them."""

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.image import Image

__all__ = ["check_single", "input_spikes", "input_values"]


def input_spikes(image: Image, spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """`spikes` as bool (samples, network ticks, inputs); InputError for another shape."""
    _check_shape(image, spikes)
    return spikes.astype(bool)


def input_values(image: Image, values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Directly coded `values` (samples, network ticks, inputs) as uint8 (samples, inputs).

    Raises InputError for another shape, values outside 0..255, or that change within a sample.
    """
    _check_shape(image, values)
    if values.min(initial=0) < 0 or values.max(initial=0) > 255:
        raise InputError(f"input values lie in {values.min()}..{values.max()}, not 0..255")
    changing = (values != values[:, :1]).any(axis=(1, 2))
    if changing.any():
        raise InputError(f"sample {int(changing.argmax())}: a directly coded input is the same at "
                         "every tick")  # fmt: skip
    return values[:, 0].astype(np.uint8)


def _check_shape(image: Image, spikes: npt.NDArray[np.generic]) -> None:
    expected = (image.network_ticks, int(np.prod(image.input_shape)))
    if spikes.ndim != 3 or spikes.shape[1:] != expected:
        raise InputError(f"input spikes have shape {spikes.shape}, expected (samples, *{expected})")


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
