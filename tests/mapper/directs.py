"""Direct-coded networks."""

import numpy as np

from mapper.network import Conv, Dense, Network, Population

__all__ = ["direct_network"]


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
