"""Many runs of one recipe: every combination of settings, every seed, trained and exported."""

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Client, Future, wait

from mapper.errors import InputError, VerificationError
from mapper.files import read_json, write_json
from mapper.nir_io import write_network

from .export import export
from .recipe import Recipe, parse_recipe
from .run import METRICS, MODEL, RECIPE
from .settings import Setting, changed_recipe, combinations, describe
from .train import train

__all__ = [
    "Outcome",
    "SweepRun",
    "finished_facts",
    "plan_sweep",
    "read_history",
    "run_sweep",
    "train_and_export",
]

RESULT, NETWORK = "result.json", "network.nir"
_POLL = 0.5  # seconds between two looks at the progress


@dataclass(frozen=True)
class SweepRun:
    """One training run of a sweep.

    name:    its folder below the sweep's, such as "weights=int6/seed1"
    changes: what differs from the sweep's recipe, but for the seed; as `algo.settings` has it
    """

    name: str
    changes: dict[str, Any]
    recipe: Recipe


@dataclass
class Outcome:
    """How a run of a sweep ended.

    facts: what `train_and_export` returns; None when it failed
    error: why it failed
    differs: it failed because integers and torch differ
    """

    facts: dict[str, Any] | None = None
    error: str | None = None
    differs: bool = False


def plan_sweep(recipe: Recipe, settings: Iterable[Setting], seeds: int) -> list[SweepRun]:
    """All runs: combination by combination, with seeds recipe.seed, recipe.seed + 1, ...

    Raises InputError for what a recipe file would be refused, before any work.
    """
    chosen = list(settings)
    if any("seed" in setting.keys for setting in chosen):
        raise InputError("a sweep sets the seeds itself: give the number of seeds instead")
    runs = []
    for changes in combinations(chosen):
        changed = changed_recipe(recipe, changes)
        for seed in range(recipe.seed, recipe.seed + seeds):
            name = f"{_folder(changes)}seed{seed}"
            runs.append(SweepRun(name, changes, changed_recipe(changed, {"seed": seed})))
    return runs


def _folder(changes: dict[str, Any]) -> str:
    """ "weights=int6 epochs=3/", with a hash where characters had to go; "" without changes."""
    last = {"+".join(k.split(".")[-1] for k in keys.split(",")): v for keys, v in changes.items()}
    text = describe(last)
    safe = re.sub(r"[^A-Za-z0-9._=+ -]", "_", text)[:100]
    if safe != text:
        safe += f"-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"{safe}/" if safe else ""


def train_and_export(values: dict[str, Any], folder: str) -> dict[str, Any]:
    """Train the recipe `values` in `folder`, or go on there, export, and measure.

    Returns, and leaves as result.json beside network.nir: "accuracy" as `algo.export.export` has
    it, "test_images", "epochs", "best_epoch", "validation_accuracy", "seconds" of all epochs
    together, "network_sha256" and "warnings" of the training.
    """
    recipe, place = parse_recipe(values, folder), Path(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        run = train(recipe, place, progress=False)
    network, record = export(place)
    write_network(network, place / NETWORK)
    facts = {
        "accuracy": record["accuracy"],
        "test_images": record["test_images"],
        "epochs": run.epochs,
        "best_epoch": run.best_epoch,
        "validation_accuracy": run.validation_accuracy,
        "seconds": sum(entry["seconds"] for entry in read_history(place)),
        "network_sha256": network.sha256(),
        "warnings": sorted({str(one.message) for one in caught}),
    }
    write_json(place / RESULT, facts)
    return facts


def finished_facts(run: SweepRun, folder: Path) -> dict[str, Any] | None:
    """What `train_and_export` left of `run` below `folder`; None when it is still to be done."""
    place = folder / run.name
    if not all((place / name).exists() for name in (RECIPE, MODEL, RESULT)):
        return None
    recipe = read_json(place / RECIPE, "the recipe of a training run")
    if recipe != run.recipe.model_dump(mode="json"):
        return None
    return read_json(place / RESULT, "the result of a run of a sweep")


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The epochs of the run in `folder` so far, as in its metrics.jsonl."""
    try:
        return [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]
    except FileNotFoundError:
        return []


def run_sweep(
    runs: list[SweepRun],
    folder: Path,
    client: Client,
    progress: Callable[[int], None] = lambda epochs: None,
) -> dict[str, Outcome]:
    """Train and export all runs on the workers of `client`; outcomes by name.

    folder:   where the runs' folders are; the workers must see it under the same path. A run that
              was interrupted there goes on
    progress: called now and then with the number of epochs done

    A run that fails, whatever the reason, does not stop the others.
    """
    place = folder.resolve()
    futures = {
        run.name: client.submit(
            train_and_export, run.recipe.model_dump(mode="json"), str(place / run.name), pure=False
        )
        for run in runs
    }
    for _ in _until_done(list(futures.values())):
        epochs = (
            run.recipe.epochs if futures[run.name].done() else len(read_history(place / run.name))
            for run in runs
        )
        progress(sum(epochs))
    return {name: _outcome(future) for name, future in futures.items()}


def _until_done(futures: list[Future]) -> Iterator[None]:
    waiting = futures
    while waiting:
        try:
            wait(waiting, timeout=_POLL)
        except TimeoutError:
            pass
        waiting = [future for future in waiting if not future.done()]
        yield


def _outcome(future: Future) -> Outcome:
    error = future.exception()
    if error is None:
        return Outcome(facts=future.result())
    text = " ".join(str(error).split()) or type(error).__name__
    if not isinstance(error, InputError | VerificationError):
        text = f"{type(error).__name__}: {text}"
    return Outcome(error=text, differs=isinstance(error, VerificationError))
