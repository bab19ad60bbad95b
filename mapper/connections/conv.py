"""Convolution in one, two or three dimensions; pooling is a strided one with its own weights."""

from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.sparse import csr_array

from ..errors import InputError
from ..integers import check_shape
from .base import Connection

__all__ = ["Conv"]

_BLOCK = 1 << 22  # elements (32 MB) of unfolded windows that `product` holds at a time
_MAX_UNFOLDED = (
    1 << 27
)  # the same of one sample, 1 GB; the published LeNets and VGGs have 2 % of it


@dataclass(frozen=True, eq=False)
class Conv(Connection):
    """Cross-correlation as `torch.nn.Conv1d`, `Conv2d`, `Conv3d` compute it, without bias.

    weight:      (C_out, C_in, *kernel); 1 to 3 kernel dimensions make the rank
    input_shape: (C_in, *spatial), the shape of the source, or another one of as many neurons: then
                 the source's, in C order, are taken as that map
    stride:      per spatial dimension, >= 1; default all 1
    padding:     zeros on both sides of each spatial dimension, >= 0; default all 0

    No dilation, no groups: a weight tensor with zeros in it says the same.
    """

    GEOMETRY: ClassVar[tuple[str, ...]] = ("input_shape", "stride", "padding")

    input_shape: tuple[int, ...] = field(kw_only=True)
    stride: tuple[int, ...] = field(default=(), kw_only=True)
    padding: tuple[int, ...] = field(default=(), kw_only=True)

    def _check_geometry(self) -> None:
        if not 3 <= self.weight.ndim <= 5 or not self.weight.size:
            raise InputError(
                f"{self.where}: weight must have 3 to 5 dimensions (C_out, C_in, kernel), none of "
                f"them 0, not shape {self.weight.shape}"
            )
        check_shape(self.input_shape, f"{self.where}: input")
        if len(self.input_shape) != 1 + self.rank or self.input_shape[0] != self.weight.shape[1]:
            raise InputError(
                f"{self.where}: input_shape {self.input_shape} does not fit weight "
                f"{self.weight.shape}: expected {self.weight.shape[1]} channels and {self.rank} "
                "spatial dimensions"
            )
        for name, least in (("stride", 1), ("padding", 0)):
            if getattr(self, name) == ():
                object.__setattr__(self, name, (least,) * self.rank)
            self._check_steps(name, least)
        padded = tuple(n + 2 * p for n, p in zip(self.spatial, self.padding, strict=True))
        if any(k > n for k, n in zip(self.kernel, padded, strict=True)):
            raise InputError(
                f"{self.where}: kernel {self.kernel} is larger than the padded map {padded}"
            )
        check_shape((self.input_shape[0], *padded), f"{self.where}: padded input")
        check_shape(self.output_shape, f"{self.where}: output")
        unfolded = self.weight[0].size * prod(self.output_shape[1:])
        if unfolded > _MAX_UNFOLDED:
            raise InputError(
                f"{self.where}: kernel {self.kernel} at every place of output {self.output_shape} "
                f"sees {unfolded} inputs, at most {_MAX_UNFOLDED}"
            )

    def _check_steps(self, name: str, least: int) -> None:
        steps: Any = getattr(self, name)
        right = isinstance(steps, tuple) and len(steps) == self.rank
        if not right or any(type(s) is not int or s < least for s in steps):
            raise InputError(
                f"{self.where}: {name} must be a tuple of {self.rank} integers >= {least}, one "
                f"per spatial dimension, not {steps!r}"
            )

    @property
    def rank(self) -> int:
        """Number of spatial dimensions, 1 to 3."""
        return self.weight.ndim - 2

    @property
    def kernel(self) -> tuple[int, ...]:
        """Spatial shape of the kernel."""
        return self.weight.shape[2:]

    @property
    def spatial(self) -> tuple[int, ...]:
        """Spatial shape of the input, without padding."""
        return self.input_shape[1:]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """(C_out, *spatial): the shape that the target must have."""
        facts = zip(self.spatial, self.kernel, self.stride, self.padding, strict=True)
        return (self.weight.shape[0], *((n + 2 * p - k) // s + 1 for n, k, s, p in facts))

    @property
    def synapses(self) -> int:
        return int(np.count_nonzero(self.weight)) * prod(self.output_shape[1:])

    def check_shapes(self, source_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> None:
        if prod(source_shape) != prod(self.input_shape):
            raise InputError(
                f"{self.where}: source has shape {source_shape}, {prod(source_shape)} neurons; the "
                f"convolution's input_shape {self.input_shape} has {prod(self.input_shape)}"
            )
        if target_shape != self.output_shape:
            raise InputError(
                f"{self.where}: target has shape {target_shape}, expected {self.output_shape} "
                f"from input {self.input_shape}, kernel {self.kernel}, stride {self.stride}, "
                f"padding {self.padding}"
            )

    def product(self, spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.floating]:
        kernel = self._floats
        spikes = spikes.astype(kernel.dtype)
        places = prod(self.output_shape[1:])
        sums = np.empty((len(spikes), len(kernel), places), kernel.dtype)
        block = max(1, _BLOCK // (kernel.shape[1] * places))
        for first in range(0, len(spikes), block):
            chosen = slice(first, first + block)
            np.matmul(kernel, self._windows(spikes[chosen]), out=sums[chosen])
        return sums.reshape(len(spikes), len(kernel) * places)

    def _windows(self, spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The inputs under the kernel at each place: (samples, C_in * kernel, places)."""
        maps = spikes.reshape(-1, *self.input_shape)
        maps = np.pad(maps, [(0, 0), (0, 0), *((p, p) for p in self.padding)])
        axes = tuple(range(2, 2 + self.rank))
        windows = sliding_window_view(maps, self.kernel, axis=axes)
        every = (slice(None), slice(None), *(slice(None, None, s) for s in self.stride))
        kernel_first = (0, 1, *(a + self.rank for a in axes), *axes)
        columns = self.weight[0].size
        return windows[every].transpose(kernel_first).reshape(len(maps), columns, -1)

    def taps(self, offset: tuple[int, ...]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Which places see which inputs through the kernel's element at `offset`.

        Two arrays of flat indices, of the places and of the inputs of one channel; padding is left
        out. A shorter offset is about the leading spatial dimensions only.
        """
        place, seen = np.zeros(1, np.int64), np.zeros(1, np.int64)
        facts = zip(
            offset, self.output_shape[1:], self.spatial, self.stride, self.padding, strict=False
        )
        for k, places, inputs, stride, padding in facts:
            at = np.arange(places)
            source = at * stride - padding + k
            inside = (source >= 0) & (source < inputs)
            place = np.add.outer(place * places, at[inside]).ravel()
            seen = np.add.outer(seen * inputs, source[inside]).ravel()
        return place, seen

    def _unroll(self) -> csr_array:
        """Row by row: the nonzero weights (C_in, kernel) of a channel are in column order."""
        used = np.argwhere(self.weight.any(axis=(0, 1)))
        seen = np.full((prod(self.output_shape[1:]), len(used)), -1, np.int32)
        for i, offset in enumerate(used.tolist()):
            place, inputs = self.taps(tuple(offset))
            seen[place, i] = inputs
        columns, values, counts = [], [], [np.zeros(1, np.int32)]
        for kernels in self.weight[(slice(None), slice(None), *used.T)]:
            channel, tap = np.nonzero(kernels)
            source = seen[:, tap]
            inside = source >= 0
            columns.append((source + (channel * prod(self.spatial)).astype(np.int32))[inside])
            values.append(np.broadcast_to(kernels[channel, tap], inside.shape)[inside])
            counts.append(inside.sum(axis=1))
        starts = np.cumsum(np.concatenate(counts), dtype=np.int32)
        entries = (np.concatenate(values), np.concatenate(columns), starts)
        return csr_array(entries, shape=(prod(self.output_shape), prod(self.input_shape)))
