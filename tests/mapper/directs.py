"""Direct-coded networks, and hybrid chips for them."""

from dataclasses import replace

import numpy as np
from builder import Builder

from mapper.crossbar.params import CoreParams
from mapper.hybrid.params import HybridCores
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.pim.params import MacroParams

__all__ = ["direct_network", "random_cores", "random_direct_network"]


def direct_network(seed: int, ticks: int = 3) -> Network:
    """A convolution with padding on 3 x 4 values, then one dense layer."""
    rng = np.random.default_rng(seed)
    first = Conv("input", "first", rng.integers(-8, 8, (2, 1, 2, 2)), "int4",
                 input_shape=(1, 3, 4), padding=(1, 0))  # fmt: skip
    shape = first.output_shape
    n = int(np.prod(shape))
    return Network(
        "direct", (1, 3, 4),
        (Population("first", shape, threshold=300), Population("out", (3,), kind="readout")),
        (first, Dense("first", "out", rng.integers(-1, 2, (3, n)))),
        "out", ticks=ticks, encoding={"name": "pixels"},
    )  # fmt: skip


def random_direct_network(seed: int) -> Network:
    """A kernel on values, dense or of 1 to 3 dimensions, in any format; up to two convolutions of
    its spikes, loops, and a dense output.
    """
    rng = np.random.default_rng(seed)
    build = Builder(rng)
    inputs = tuple(rng.integers(1, (4, *[6] * rng.integers(1, 4))).tolist())
    if rng.random() < 0.3:
        inputs, shape = (int(rng.integers(1, 60)),), (int(rng.integers(1, 20)),)
        build.connections.append(Dense(INPUT, "p0", **build.weight((*shape, *inputs))))
        name = build.population(shape)
    else:
        name, shape = build.conv(INPUT, inputs)
    _of_channels(build)
    for _ in range(rng.integers(3) if len(shape) > 1 else 0):
        name, shape = build.conv(name, shape)
        if rng.random() < 0.3:
            build.loop(name, shape)
    out = build.population((3,))
    build.connections.append(Dense(name, out, **build.weight((3, int(np.prod(shape))))))
    timed = tuple(replace(c, delay=int(c.source == c.target)) for c in build.connections)
    return Network(
        f"direct{seed}", inputs, tuple(build.populations), timed, out,
        int(rng.integers(1, 6)), "spikes", encoding={"name": "pixels"},
    )  # fmt: skip


def _of_channels(build: Builder) -> None:
    """A first layer that macros have: parameters per channel, in the range of values."""
    first = build.populations[0]
    positions = first.n // first.shape[0]
    limits = {"threshold": (5, 2000), "bias": (-300, 300), "initial": (-200, 200)}
    words = {name: np.repeat(build.rng.integers(*limit, first.shape[0]), positions)
             for name, limit in limits.items()}  # fmt: skip
    build.populations[0] = replace(first, **words)


def random_cores(network: Network, seed: int) -> HybridCores:
    """Macros of any size with converters that lose nothing, as wide as the first layer's weights
    or wider; it may take several, or be too large.
    """
    rng = np.random.default_rng(seed)

    def power(low: int, high: int) -> int:
        return 1 << int(rng.integers(low, high + 1))

    weight, rows_active = network.connections[0].weight, power(2, 3)
    needed = max(int(weight.max()), -int(weight.min()) - 1).bit_length() + 1
    bits, columns = int(rng.integers(max(needed, 2), 9)), int(rng.integers(8, 65))
    macro = MacroParams(
        banks=power(0, 2), columns=columns, rows=power(3, 6), weight_bits=bits,
        rows_active=rows_active, adc_bits=int(rng.integers(rows_active.bit_length(), 9)),
        lanes=power(0, (columns // bits).bit_length() - 1), activations=power(6, 11),
        positions=power(3, 7), neurons=power(5, 9), routes=power(9, 13), potential_bits=32,
    )  # fmt: skip
    core = CoreParams(axons=64, neurons=256, lanes=8, update_lanes=4, max_extension=32,
                      potential_bits=32)  # fmt: skip
    return HybridCores(core=core, macro=macro)
