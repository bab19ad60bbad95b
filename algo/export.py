"""From a finished run to the integer Network, with its accuracies measured."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mapper.errors import InputError, VerificationError
from mapper.files import read_json
from mapper.network import Network

from .batches import check_fit, spikes_of, training_data
from .checkpoint import load_tensors
from .datasets import Dataset, load
from .diagnostics import check_alive
from .early_exit import early_exit
from .evaluate import accuracy, integer_scores, scores
from .integer_network import build_network
from .recipe import Recipe, parse_recipe
from .record import correct_facts, recipe_facts
from .rules import Rule
from .run import MODEL, RECIPE, build_rule

__all__ = ["export", "load_run"]


def load_run(run_dir: str | Path) -> tuple[Recipe, Rule]:
    """Recipe and trained network of a finished run. Raises InputError for anything else."""
    run_dir = Path(run_dir)
    recipe_file, model_file = run_dir / RECIPE, run_dir / MODEL
    recipe = parse_recipe(read_json(recipe_file, "the recipe of a training run"), str(recipe_file))
    if not model_file.exists():
        raise InputError(f"{run_dir}: training has not finished; run it again to resume")
    tensors, _ = load_tensors(model_file)
    rule = build_rule(recipe)
    try:
        rule.load_state_dict(tensors)
    except RuntimeError as error:
        raise InputError(f"{model_file}: does not fit the recipe beside it") from error
    return recipe, rule


def export(run_dir: str | Path, limit: int | None = None) -> tuple[Network, dict[str, Any]]:
    """Export a finished run and measure it on its data set's test split.

    limit: only the first so many test images; None for all of them

    Returns the Network and its `record`: recipe, seed, dataset, topology, rule, test_images, what
    `algo.record` adds (the whole recipe, which images are right), and accuracies in 0..1: "float"
    (weights, thresholds and leaks not rounded, normalization measured anew), "fake_quantized"
    (torch) and "integer" (numpy, without torch). Of a network that decides by its first spike also
    `early_exit` (see `algo.early_exit`).

    Raises InputError for an unfinished or damaged run and for a silent network (see
    `algo.diagnostics`), and VerificationError, which means a bug, when one score of the integer
    network differs from the fake-quantized one.
    """
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1, not {limit}")
    recipe, rule = load_run(run_dir)
    data = load(recipe.dataset, "test")
    check_fit(recipe, data)
    data = data.subset(np.arange(len(data))[:limit])
    network = build_network(recipe, rule, data.shape)
    fake, integer = scores(rule, recipe, data.images), integer_scores(network, data.images)
    differing = int((fake != integer).any(axis=1).sum())
    if differing:
        raise VerificationError(
            f"{differing} of {len(data)} samples differ between torch and integers"
        )
    check_alive(network, data.images, integer)
    record = {
        "recipe": recipe.name,
        "seed": recipe.seed,
        "dataset": recipe.dataset,
        "topology": recipe.topology,
        "rule": recipe.rule.name,
        "test_images": len(data),
        "accuracy": {
            "float": _float_accuracy(recipe, rule, data),
            "fake_quantized": accuracy(fake, data),
            "integer": accuracy(integer, data),
        },
        **recipe_facts(recipe),
        **correct_facts(integer.argmax(axis=1) == data.labels),
    }
    if network.decision == "first_spike":
        record["early_exit"] = early_exit(network, data.images)
    return replace(network, record=record), record


def _float_accuracy(recipe: Recipe, rule: Rule, data: Dataset) -> float:
    """Accuracy without quantization; leaves `rule` with the statistics of the float network."""
    train_set, _ = training_data(recipe)
    images = train_set.images[: recipe.training.calibration]
    rule.calibrate(spikes_of(images, recipe), quantized=False)
    return accuracy(scores(rule, recipe, data.images, quantized=False), data)
