"""The stages of a run: which epochs they have, and the learning rate of each step."""

import math

from .recipe import Recipe
from .rules.base import Stage

__all__ = ["Schedule"]


class Schedule:
    """Of one recipe. Epochs count from 1, through all stages."""

    def __init__(self, recipe: Recipe) -> None:
        self.stages = recipe.stages
        self.cosine = recipe.training.schedule == "cosine"

    def stage(self, epoch: int) -> tuple[Stage, int]:
        """The stage of `epoch`, and the number of epochs before the stage."""
        before = 0
        for stage in self.stages:
            if epoch <= before + stage.epochs:
                break
            before += stage.epochs
        return stage, before

    def is_last(self, epoch: int) -> bool:
        """Whether `epoch` belongs to the last stage, whose best epoch is the run's result."""
        return self.stage(epoch)[0] == self.stages[-1]

    def begins(self, epoch: int) -> Stage | None:
        """The stage that begins with `epoch`, unless it is the recipe's first."""
        stage, before = self.stage(epoch)
        return stage if before == epoch - 1 and stage != self.stages[0] else None

    def learning_rate(self, epoch: int, step: int, steps: int) -> float:
        """Of `step`, counted from 0 through all epochs of `steps` steps each, in `epoch`."""
        stage, before = self.stage(epoch)
        if not self.cosine:
            return stage.learning_rate
        angle = math.pi * (step - before * steps) / (stage.epochs * steps)
        return stage.learning_rate * (0.5 * (1 + math.cos(angle)))
