"""spikeloom evaluate"""

from pathlib import Path
from typing import Any

import click
import numpy as np

from algo.agreement import Agreement, agreement
from algo.datasets.hyperspectral import scene_of
from algo.evaluate import CHUNK, integer_scores
from algo.scene_map import classify_scene
from mapper.network import Network

from ..output import emit, json_option, key_values, progress_bar, rows, step
from ..resolve import Samples, find_network, samples_for
from .options import data_option, limit_option

__all__ = ["evaluate"]


@click.command()
@click.argument("net")
@data_option
@limit_option
@click.option("--map", "picture", type=click.Path(path_type=Path, dir_okay=False), metavar="PNG",
              help="Of a hyperspectral scene: also write its classification map: truth, decisions "
              "and errors of every labelled pixel, those of training among them.")  # fmt: skip
@json_option
def evaluate(net: str, data: str, limit: int | None, picture: Path | None, as_json: bool) -> None:
    """Run samples through the integer Network NET, no chip: accuracy class by class.

    Overall accuracy (OA) is the share of samples that are right, average accuracy (AA) its mean
    over the classes, kappa what is left of the agreement beyond chance. --json also prints the
    confusion matrix: samples of each label (row) by decision (column).
    """
    network = find_network(net)
    samples = samples_for(network, data, limit)
    if picture is not None:
        scene_of(samples.name)  # before the work is done
    found = _measure(network, samples)
    if picture is not None:
        with step("classification map"):
            classify_scene(network, samples.name).draw(f"{network.name}: {samples.name}", picture)
    facts = {
        "network": network.name,
        "network_sha256": network.sha256(),
        "samples": len(samples),
        "overall_accuracy": found.overall,
        "average_accuracy": found.average,
        "kappa": found.kappa,
        "class_accuracy": found.of_class,
        "confusion": found.confusion.tolist(),
        "map": str(picture) if picture else None,
    }
    emit(facts, as_json, _summary(network.name, data, found, picture), _classes(found))


def _measure(network: Network, samples: Samples) -> Agreement:
    scores = []
    with progress_bar("network", len(samples)) as bar:
        for start in range(0, len(samples), CHUNK):
            images = samples.images[start : start + CHUNK]
            scores.append(integer_scores(network, images))
            bar.advance(bar.task_ids[0], len(images))
    found = np.concatenate(scores)
    classes = max(found.shape[1], int(samples.labels.max()) + 1)
    return agreement(samples.labels, found.argmax(axis=1), classes)


def _summary(name: str, data: str, found: Agreement, picture: Path | None) -> Any:
    shown = {
        "samples": int(found.confusion.sum()),
        "overall accuracy": f"{100 * found.overall:.2f} %",
        "average accuracy": f"{100 * found.average:.2f} %",
        "kappa": f"{found.kappa:.4f}",
    }
    return key_values(f"{name} on {data}", shown | ({"map": str(picture)} if picture else {}))


def _classes(found: Agreement) -> Any:
    table = []
    for label, (counts, share) in enumerate(zip(found.confusion, found.of_class, strict=True)):
        mistaken = counts.copy()
        mistaken[label] = 0
        table.append({
            "class": str(label), "samples": int(counts.sum()),
            "right": None if share is None else f"{100 * share:.2f} %",
            "mostly taken for": str(int(mistaken.argmax())) if mistaken.any() else None,
        })  # fmt: skip
    return rows("by class", table)
