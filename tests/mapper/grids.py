"""Random networks that a YOSO grid can run, and what an image of one says, decoded from scratch."""

from dataclasses import replace

import numpy as np

from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.packets import PACKET
from mapper.semantics import Reset
from mapper.weights import WEIGHT_FORMATS
from mapper.yoso.image import GridImage
from mapper.yoso.layout import TARGET
from mapper.yoso.params import PRESETS, PeParams

KINDS = ("rel_psp", "threshold")


def grid_pe(**changes: int) -> PeParams:
    """Tiny, but with room for the sums of these networks, on several PEs."""
    room = {"accumulator_bits": 16, "potential_bits": 20, "queue": 256, "rows": 256, "runs": 256}
    return replace(PRESETS["tiny"], **room | changes)


def chain(
    *sizes: int, kind="rel_psp", weight=1, fmt="int6", ticks=4, decision="potential", **facts
) -> Network:
    """Dense layers l0, l1, ...; sizes: the input's first; facts: of every population."""
    facts = {"kind": kind, "reset": Reset.ONCE, "threshold": 9} | facts
    names = [INPUT, *(f"l{i}" for i in range(len(sizes) - 1))]
    return Network(
        "chain", (sizes[0],),
        tuple(Population(n, (s,), **facts) for n, s in zip(names[1:], sizes[1:], strict=True)),
        tuple(Dense(names[i], names[i + 1], np.full((sizes[i + 1], sizes[i]), weight), fmt)
              for i in range(len(sizes) - 1)),
        names[-1], ticks, decision,
    )  # fmt: skip


def random_grid_network(seed: int, **choices: int) -> Network:
    """1 to 3 hidden populations, dense or convolutional, of one or several sources, and an output.

    choices: largest side of maps, neurons of dense layers, to be overridden
    """
    rng = np.random.default_rng(seed)
    side, neurons = choices.get("side", 5), choices.get("neurons", 12)
    shapes = {INPUT: tuple(rng.integers(1, (4, side + 1, side + 1)).tolist())}
    populations, connections = [], []
    for i in range(rng.integers(1, 4)):
        name, source = f"p{i}", str(rng.choice([*shapes]))
        if len(shapes[source]) == 3 and rng.random() < 0.7:
            conv = random_conv(rng, source, name, shapes[source])
            connections.append(conv)
            shapes[name] = conv.output_shape
        else:
            shapes[name] = (int(rng.integers(1, neurons + 1)),)
            connections.append(random_dense(rng, source, name, shapes))
        for other in [*shapes][:-1]:
            if rng.random() < 0.25:
                connections.append(random_dense(rng, other, name, shapes))
        populations.append(population(rng, name, shapes[name], str(rng.choice(KINDS))))
    shapes["out"] = (int(rng.integers(1, 6)),)
    connections.append(random_dense(rng, populations[-1].name, "out", shapes))
    kind = str(rng.choice([*KINDS, "readout", "rel_psp_readout"]))
    populations.append(population(rng, "out", shapes["out"], kind))
    decision = str(rng.choice(["potential", "first_spike", "spikes"]))
    return Network(
        f"grid{seed}", shapes[INPUT], tuple(populations), tuple(connections), "out",
        int(rng.integers(1, 7)), "potential" if kind.endswith("readout") else decision,
    )  # fmt: skip


def population(rng, name, shape, kind) -> Population:
    n = int(np.prod(shape))
    return Population(name, shape, kind, reset=Reset.ONCE, threshold=rng.integers(-2, 30, n))


def random_weight(rng, shape):
    fmt = WEIGHT_FORMATS[str(rng.choice(["ternary", "binary", "int3", "int5"]))]
    keep = rng.random(shape) < rng.choice([0.3, 1.0])
    return {"weight": rng.integers(fmt.low, fmt.high + 1, shape) * keep, "format": fmt.name}


def random_dense(rng, source, target, shapes) -> Dense:
    size = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    return Dense(source, target, **random_weight(rng, (size[target], size[source])))


def random_conv(rng, source, target, shape) -> Conv:
    kernel = [int(rng.integers(1, min(3, d) + 1)) for d in shape[1:]]
    return Conv(
        source, target, **random_weight(rng, (int(rng.integers(1, 5)), shape[0], *kernel)),
        input_shape=shape, stride=tuple(rng.integers(1, 3, 2).tolist()),
        padding=tuple(rng.integers(0, 2, 2).tolist()),
    )  # fmt: skip


def once(network: Network, samples: int, seed: int) -> np.ndarray:
    """Input spikes (samples, ticks, inputs), at most one per element and sample."""
    rng = np.random.default_rng(seed)
    when = rng.integers(0, network.ticks + 2, (samples, 1, network.n_inputs))
    return np.arange(network.ticks)[:, None] == when


def sent(image: GridImage):
    """(source, element, [(address, rectangle)]) of everything that can spike."""
    for i in range(len(image.feed.start) - 1):
        words = image.feed.packet[image.feed.start[i] : image.feed.start[i + 1]]
        yield (
            INPUT,
            i,
            [rectangle_of(PACKET.unpack(w), int(PACKET.unpack(w)["data"])) for w in words],
        )
    for p in image.populations:
        for i, (core, column) in enumerate(zip(p.core, p.column, strict=True)):
            words = [TARGET.unpack(t) for t in image.cores[core].targets]
            address = int(image.cores[core].spike[column])
            yield p.name, i, [rectangle_of(w, address) for w in words if w["valid"]]


def token_targets(image: GridImage):
    """(PE or -1 for the host, rectangle) of every token of a tick."""
    for word in image.tokens:
        yield -1, rectangle_of(PACKET.unpack(word), 0)[1]
    for i, pe in enumerate(image.cores):
        for word in filter(None, pe.targets):
            yield i, rectangle_of(TARGET.unpack(word), 0)[1]


def rectangle_of(fields, address):
    return address, tuple(int(fields[n]) for n in ("x0", "y0", "x1", "y1"))
