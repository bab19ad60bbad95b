"""Random direct-coded networks that fit small hybrid chips."""

from dataclasses import replace

import numpy as np

from mapper.hybrid.params import HybridCores
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.pim.params import PRESETS as MACROS
from mapper.semantics import Reset

from .networks import CORE, random_connection, random_decay

CORES = HybridCores(
    core=CORE,
    macro=replace(MACROS["tiny"], activation_bits=8, rows=32, potential_bits=20),
)
MESH = (3, 2)


def first_layer(
    rng: np.random.Generator, fmt: str
) -> tuple[tuple[int, ...], tuple[int, ...], dict]:
    """(input shape, shape of the population, arguments of the connection)."""
    low, high = -8, 8  # int4
    if rng.random() < 0.3:
        inputs, neurons = int(rng.integers(2, 60)), int(rng.integers(1, 25))
        return (inputs,), (neurons,), {"weight": rng.integers(low, high, (neurons, inputs))}
    rank = int(rng.integers(1, 4))
    channels, kernel = int(rng.integers(1, 3)), tuple(int(k) for k in rng.integers(1, 4, rank))
    stride = tuple(int(s) for s in rng.integers(1, 3, rank))
    padding = tuple(int(p) for p in rng.integers(0, 2, rank))
    spatial = tuple(k + int(n) for k, n in zip(kernel, rng.integers(0, 3, rank), strict=True))
    outputs = int(rng.integers(1, 7))
    weight = rng.integers(low, high, (outputs, channels, *kernel))
    shape = (channels, *spatial)
    geometry = {"input_shape": shape, "stride": stride, "padding": padding}
    probe = Conv(INPUT, "x", weight, fmt, **geometry)
    return shape, probe.output_shape, {"weight": weight} | geometry


def direct_network(seed: int) -> Network:
    """One kernel on values, then one or two dense layers on spikes."""
    rng = np.random.default_rng(seed)
    while True:
        shape, out, facts = first_layer(rng, "int4")
        padding = facts.get("padding", ())
        padded = [n + 2 * p for n, p in zip(shape[1:], padding, strict=False)] or list(shape[1:])
        buffer = shape[0] * int(np.prod(padded))
        if np.prod(out) <= 50 and buffer <= CORES.macro.activations:
            break
    kind = Conv if "stride" in facts else Dense
    channels, positions = out[0], int(np.prod(out[1:]))
    per_channel = {"threshold": (5, 2000), "bias": (-300, 300), "initial": (-200, 200)}
    words = {n: np.repeat(rng.integers(*r, channels), positions) for n, r in per_channel.items()}
    first = Population("first", out, decay=random_decay(rng),
                       reset=Reset(rng.choice(list(Reset))), **words)  # fmt: skip
    outputs = int(rng.integers(2, 5))
    last = Population("out", (outputs,), kind="readout", decay=random_decay(rng),
                      bias=rng.integers(-4, 5, outputs))  # fmt: skip
    fmt = str(rng.choice(["ternary", "int4"]))
    return Network(
        f"direct {seed}", shape, (first, last),
        (kind(INPUT, "first", format="int4", **facts),
         random_connection(rng, ("first", first.n), ("out", outputs), fmt)),
        "out", ticks=int(rng.integers(1, 6)), encoding={"name": "pixels"},
    )  # fmt: skip


def random_values(network: Network, samples: int, seed: int) -> np.ndarray:
    """Values (samples, ticks, inputs), the same at all ticks, many of them 0."""
    rng = np.random.default_rng([seed, samples])
    values = rng.integers(0, 256, (samples, network.n_inputs))
    values[rng.random(values.shape) < rng.random()] = 0
    return np.repeat(values[:, None], network.ticks, axis=1).astype(np.uint8)
