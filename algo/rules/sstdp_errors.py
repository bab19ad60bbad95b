"""Errors of SSTDP's outputs: positive ones ask for a later spike, negative ones for an earlier."""

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["expected_times", "potential_errors", "time_errors"]


def time_errors(fired: Tensor, labels: Tensor, gap: float, ticks: int) -> tuple[Tensor, Tensor]:
    """Equation 6: loss, mean over the batch, and errors (B, n), expected minus actual ticks.

    fired, labels, gap, ticks: as of `expected_times`
    """
    errors = expected_times(fired, labels, gap, ticks) - fired
    return (errors**2).sum(dim=1).mean() / 2, errors


def expected_times(fired: Tensor, labels: Tensor, gap: float, ticks: int) -> Tensor:
    """Equations 4 and 5, within 0..T: when the outputs (B, n), that fired at `fired`, should.

    fired: ticks as floats, T for never
    gap:   ticks between the target neuron, labels (B,), and the others
    """
    n = fired.shape[1]
    target = functional.one_hot(labels, n).bool()
    mean = fired.mean(dim=1, keepdim=True)
    early = torch.minimum(fired, mean - (n - 1) / n * gap)
    late = torch.maximum(fired, mean + gap / n)
    return torch.where(target, early, late).clamp(0, ticks)


def potential_errors(
    potentials: Tensor, labels: Tensor, half: float, gain: float
) -> tuple[Tensor, Tensor]:
    """Cross entropy, mean over the batch, and errors (B, n): likelihoods minus what they should be.

    Not in the paper. The target should fire in time, the others never: that is all that is asked,
    not at which tick. The likelihood that an output with potential v after the last tick is in
    time is 1 / (1 + exp(-gain (v - half))). An error thus fades as the potential moves away from
    `half` to the right side; equation 5 goes on asking until the gap is reached, of images that
    are right, too, and has nothing to say about an output that is late, however late it is.

    potentials: (B, n), labels: (B,)
    """
    likelihood = torch.sigmoid(gain * (potentials - half))
    target = functional.one_hot(labels, potentials.shape[1]).to(potentials.dtype)
    sign = 1 - 2 * target
    loss = functional.softplus(sign * gain * (potentials - half)).sum(dim=1).mean()
    return loss, likelihood - target
