"""Training: reproducible, resumable, the best epoch kept."""

import json
import math
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mapper.errors import InputError
from mapper.files import atomic_file, read_json, write_json

from .batches import check_fit, spikes_of, split_validation, training_batches
from .checkpoint import Checkpoint, save_tensors
from .curve import draw_curve
from .datasets import Dataset, load
from .evaluate import accuracy, scores
from .progress import TrainingProgress
from .recipe import Recipe
from .rules import RULES, Rule

__all__ = ["RunResult", "TrainingWarning", "build_rule", "train"]


class TrainingWarning(UserWarning):
    """Training goes on, but something looks wrong."""


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    epochs:              all epochs of the recipe
    best_epoch:          from 1; the one whose weights model.safetensors holds
    validation_accuracy: of that epoch, fake-quantized
    resumed_at:          epochs that were done before this call; equal to `epochs` when it found
                         a finished run
    seconds:             of this call
    """

    run_dir: Path
    recipe: Recipe
    epochs: int
    best_epoch: int
    validation_accuracy: float
    resumed_at: int
    seconds: float


def train(recipe: Recipe, run_dir: str | Path, progress: bool = True) -> RunResult:
    """Train `recipe` in the folder `run_dir`, or go on where an interrupted run stopped.

    The result depends on the recipe alone: a killed and resumed run ends with the same weights,
    bit for bit, as an uninterrupted one; an epoch that was under way is repeated.

    The folder gets recipe.json, checkpoint.safetensors, metrics.jsonl (a line per epoch),
    curve.png and, when finished, model.safetensors. `progress` shows a bar on standard error.

    Raises InputError when the recipe does not fit its data set, the folder holds a run of
    another recipe, the folder cannot be written, or training diverges. Ctrl-C raises
    KeyboardInterrupt and leaves the run resumable.
    """
    started, run_dir = time.monotonic(), Path(run_dir)
    _claim(recipe, run_dir)
    with _reproducible(recipe):
        run = _Run(recipe, run_dir)
        resumed_at = run.epoch
        if not run.finished:
            run.train(progress)
    best = run.best_entry
    return RunResult(
        run_dir, recipe, run.epoch, best["epoch"], best["validation_accuracy"], resumed_at,
        time.monotonic() - started,
    )


def build_rule(recipe: Recipe) -> Rule:
    """The recipe's network, with fresh parameters from torch's global generator."""
    return RULES[recipe.rule.name](recipe.layers, recipe.rule)


def _claim(recipe: Recipe, run_dir: Path) -> None:
    """Write recipe.json, or check that the one in the folder is the same."""
    path, mine = run_dir / "recipe.json", recipe.model_dump(mode="json")
    if not path.exists():
        if (run_dir / "checkpoint.safetensors").exists():
            raise InputError(f"{run_dir}: a run without recipe.json; choose a new folder")
        write_json(path, mine)
        return
    theirs = read_json(path, "the recipe of a training run")
    if theirs != mine:
        keys = sorted(k for k in theirs.keys() | mine.keys() if theirs.get(k) != mine.get(k))
        raise InputError(
            f"{run_dir}: holds a run of another recipe ({', '.join(keys)} differ); "
            "choose a new folder or delete this one"
        )


@contextmanager
def _reproducible(recipe: Recipe) -> Iterator[None]:
    """Fix seed, threads and algorithms for the block; give the process its settings back."""
    threads, generator = torch.get_num_threads(), torch.get_rng_state()
    deterministic = torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(recipe.training.threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(recipe.seed)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
        torch.set_rng_state(generator)


class _Run:
    """State of a training run between two epochs, in memory and in its folder."""

    def __init__(self, recipe: Recipe, run_dir: Path) -> None:
        self.recipe, self.dir = recipe, run_dir
        self.rule = build_rule(recipe)
        self.optimizer = torch.optim.Adam(self.rule.parameters(), lr=recipe.training.learning_rate)
        self.history: list[dict[str, Any]] = []
        self.best: dict[str, torch.Tensor] = {}
        self.steps_done = 0
        if (run_dir / "checkpoint.safetensors").exists():
            self._restore(Checkpoint.load(run_dir / "checkpoint.safetensors"))

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.history)

    @property
    def finished(self) -> bool:
        return self.epoch == self.recipe.training.epochs and (
            self.dir / "model.safetensors"
        ).exists()

    @property
    def best_entry(self) -> dict[str, Any]:
        """The earliest of the epochs with the best validation accuracy."""
        return max(self.history, key=lambda entry: (entry["validation_accuracy"], -entry["epoch"]))

    def train(self, progress: bool) -> None:
        data = load(self.recipe.dataset, "train")
        check_fit(self.recipe, data)
        options = self.recipe.training
        train_set, validation = split_validation(data, self.recipe)
        full, rest = divmod(len(train_set), options.batch)
        self.steps = (full + (rest > 1)) * options.epochs
        with TrainingProgress(
            self.recipe.name, options.epochs, self.steps, self.steps_done, progress
        ) as bar:
            while self.epoch < options.epochs:
                self._epoch(train_set, validation, bar)
                self._save()
        facts = {"recipe": self.recipe.name, "epoch": self.best_entry["epoch"]}
        draw_curve(self.history, self.recipe.name, self.dir / "curve.png")
        save_tensors(self.dir / "model.safetensors", self.best, facts)

    def _epoch(self, train_set: Dataset, validation: Dataset, bar: TrainingProgress) -> None:
        started, epoch = time.monotonic(), self.epoch + 1
        loss, correct, batches, rates = 0.0, 0, 0, dict[str, float]()
        for spikes, labels in training_batches(train_set, self.recipe):
            self._set_learning_rate()
            result = self.rule.update(spikes, labels, self.optimizer)
            if not math.isfinite(result.loss):
                raise InputError(
                    f"recipe {self.recipe.name}: training diverged in epoch {epoch} (loss "
                    f"{result.loss}); lower training.learning_rate"
                )
            self.steps_done += 1
            loss, correct, batches = loss + result.loss, correct + result.correct, batches + 1
            rates = {name: rates.get(name, 0.0) + rate for name, rate in result.rates.items()}
            bar.step(epoch, result.loss)
        rates = {name: rate / batches for name, rate in rates.items()}
        self._warn_of_dead_layers(rates, epoch)
        self._calibrate(train_set)
        measured = accuracy(scores(self.rule, self.recipe, validation.images), validation)
        self.history.append({
            "epoch": epoch, "loss": loss / batches, "train_accuracy": correct / len(train_set),
            "validation_accuracy": measured, "spike_rates": rates,
            "seconds": round(time.monotonic() - started, 3),
        })
        if self.best_entry["epoch"] == epoch:
            self.best = {k: v.detach().clone() for k, v in self.rule.state_dict().items()}
        bar.validated(measured, self.best_entry["validation_accuracy"])

    def _set_learning_rate(self) -> None:
        options = self.recipe.training
        factor = 1.0
        if options.schedule == "cosine":
            factor = 0.5 * (1 + math.cos(math.pi * self.steps_done / self.steps))
        for group in self.optimizer.param_groups:
            group["lr"] = options.learning_rate * factor

    def _calibrate(self, train_set: Dataset) -> None:
        images = train_set.images[: self.recipe.training.calibration]
        self.rule.calibrate(spikes_of(images, self.recipe))

    def _warn_of_dead_layers(self, rates: dict[str, float], epoch: int) -> None:
        for name, rate in rates.items():
            if rate == 0:
                warnings.warn(
                    f"recipe {self.recipe.name}: layer {name} fired no spike in epoch {epoch}; "
                    "it cannot learn: lower its threshold",
                    TrainingWarning, stacklevel=2,
                )

    def _save(self) -> None:
        state = self.optimizer.state_dict()["state"]
        Checkpoint(
            self.rule.state_dict(), self.best, state, torch.get_rng_state(), self.history,
            self.steps_done,
        ).save(self.dir / "checkpoint.safetensors")
        with atomic_file(self.dir / "metrics.jsonl") as temporary:
            temporary.write_text("".join(json.dumps(entry) + "\n" for entry in self.history))

    def _restore(self, checkpoint: Checkpoint) -> None:
        self.rule.load_state_dict(checkpoint.model)
        self.optimizer.load_state_dict(
            self.optimizer.state_dict() | {"state": checkpoint.optimizer}
        )
        self.best, self.history = checkpoint.best, checkpoint.history
        self.steps_done = checkpoint.step
        torch.set_rng_state(checkpoint.generator)
