"""Random networks that grow population by population."""

import numpy as np

from mapper.network import Conv, Dense, Population
from mapper.semantics import Decay, Reset
from mapper.weights import WEIGHT_FORMATS

__all__ = ["Builder"]

DECAYS = (("none", 0), ("shift", 2), ("halve", 1), ("clear", 0))


class Builder:
    """Grows a network population by population; every choice comes from `rng`."""

    def __init__(self, rng):
        self.rng = rng
        self.populations, self.connections = [], []

    def weight(self, shape):
        name = str(self.rng.choice([*WEIGHT_FORMATS]))
        low, high = WEIGHT_FORMATS[name].low, WEIGHT_FORMATS[name].high
        keep = self.rng.random(shape) < 0.7
        return {"weight": self.rng.integers(low, high + 1, shape) * keep, "format": name}

    def population(self, shape):
        rng, n, name = self.rng, int(np.prod(shape)), f"p{len(self.populations)}"
        divisors = [d for d in range(1, shape[0] + 1) if shape[0] % d == 0]
        self.populations.append(Population(
            name, shape, decay=Decay(*DECAYS[rng.integers(4)]), reset=Reset(rng.choice([*Reset])),
            threshold=rng.integers(-3, 9, n), bias=rng.integers(-2, 3, n),
            initial=rng.integers(-9, 10, n), group=int(rng.choice(divisors)),
        ))  # fmt: skip
        return name

    def conv(self, source, shape):
        """A convolution of a source of this shape, into a new population; its name and shape."""
        shape = self.map_of(shape)
        rng, rank = self.rng, len(shape) - 1
        kernel = [int(rng.integers(1, min(3, d) + 1)) for d in shape[1:]]
        if rng.random() < 0.5:
            kernel = [min(kernel)] * rank
        facts = self.weight((int(rng.integers(1, 4)), shape[0], *kernel))
        facts["stride"] = tuple(rng.integers(1, 3, rank).tolist())
        facts["padding"] = tuple(rng.integers(0, 2, rank).tolist())
        facts["delay"] = int(rng.choice([0, 0, 1, 2]))
        conv = Conv(source, f"p{len(self.populations)}", **facts, input_shape=shape)
        self.connections.append(conv)
        return self.population(conv.output_shape), conv.output_shape

    def map_of(self, shape):
        """Now and then the same neurons as a map of one dimension more or less."""
        maps = [(1, *shape)] if len(shape) < 4 else []
        maps += [(shape[0] * shape[1], *shape[2:])] if len(shape) > 2 else []
        return maps[self.rng.integers(len(maps))] if self.rng.random() < 0.2 else shape

    def loop(self, name, shape):
        """A recurrent connection: a convolution that keeps the shape, or a dense one."""
        delay = int(self.rng.integers(1, 4))
        if self.rng.random() < 0.5:
            n = int(np.prod(shape))
            self.connections.append(Dense(name, name, **self.weight((n, n)), delay=delay))
            return
        weight = self.weight((shape[0], shape[0], *[3] * (len(shape) - 1)))
        ones = (1,) * (len(shape) - 1)
        self.connections.append(
            Conv(name, name, **weight, delay=delay, input_shape=shape, padding=ones)
        )
