"""Seconds per epoch of the same training in Spikeloom, snnTorch and SpikingJelly.

784-800-10 on MNIST, leaky integrate-and-fire neurons, 16 ticks of deterministic rate code, batches
of 128, Adam, cross entropy. Each framework runs in a process of its own on the same encoded
batches, in turns (A B C A B C ...), and reports its median step and its peak memory. Encoding is
timed apart: it is the same for all. Spikeloom also quantizes the weights and normalizes the sums.

The peers are no dependencies of Spikeloom; give them an environment of their own:

    python -m venv peers
    peers/bin/pip install torch==2.13.0 numpy scipy matplotlib tqdm pandas loguru nir nirtorch
    peers/bin/pip install --no-deps snntorch==1.0.0 spikingjelly==2.0.0
    python benchmarks/training_speed.py --peers peers/bin/python

Prints a JSON list of {name, unit, value, better}. Ratios carry over to other machines.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import torch

from algo.batches import spikes_of, training_batches
from algo.datasets import load
from algo.recipe import Recipe, parse_recipe

HERE = Path(__file__).parent
OURS, PEERS = ("spikeloom", "plain", "products"), ("snntorch", "spikingjelly")
BATCH, TICKS, BATCHES = 128, 16, 4


def recipe() -> Recipe:
    """The training that is timed."""
    return parse_recipe({
        "name": "speed", "seed": 1, "dataset": "mnist", "topology": "784-800-10", "ticks": TICKS,
        "encoding": {"name": "rate_if", "maximum": 255},
        "rule": {"name": "stbp", "weights": "int6", "readout_weights": "int6"},
        "training": {"epochs": 1, "batch": BATCH, "validation": 5000},
    }, "benchmark")  # fmt: skip


def write_batches(folder: Path) -> None:
    """The encoded batches as .npy files: spikes uint8 (B, T, n_in), labels."""
    torch.manual_seed(0)
    batches = training_batches(load("mnist", "train"), recipe())
    for i in range(BATCHES):
        spikes, labels = next(batches)
        np.save(folder / f"spikes{i}.npy", spikes.to(torch.uint8).numpy())
        np.save(folder / f"labels{i}.npy", labels.numpy())


def encoding_seconds(images: np.ndarray) -> float:
    """Median seconds to encode a batch."""
    return statistics.median(_timed(lambda: spikes_of(images, recipe())) for _ in range(5))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@click.command(help=__doc__)
@click.option(
    "--peers",
    type=click.Path(path_type=Path),
    default=None,
    help="Python with snnTorch and SpikingJelly; without it only Spikeloom is timed.",
)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--steps", default=10, show_default=True, type=click.IntRange(1))
def main(peers: Path | None, threads: int, rounds: int, steps: int) -> None:
    frameworks = OURS + PEERS if peers else OURS
    found: dict[str, list[dict[str, float]]] = {name: [] for name in frameworks}
    with tempfile.TemporaryDirectory() as folder:
        write_batches(Path(folder))
        for _ in range(rounds):
            for name in frameworks:
                python = str(peers) if name in PEERS else sys.executable
                command = [
                    python,
                    str(HERE / "training_step.py"),
                    name,
                    folder,
                    *map(str, (threads, steps)),
                ]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                found[name].append(json.loads(done.stdout.splitlines()[-1]))
    images = load("mnist", "train").images
    per_epoch = len(images) / BATCH
    results = [
        {"name": "encode a batch", "unit": "ms", "value": 1e3 * encoding_seconds(images[:BATCH]),
         "better": "lower"},
    ]  # fmt: skip
    step = {n: statistics.median(r["step"] for r in found[n]) for n in frameworks}
    memory = {n: statistics.median(r["peak_mib"] for r in found[n]) for n in frameworks}
    for name in frameworks:
        results += [
            {"name": f"{name}: step", "unit": "ms", "value": 1e3 * step[name], "better": "lower"},
            {"name": f"{name}: epoch without encoding", "unit": "s",
             "value": step[name] * per_epoch, "better": "lower"},
            {"name": f"{name}: peak memory", "unit": "MiB", "value": memory[name],
             "better": "lower"},
        ]  # fmt: skip
    if peers:
        fastest = min(PEERS, key=step.__getitem__)
        results += [
            {"name": f"speed against {name}", "unit": "x", "value": step[name] / step["spikeloom"],
             "better": "higher"} for name in PEERS
        ] + [
            {"name": f"speed against the faster ({fastest})", "unit": "x",
             "value": step[fastest] / step["spikeloom"], "better": "higher"},
            {"name": f"peak memory against {fastest}", "unit": "x",
             "value": memory["spikeloom"] / memory[fastest], "better": "lower"},
        ]  # fmt: skip
    for result in results:
        result["value"] = round(result["value"], 2)
    click.echo(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
