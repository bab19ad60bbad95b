"""Random networks for the YOSO grid: small, nasty, always mappable onto `PE` and `GRID`."""

import numpy as np

from mapper.decisions import DECISIONS
from mapper.network import INPUT, Dense, Network, Population
from mapper.semantics import Reset
from mapper.weights import WEIGHT_FORMATS
from mapper.yoso.params import PeParams

PE = PeParams(
    neurons=8, weights=128, accumulator_bits=11, potential_bits=13, queue=64, ticks=8, rows=128,
    runs=128,
)  # fmt: skip
GRID = (3, 3)
FORMATS = [name for name, f in WEIGHT_FORMATS.items() if -32 <= f.low and f.high < 32]
SPIKING = ("rel_psp", "threshold")
SILENT = ("rel_psp_readout", "readout")


def grid_population(rng: np.random.Generator, name: str, n: int, kind: str) -> Population:
    """Thresholds low and high, some so low that a neuron fires without any spike."""
    reset = Reset.ONCE if kind == "threshold" else Reset.ZERO
    threshold = rng.integers(-1, rng.choice([4, 12, 40]), n)
    return Population(name, (n,), kind=kind, reset=reset, threshold=threshold)


def grid_dense(rng: np.random.Generator, source: str, m: int, target: str, n: int) -> Dense:
    fmt = str(rng.choice(FORMATS))
    weight = rng.integers(WEIGHT_FORMATS[fmt].low, WEIGHT_FORMATS[fmt].high + 1, (n, m))
    weight[rng.random(weight.shape) < rng.random() * 0.9] = 0
    return Dense(source, target, weight, format=fmt)


def grid_network(seed: int, kinds: tuple[tuple[str, ...], tuple[str, ...]] = (SPIKING, SILENT)):
    """One to three layers on several PEs each, maybe an input that skips some, or a branch.

    kinds: of neurons that spike and of those that do not
    """
    rng = np.random.default_rng(seed)
    inputs, depth = int(rng.integers(1, 30)), int(rng.integers(1, 4))
    sizes = [*rng.integers(1, 19, depth - 1).tolist(), int(rng.integers(1, 9))]
    names = [INPUT, *(f"hidden{i}" for i in range(depth - 1)), "out"]
    spiking = rng.random() < 0.6
    populations = [
        grid_population(rng, name, n, str(rng.choice(kinds[0]))) for name, n in
        zip(names[1:-1], sizes[:-1], strict=True)
    ]  # fmt: skip
    populations.append(
        grid_population(rng, "out", sizes[-1], str(rng.choice(kinds[0 if spiking else 1])))
    )
    widths = [inputs, *sizes]
    connections = [
        grid_dense(rng, names[i], widths[i], names[i + 1], widths[i + 1]) for i in range(depth)
    ]
    if depth > 1 and rng.random() < 0.3:  # two sources: weight lists
        connections.append(grid_dense(rng, INPUT, inputs, "out", sizes[-1]))
    if rng.random() < 0.3:
        populations.append(grid_population(rng, "side", 3, str(rng.choice(kinds[0]))))
        source = int(rng.integers(depth))  # two targets: weight lists, but for the input
        connections.append(grid_dense(rng, names[source], widths[source], "side", 3))
    return Network(
        f"grid-{seed}", (inputs,), tuple(populations), tuple(connections), "out",
        ticks=int(rng.integers(1, 9)),
        decision=str(rng.choice(DECISIONS)) if spiking else "potential",
    )  # fmt: skip


def single_spikes(network: Network, samples: int, seed: int) -> np.ndarray:
    """At most one spike per element: silent, sparse and dense samples, all in one tick, any."""
    rng = np.random.default_rng(seed)
    shape = (samples, network.n_inputs)
    share = rng.choice([0.0, 0.2, 0.7, 1.0], (samples, 1))
    late = np.where(rng.random((samples, 1)) < 0.3, rng.integers(0, network.ticks, (samples, 1)),
                    rng.integers(0, network.ticks, shape))  # fmt: skip
    spiking = rng.random(shape) < share
    return (late[:, None] == np.arange(network.ticks)[:, None]) & spiking[:, None]
