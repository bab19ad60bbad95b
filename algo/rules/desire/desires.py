"""Errors and ternary desires: what desire backpropagation sends back instead of gradients."""

from torch import Tensor

__all__ = ["spike_errors", "ternary"]


def spike_errors(counts: Tensor, desires: Tensor, full: float) -> Tensor:
    """Errors (B, n) in spikes, equations 5 and 14, of counts and desires (B, n).

    A neuron with desire 1 should fire `full` times (or more), one with -1 never; a neuron
    without a desire (0) makes no error. In -full..full; `full` times the paper's error.
    """
    return (counts.clamp(max=full) - full * (desires > 0)) * (desires != 0)


def ternary(values: Tensor, threshold: float) -> Tensor:
    """The sign of the values that exceed the threshold in size, else 0 (equation 10)."""
    return values.sign() * (values.abs() > threshold)
