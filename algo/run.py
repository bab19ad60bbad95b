"""One training run: its state between two epochs, in memory and in its folder."""

import json
import math
import time
from pathlib import Path
from typing import Any

import torch

from mapper.errors import InputError
from mapper.files import atomic_file

from .batches import spikes_of, training_batches
from .checkpoint import Checkpoint, save_tensors
from .curve import draw_curve
from .datasets import Dataset
from .diagnostics import PROBE, Diagnostics
from .evaluate import accuracy, scores
from .noise import NOISE
from .progress import TrainingProgress
from .recipe import Recipe
from .rules import RULES, Rule, StepResult
from .schedule import Schedule

__all__ = [
    "CHECKPOINT",
    "CURVE",
    "METRICS",
    "MODEL",
    "RECIPE",
    "Run",
    "build_rule",
]

RECIPE, CHECKPOINT, METRICS = "recipe.json", "checkpoint.safetensors", "metrics.jsonl"
CURVE, MODEL = "curve.png", "model.safetensors"


def build_rule(recipe: Recipe) -> Rule:
    """The recipe's network, with fresh parameters from torch's global generator."""
    return RULES[recipe.rule.name](recipe.layers, recipe.rule)


class Run:
    """Network, optimizer and history of a run in `folder`, as its last checkpoint left them.

    The caller has fixed seed, threads and algorithms. Raises InputError for a damaged checkpoint.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        self.rule, self.schedule = build_rule(recipe), Schedule(recipe)
        self.optimizer = self.rule.optimizer(recipe.training.learning_rate)
        self.history: list[dict[str, Any]] = []
        self.best: dict[str, torch.Tensor] = {}
        self.steps_done = 0
        if (folder / CHECKPOINT).exists():
            self._restore(Checkpoint.load(folder / CHECKPOINT))

    @property
    def epochs_done(self) -> int:
        """Number of epochs that the history holds."""
        return len(self.history)

    @property
    def finished(self) -> bool:
        """Nothing is left to train and the result is written."""
        return self.complete and (self.folder / MODEL).exists()

    @property
    def complete(self) -> bool:
        """All epochs are done, or the last ones of training.patience brought no better one."""
        patience = self.recipe.training.patience
        if patience and self.history and self.schedule.is_last(self.epochs_done):
            stalled = self.epochs_done - self.best_entry["epoch"]
            if stalled >= patience:
                return True
        return self.epochs_done == self.recipe.epochs

    @property
    def best_entry(self) -> dict[str, Any]:
        """Whose weights are kept: the newest, or the earliest with the best validation accuracy.

        The latter, `training.keep`, among the epochs of the newest one's stage.
        """
        if self.recipe.training.keep == "last":
            return self.history[-1]
        _, before = self.schedule.stage(self.epochs_done)
        return max(
            self.history[before:], key=lambda entry: (entry["validation_accuracy"], -entry["epoch"])
        )

    def train(self, train_set: Dataset, validation: Dataset, progress: bool) -> None:
        """Do the remaining epochs, with a checkpoint after each, and write the result."""
        epochs = self.recipe.epochs
        full, rest = divmod(len(train_set), self.recipe.training.batch)
        steps = full + (rest > 1)
        watch = Diagnostics(self.recipe, train_set.shape)
        with TrainingProgress(
            self.recipe.name, epochs, steps * epochs, self.steps_done, enabled=progress
        ) as bar:
            while not self.complete:
                self._enter_stage(train_set)
                self._epoch(train_set, validation, steps, watch, bar)
                self._save()
        self._write_metrics()  # a kill after the last checkpoint may have come before them
        draw_curve(self.history, self.recipe.name, self.folder / CURVE)
        facts = {"recipe": self.recipe.name, "epoch": self.best_entry["epoch"]}
        save_tensors(self.folder / MODEL, self.best, facts)

    def _enter_stage(self, train_set: Dataset) -> None:
        """When the next epoch begins one that is not the recipe's first."""
        stage = self.schedule.begins(self.epochs_done + 1)
        if stage is None:
            return
        if self.best:
            self.rule.load_state_dict(self.best)
        self.rule.enter(stage.name, self._calibration(train_set))
        self.optimizer = self.rule.optimizer(stage.learning_rate)

    def _calibration(self, train_set: Dataset) -> torch.Tensor:
        return spikes_of(train_set.images[: self.recipe.training.calibration], self.recipe)

    def _epoch(
        self,
        train_set: Dataset,
        validation: Dataset,
        steps: int,
        watch: Diagnostics,
        bar: TrainingProgress,
    ) -> None:
        started, epoch, results = time.monotonic(), self.epochs_done + 1, list[StepResult]()
        if noise := self.recipe.noise:
            noisy = self.schedule.stage(epoch)[0].name == NOISE
            self.rule.disturb(noise.difference if noisy else None)
        for spikes, labels in training_batches(train_set, self.recipe):
            self._set_learning_rate(steps)
            results.append(self.rule.update(spikes, labels, self.optimizer))
            watch.check_finite(math.isfinite(results[-1].loss), "the loss", epoch)
            self.steps_done += 1
            bar.step(epoch, results[-1].loss)
        # A spike is 0 or 1 whatever it comes from, so broken weights need not show in the loss.
        for name, value in self.rule.named_parameters():
            watch.check_finite(bool(value.isfinite().all()), name, epoch)
        rates = _mean_rates(results)
        spikes = self._calibration(train_set)
        self.rule.calibrate(spikes)
        silent = {}
        if self.schedule.is_last(epoch):
            silent = watch.after_epoch(self.rule, rates, spikes[:PROBE], epoch)
        self.history.append(
            {
                "epoch": epoch,
                "loss": sum(r.loss for r in results) / len(results),
                "train_accuracy": sum(r.correct for r in results) / len(train_set),
                "validation_accuracy": accuracy(
                    scores(self.rule, self.recipe, validation.images), validation
                ),
                "spike_rates": rates,
                "silent_neurons": silent,
                "seconds": round(time.monotonic() - started, 3),
            }
        )
        if self.best_entry["epoch"] == epoch:
            self.best = {k: v.detach().clone() for k, v in self.rule.state_dict().items()}
        bar.validated(
            self.history[-1]["validation_accuracy"], self.best_entry["validation_accuracy"]
        )

    def _set_learning_rate(self, steps: int) -> None:
        """`steps`: of an epoch."""
        rate = self.schedule.learning_rate(self.epochs_done + 1, self.steps_done, steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("factor", 1.0)

    def _save(self) -> None:
        Checkpoint(
            model=self.rule.state_dict(),
            best=self.best,
            optimizer=self.optimizer.state_dict()["state"],
            generator=torch.get_rng_state(),
            history=self.history,
            step=self.steps_done,
        ).save(self.folder / CHECKPOINT)
        self._write_metrics()

    def _write_metrics(self) -> None:
        with atomic_file(self.folder / METRICS) as temporary:
            temporary.write_text("".join(json.dumps(entry) + "\n" for entry in self.history))

    def _restore(self, checkpoint: Checkpoint) -> None:
        state = self.optimizer.state_dict() | {"state": checkpoint.optimizer}
        try:
            self.rule.load_state_dict(checkpoint.model)
            self.optimizer.load_state_dict(state)
            torch.set_rng_state(checkpoint.generator)
        except (RuntimeError, ValueError, TypeError) as error:
            raise InputError(
                f"{self.folder}: the checkpoint does not fit the recipe; delete the folder and "
                "train again"
            ) from error
        self.best, self.history = checkpoint.best, checkpoint.history
        self.steps_done = checkpoint.step


def _mean_rates(results: list[StepResult]) -> dict[str, float]:
    return {name: sum(r.rates[name] for r in results) / len(results) for name in results[0].rates}
