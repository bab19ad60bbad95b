"""Convolution in one, two or three dimensions; pooling is a strided one with its own weights."""

from dataclasses import dataclass, field
from functools import reduce
from math import prod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.sparse import coo_array, csr_array, kron

from ..errors import InputError
from ..integers import check_shape
from .base import Connection

__all__ = ["Conv"]

_BLOCK = 1 << 22  # elements (32 MB) of unfolded windows that `product` holds at a time


@dataclass(frozen=True, eq=False)
class Conv(Connection):
    """Cross-correlation as `torch.nn.Conv1d`, `Conv2d`, `Conv3d` compute it, without bias.

    weight:      (C_out, C_in, *kernel); 1 to 3 kernel dimensions make the rank
    input_shape: (C_in, *spatial), the shape of the source
    stride:      per spatial dimension, >= 1; default all 1
    padding:     zeros on both sides of each spatial dimension, >= 0; default all 0

    No dilation, no groups: a weight tensor with zeros in it says the same.
    """

    GEOMETRY: ClassVar[tuple[str, ...]] = ("input_shape", "stride", "padding")

    input_shape: tuple[int, ...] = field(kw_only=True)
    stride: tuple[int, ...] = field(default=(), kw_only=True)
    padding: tuple[int, ...] = field(default=(), kw_only=True)

    def _check_geometry(self) -> None:
        if not 3 <= self.weight.ndim <= 5:
            raise InputError(
                f"{self.where}: weight must have 3 to 5 dimensions (C_out, C_in, kernel), "
                f"not shape {self.weight.shape}"
            )
        check_shape(self.weight.shape, f"{self.where}: weight")
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
        if source_shape != self.input_shape:
            raise InputError(
                f"{self.where}: source has shape {source_shape}, the convolution's input_shape "
                f"is {self.input_shape}"
            )
        if target_shape != self.output_shape:
            raise InputError(
                f"{self.where}: target has shape {target_shape}, expected {self.output_shape} "
                f"from input {self.input_shape}, kernel {self.kernel}, stride {self.stride}, "
                f"padding {self.padding}"
            )

    def product(self, spikes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        kernel = self._floats
        places = prod(self.output_shape[1:])
        sums = np.empty((len(spikes), len(kernel), places))
        block = max(1, _BLOCK // (kernel.shape[1] * places))
        for first in range(0, len(spikes), block):
            chosen = slice(first, first + block)
            np.matmul(kernel, self._windows(spikes[chosen]), out=sums[chosen])
        return sums.reshape(len(spikes), -1)

    def _windows(self, spikes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The inputs under the kernel at each place: (samples, C_in * kernel, places)."""
        maps = spikes.reshape(-1, *self.input_shape)
        maps = np.pad(maps, [(0, 0), (0, 0), *((p, p) for p in self.padding)])
        axes = tuple(range(2, 2 + self.rank))
        windows = sliding_window_view(maps, self.kernel, axis=axes)
        every = (slice(None), slice(None), *(slice(None, None, s) for s in self.stride))
        kernel_first = (0, 1, *(a + self.rank for a in axes), *axes)
        columns = self.weight[0].size
        return windows[every].transpose(kernel_first).reshape(len(maps), columns, -1)

    def _unroll(self) -> csr_array:
        """Sum over kernel offsets of (weights there) kron (map of shifted places).

        Offsets have no synapse in common, so the entries are gathered, not added.
        """
        parts = [
            kron(coo_array(self.weight[(..., *offset)]), self._shift(offset), format="coo")
            for offset in np.ndindex(self.kernel)
        ]
        rows, columns = (np.concatenate([p.coords[i] for p in parts]) for i in (0, 1))
        values = np.concatenate([p.data for p in parts]).astype(np.int64)
        shape = (prod(self.output_shape), prod(self.input_shape))
        return csr_array((values, (rows, columns)), shape=shape)

    def _shift(self, offset: tuple[int, ...]) -> coo_array:
        """0-1 matrix (places, spatial inputs): which input each place sees at a kernel offset."""
        lines = []
        facts = zip(
            self.output_shape[1:], self.spatial, self.stride, self.padding, offset, strict=True
        )
        for places, inputs, stride, padding, k in facts:
            place = np.arange(places)
            seen = place * stride - padding + k
            inside = (seen >= 0) & (seen < inputs)
            ones = np.ones(inside.sum(), np.int64)
            lines.append(coo_array((ones, (place[inside], seen[inside])), shape=(places, inputs)))
        return reduce(lambda a, b: kron(a, b, format="coo"), lines)
