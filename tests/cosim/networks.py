"""Random networks for differential tests. Small, nasty, always mappable onto `CORE`."""

import numpy as np

from mapper.crossbar.params import CoreParams
from mapper.decisions import DECISIONS
from mapper.network import INPUT, Dense, Network, Population
from mapper.semantics import Decay, DecayKind, Reset
from mapper.weights import WEIGHT_FORMATS

CORE = CoreParams(
    axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, potential_bits=18, routes=64
)
MESH = (3, 2)


def random_decay(rng: np.random.Generator) -> Decay:
    kind = rng.choice(list(DecayKind))
    shifts = kind in (DecayKind.SHIFT, DecayKind.HALVE)
    return Decay(DecayKind(kind), int(rng.integers(1, 8)) if shifts else 0)


def random_population(rng: np.random.Generator, name: str, n: int, kind: str) -> Population:
    return Population(
        name, (n,), kind=kind, decay=random_decay(rng), reset=Reset(rng.choice(list(Reset))),
        threshold=rng.integers(-2, 25, n), bias=rng.integers(-4, 5, n),
        initial=rng.integers(-9, 10, n),
    )  # fmt: skip


def random_connection(
    rng: np.random.Generator, source: tuple[str, int], target: tuple[str, int], fmt: str,
    delay: int = 0,
) -> Dense:  # fmt: skip
    chosen = WEIGHT_FORMATS[fmt]
    weight = rng.integers(chosen.low, chosen.high + 1, (target[1], source[1]))
    weight[rng.random(weight.shape) < rng.random() * 0.9] = 0
    return Dense(source[0], target[0], weight, format=fmt, delay=delay)


def random_network(seed: int) -> Network:
    """Two or three layers, maybe recurrent, fan-in up to 4 x axons, any format, any output."""
    rng = np.random.default_rng(seed)
    fmt = str(rng.choice(list(WEIGHT_FORMATS)))
    columns = WEIGHT_FORMATS[fmt].columns
    inputs = int(rng.integers(4, 90))
    # Columns per phase shrink with the extension; keep the network within MESH's six cores.
    extension = 1 << max(0, (-(-inputs // CORE.axons) - 1).bit_length())
    room = max(1, (CORE.neurons // extension) // columns)
    hidden = int(rng.integers(1, min(3 * room, 20) + 1))
    recurrent = inputs + hidden <= extension * CORE.axons and rng.random() < 0.5
    spiking_output = rng.random() < 0.5
    outputs = int(rng.integers(2, 5))
    populations = [
        random_population(rng, "hidden", hidden, "threshold"),
        random_population(rng, "out", outputs, "threshold" if spiking_output else "readout"),
    ]
    h, o = ("hidden", hidden), ("out", outputs)
    connections = [
        random_connection(rng, (INPUT, inputs), h, fmt),
        random_connection(rng, h, o, str(rng.choice(["ternary", "int4", "int6", "binary"]))),
    ]
    if recurrent:
        connections.append(random_connection(rng, h, h, fmt, delay=1))
    return Network(
        f"random-{seed}", (inputs,), tuple(populations), tuple(connections), "out",
        ticks=int(rng.integers(1, 5)),
        decision=str(rng.choice(DECISIONS)) if spiking_output else "potential",
    )  # fmt: skip


def random_spikes(network: Network, samples: int, seed: int) -> np.ndarray:
    """Samples of different density: silent, sparse, dense, every axon at once."""
    rng = np.random.default_rng(seed)
    density = rng.choice([0.0, 0.05, 0.3, 1.0], (samples, 1, 1))
    return rng.random((samples, network.ticks, network.n_inputs)) < density
