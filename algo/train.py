"""Training: reproducible, resumable, the best epoch kept."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from mapper.errors import InputError
from mapper.files import read_json, write_json
from mapper.lock import locked

from .allocator import keep_freed_memory
from .batches import training_data
from .recipe import Recipe
from .run import CHECKPOINT, CURVE, METRICS, MODEL, RECIPE, Run

__all__ = ["RunResult", "train"]


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    epochs:              that were trained: those of the recipe, or fewer with its patience
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

    The folder gets recipe.json, checkpoint.safetensors, metrics.jsonl (a line per epoch) and,
    when finished, curve.png and model.safetensors. `progress` shows a bar on standard error.

    Raises InputError when the recipe does not fit its data set, the folder holds a run of
    another recipe or one that another process is training, the folder cannot be written, or
    training diverges. Ctrl-C raises KeyboardInterrupt and leaves the run resumable. Warns with
    TrainingWarning of what looks wrong, see `algo.diagnostics`.
    """
    started, run_dir = time.monotonic(), Path(run_dir)
    keep_freed_memory()
    # What cannot be trained is refused before anything is written.
    data = None if _begun(run_dir) else training_data(recipe)
    files = (RECIPE, CHECKPOINT, METRICS, CURVE, MODEL)
    with locked(run_dir, files, "is training here"), _reproducible(recipe):
        _claim(recipe, run_dir)
        run = Run(recipe, run_dir)
        resumed_at = run.epochs_done
        if not run.finished:
            run.train(*(data or training_data(recipe)), progress)
    best = run.best_entry
    return RunResult(
        run_dir,
        recipe,
        run.epochs_done,
        best["epoch"],
        best["validation_accuracy"],
        resumed_at,
        time.monotonic() - started,
    )


def _begun(run_dir: Path) -> bool:
    return any((run_dir / name).exists() for name in (CHECKPOINT, MODEL))


def _claim(recipe: Recipe, run_dir: Path) -> None:
    """Write recipe.json; if the folder already holds results, check that theirs is the same."""
    path, mine = run_dir / RECIPE, recipe.model_dump(mode="json")
    if not _begun(run_dir):
        write_json(path, mine)
        return
    theirs = read_json(path, "the recipe of the training run in this folder")
    keys = sorted(key for key in theirs.keys() | mine.keys() if theirs.get(key) != mine.get(key))
    if keys:
        raise InputError(
            f"{run_dir}: holds a run of another recipe (different: {', '.join(keys)}); "
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
