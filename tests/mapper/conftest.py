"""Shared by the mapper's tests: small random networks with convolutions."""

import numpy as np
import pytest
from builder import Builder

from mapper.network import INPUT, Dense, Network


@pytest.fixture(scope="session")
def make_conv_network():
    """A function: seed -> 1 to 3 convolutions of one rank, loops, delays, and a dense output."""

    def make(seed) -> Network:
        rng = np.random.default_rng(seed)
        build = Builder(rng)
        rank = int(rng.integers(1, 4))
        first = tuple(rng.integers(1, (4, *[6] * rank)).tolist())
        name, shape = INPUT, first
        for _ in range(rng.integers(1, 4)):
            name, shape = build.conv(name, shape)
            if rng.random() < 0.3:
                build.loop(name, shape)
        out = build.population((3,))
        build.connections.append(Dense(name, out, **build.weight((3, int(np.prod(shape))))))
        return Network(
            f"conv{seed}", first, tuple(build.populations), tuple(build.connections), out,
            int(rng.integers(1, 6)), "spikes",
        )  # fmt: skip

    return make
