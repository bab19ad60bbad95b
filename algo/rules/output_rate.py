"""Adam for rules whose output learns at a rate of its own."""

from collections.abc import Iterable
from typing import Any

import torch

__all__ = ["adam_with_output_rate"]


def adam_with_output_rate(
    hidden: Iterable[torch.nn.Parameter], output: Iterable[torch.nn.Parameter], factor: float,
    learning_rate: float,
) -> torch.optim.Optimizer:  # fmt: skip
    """Parameters of `output` learn `factor` times as fast; see `Rule.optimizer`."""
    groups: list[dict[str, Any]] = [{"params": [*hidden]}, {"params": [*output], "factor": factor}]
    return torch.optim.Adam(groups, lr=learning_rate, fused=True)
