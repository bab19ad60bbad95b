"""Linear maps between neurons, in floats: what the nodes of a NIR graph that are no neurons do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import prod

from torch import Tensor
from torch.nn import functional

from mapper.errors import InputError

__all__ = ["Convolution", "Matrix", "Operator", "Reshape", "Scaling"]

Shape = tuple[int, ...]
_CONVOLVE = {1: functional.conv1d, 2: functional.conv2d}


class Operator(ABC):
    """x (N, *shape) -> (N, *shape_out(shape)), float64, without a constant part."""

    @abstractmethod
    def shape_out(self, shape: Shape) -> Shape:
        """The shape of a result; InputError when `shape` does not fit."""

    @abstractmethod
    def __call__(self, x: Tensor) -> Tensor:
        """The map."""


@dataclass(frozen=True, eq=False)
class Matrix(Operator):
    """weight (n_out, n_in); an input of several dimensions is flattened in C order."""

    weight: Tensor

    def shape_out(self, shape: Shape) -> Shape:
        n_out, n_in = self.weight.shape
        if prod(shape) != n_in:
            raise InputError(f"its weight takes {n_in} inputs, what comes has shape {shape}")
        return (n_out,)

    def __call__(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.weight.T


@dataclass(frozen=True, eq=False)
class Convolution(Operator):
    """kernel (C_out, C_in, *spatial) of one or two spatial dimensions; cross-correlation."""

    kernel: Tensor
    stride: tuple[int, ...]
    padding: tuple[int, ...]

    @property
    def rank(self) -> int:
        """Number of spatial dimensions."""
        return self.kernel.ndim - 2

    @property
    def size(self) -> tuple[int, ...]:
        """Of the kernel, spatial."""
        return tuple(self.kernel.shape[2:])

    def shape_out(self, shape: Shape) -> Shape:
        c_out, c_in = self.kernel.shape[:2]
        if len(shape) != self.rank + 1 or shape[0] != c_in:
            raise InputError(
                f"its kernel takes {c_in} channels and {self.rank} spatial dimensions, "
                f"what comes has shape {shape}"
            )
        facts = zip(shape[1:], self.size, self.stride, self.padding, strict=True)
        spatial = tuple((n + 2 * p - k) // s + 1 for n, k, s, p in facts)
        if min(spatial) < 1:
            raise InputError(f"its kernel {self.size} is larger than what comes, {shape}")
        return (c_out, *spatial)

    def __call__(self, x: Tensor) -> Tensor:
        found: Tensor = _CONVOLVE[self.rank](
            x, self.kernel, stride=self.stride, padding=self.padding
        )
        return found


@dataclass(frozen=True)
class Reshape(Operator):
    """The same values in another shape."""

    shape: Shape

    def shape_out(self, shape: Shape) -> Shape:
        if prod(shape) != prod(self.shape):
            raise InputError(f"shape {self.shape} wanted, what comes has shape {shape}")
        return self.shape

    def __call__(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), *self.shape)


@dataclass(frozen=True, eq=False)
class Scaling(Operator):
    """Each element times its factor; factors: as many as elements, or one."""

    factors: Tensor

    def shape_out(self, shape: Shape) -> Shape:
        if self.factors.numel() not in (1, prod(shape)):
            raise InputError(f"{self.factors.numel()} factors for a shape of {shape}")
        return shape

    def __call__(self, x: Tensor) -> Tensor:
        if self.factors.numel() == 1:
            return x * self.factors.reshape(())
        return x * self.factors.reshape(x.shape[1:])
