"""The full-size core (1,152 x 1,024, 64 lanes): cycle bound, and the zoo's networks."""

import os
from pathlib import Path

import numpy as np
import pytest

from algo.datasets import load
from algo.encoders import encode
from cosim.engines import make_engine
from cosim.trace import decide
from cosim.verify import verify
from flows.zoo import network_path
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import PRESETS
from mapper.network import Dense, Network, Population
from mapper.nir_io import read_network
from mapper.semantics import Decay, DecayKind

pytestmark = pytest.mark.xdist_group("full-build")
FULL = PRESETS["full"]
MESH = (2, 1)  # one build serves every test here but the three cores of mnist-ternary


def one_tick_network(inputs: int, neurons: int, fmt: str, threshold: int) -> Network:
    rng = np.random.default_rng(inputs + neurons)
    low, high = {"ternary": (-1, 1), "binary": (0, 1), "int6": (-32, 31), "int8": (-128, 127)}[fmt]
    weight = rng.integers(low, high + 1, (neurons, inputs))
    return Network(
        "bound", (inputs,),
        (Population("out", (neurons,), decay=Decay(DecayKind.CLEAR), threshold=threshold),),
        (Dense("input", "out", weight, format=fmt),), "out", ticks=1, decision="spikes",
    )  # fmt: skip


@pytest.mark.parametrize(
    "inputs, neurons, fmt, threshold",
    [
        (1152, 512, "ternary", 0),  # a full core, about half of the neurons fire
        (1152, 1024, "binary", 1),  # most neurons, all fire
        (1152, 1024, "binary", 2000),  # none fires
        (100, 10, "ternary", 0),  # 20 columns: one group
        (64, 33, "ternary", 0),  # 66 columns: one more than a group
        (1152, 170, "int6", 0),  # neurons straddle groups
        (5000, 25, "int8", 0),  # axon extension 8
        (3, 1, "binary", 1),
    ],
)
def test_cycle_bound(inputs, neurons, fmt, threshold):
    """cycles <= E ceil(n/64) + 2 ceil(n/64) + packets + 32, for E from nothing to every axon."""
    network = one_tick_network(inputs, neurons, fmt, threshold)
    image = map_network(network, FULL, mesh=MESH)
    columns = image.cores[0].columns
    rng = np.random.default_rng(1)
    counts = np.unique(np.minimum([0, 1, 2, 17, inputs // 3, inputs], inputs))
    spikes = np.zeros((len(counts), 1, inputs), bool)
    for sample, count in enumerate(counts):
        spikes[sample, 0, rng.choice(inputs, count, replace=False)] = True
    run = verify(make_engine("cocotb", image.params), image, spikes)
    assert run.comparison.passed, run.comparison
    packets = sum(o.sum(axis=(1, 2)) for o in run.rtl.outputs.values())
    assert (run.rtl.counters["events"][:, 0] == counts).all()
    slack = []
    for sample, events in enumerate(counts):
        bound = FULL.tick_bound(int(events), columns, int(packets[sample]))
        cycles = int(run.rtl.measured["cycles"][sample, 0])
        slack.append(bound - cycles)
        assert cycles <= bound, (events, columns, packets[sample], cycles, bound)
    # The work itself is exact: another event costs exactly ceil(n / 64) cycles.
    groups = -(-columns // FULL.lanes)
    silent = np.flatnonzero(packets == 0)
    base = run.rtl.measured["cycles"][silent, 0] - counts[silent] * groups
    assert len(np.unique(base[counts[silent] > 0])) <= 1
    print(f"slack {min(slack)}..{max(slack)} cycles")


def mnist_like(network: Network, count: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Encoded MNIST test images where the data set is at hand, else random images."""
    folder = os.environ.get("SPIKELOOM_DATA")
    if folder and (Path(folder) / "mnist").is_dir():
        data = load("mnist", "test")
        images, labels = data.images[:count], data.labels[:count]
    else:
        images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), np.uint8)
        labels = None
    return encode(images, network.encoding, network.ticks).astype(bool), labels


@pytest.mark.parametrize("name, mesh, count", [("mnist-lif", MESH, 6), ("mnist-ternary", None, 8)])
def test_mnist_networks_of_the_zoo(name, mesh, count):
    network = read_network(network_path(name))
    image = map_network(network, FULL, mesh=mesh)
    spikes, labels = mnist_like(network, count)
    run = verify(make_engine("cocotb", image.params), image, spikes)
    assert run.comparison.passed, run.comparison
    neurons = sum(p.n for p in network.populations)
    assert run.comparison.compared["potentials"] == count * network.ticks * neurons
    if labels is not None:
        assert (decide(image, run.rtl) == labels).mean() > 0.8


def test_digits_of_the_zoo():
    network = read_network(network_path("digits"))
    image = map_network(network, FULL, mesh=MESH)
    data = load("digits", "test")
    spikes = encode(data.images, network.encoding, network.ticks).astype(bool)[:60]
    run = verify(make_engine("cocotb", image.params), image, spikes)
    assert run.comparison.passed, run.comparison
    assert (decide(image, run.rtl) == data.labels[:60]).mean() > 0.9
