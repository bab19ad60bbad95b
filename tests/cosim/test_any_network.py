"""RTL == golden model == Network on networks of every kind, found and shrunk by hypothesis.

Networks of neurons that fire once run through the same chain on every fabric that can hold them.

`HYPOTHESIS_PROFILE=explore` runs 2,000 new ones; a failure is shrunk and printed as the shapes
and the seed that make it.
"""

from dataclasses import dataclass, replace
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from cosim.engines import Stalls, make_engine
from cosim.verify import verify
from mapper.crossbar.compiler import map_network
from mapper.errors import InputError
from mapper.fabrics import FABRICS
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.run import run_network
from mapper.semantics import Decay, DecayKind, Reset
from mapper.weights import WEIGHT_FORMATS

from .grid_networks import FORMATS, GRID, PE, single_spikes
from .networks import CORE, random_spikes

pytestmark = pytest.mark.xdist_group("any-network-build")
CHIPS = [(CORE, (3, 2)), (CORE, (2, 1)), (replace(CORE, banks=2), (2, 1))]
EVERY_FABRIC = {"crossbar": CHIPS[0], "yoso": (PE, GRID)}
SAMPLES = 3
EXAMPLES = 60 if settings.get_current_profile_name() == "ci" else 2000
PLAIN = (("threshold",), ("readout",))
PSP = (("threshold", "rel_psp"), ("readout", "rel_psp_readout"))


@dataclass
class Grown:
    """A network while it grows; numbers come from `rng`, everything that matters is drawn.

    once: only neurons that fire once, without leak and bias
    """

    rng: np.random.Generator
    once: bool
    source: str
    shape: tuple[int, ...]
    populations: tuple[Population, ...] = ()
    connections: tuple[Dense | Conv, ...] = ()

    def weight(self, shape, fmt):
        weight = self.rng.integers(WEIGHT_FORMATS[fmt].low, WEIGHT_FORMATS[fmt].high + 1, shape)
        weight[self.rng.random(shape) < self.rng.random() * 0.9] = 0
        return weight

    def add(self, draw, name, kind):
        """One more layer: a convolution or a dense one, maybe with a loop."""
        fmt = draw(st.sampled_from(FORMATS if self.once else [*WEIGHT_FORMATS]))
        rank = len(self.shape) - 1
        if rank and draw(st.booleans()):
            kernel = [draw(st.integers(1, min(3, n))) for n in self.shape[1:]]
            conv = Conv(
                self.source, name, self.weight((draw(st.integers(1, 4)), self.shape[0], *kernel),
                                               fmt), fmt, input_shape=self.shape,
                stride=tuple(draw(st.integers(1, 2)) for _ in kernel),
                padding=tuple(draw(st.integers(0, k - 1)) for k in kernel),
            )  # fmt: skip
            shape = conv.output_shape
            self.connections += (conv,)
        else:
            shape = (draw(st.integers(1, 16)),)
            weight = self.weight((shape[0], prod(self.shape)), fmt)
            self.connections += (Dense(self.source, name, weight, fmt),)
        if kind == "threshold" and not self.once and draw(st.integers(0, 3)) == 3:
            weight = self.weight((prod(shape),) * 2, fmt)
            self.connections += (Dense(name, name, weight, fmt, delay=1),)
        self.populations += (self.population(draw, name, shape, kind),)
        self.source, self.shape = name, shape

    def population(self, draw, name, shape, kind):
        if self.once:
            reset = Reset.ONCE if kind == "threshold" else Reset.ZERO
            threshold = self.rng.integers(-1, 25, prod(shape))
            return Population(name, shape, kind=kind, reset=reset, threshold=threshold)
        decay = draw(st.sampled_from([*DecayKind]))
        amount = draw(st.integers(1, 7)) if decay in (DecayKind.SHIFT, DecayKind.HALVE) else 0
        n, rng = prod(shape), self.rng
        return Population(
            name, shape, kind=kind, decay=Decay(decay, amount),
            reset=draw(st.sampled_from([*Reset])), threshold=rng.integers(-2, 25, n),
            bias=rng.integers(-4, 5, n), initial=rng.integers(-9, 10, n),
            group=draw(st.sampled_from([d for d in (1, 2, 4) if shape[0] % d == 0])),
        )  # fmt: skip


@st.composite
def networks(draw, once=False):
    """Up to 90 inputs in 0 to 3 dimensions, up to 3 layers of every kind."""
    rank = draw(st.integers(0, 3))
    side = (1, 8, 5, 3)[rank]
    first = draw(st.integers(1, 3 if rank else 60))
    shape = (first, *(draw(st.integers(1, side)) for _ in range(rank)))
    spiking, silent = PSP if once and draw(st.booleans()) else PLAIN
    grown = Grown(np.random.default_rng(draw(st.integers(0, 1 << 16))), once, INPUT, shape)
    for i in range(draw(st.integers(0, 2))):
        grown.add(draw, f"p{i}", draw(st.sampled_from(spiking)))
    grown.add(draw, "out", draw(st.sampled_from(silent + spiking)))
    return Network(
        "any", shape, grown.populations, grown.connections, "out", draw(st.integers(1, 3))
    )


@given(
    networks(), st.sampled_from(CHIPS), st.sampled_from(["paper", "cores"]),
    st.sampled_from([0.0, 0.3, 0.7]), st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=EXAMPLES)
def test_any_network(network, chip, strategy, stall, seed):
    core, mesh = chip
    try:
        image = map_network(network, core, mesh, strategy)
    except InputError as error:
        note(str(error))
        assume(False)
    check_chain(network, image, random_spikes(network, SAMPLES, seed), Stalls(stall, stall, seed))


def check_chain(network, image, spikes, stalls):
    """The whole chain, whatever the fabric."""
    run = verify(make_engine("batch", image.params), image, spikes, stalls)
    assert run.comparison.passed, run.comparison
    truth = run_network(network, spikes)
    for p in network.populations:
        np.testing.assert_array_equal(run.rtl.potentials[p.name], truth.potentials[p.name])
        np.testing.assert_array_equal(run.rtl.spikes[p.name], truth.spikes[p.name])


@given(
    networks(once=True), st.sampled_from(["paper", "cores"]), st.sampled_from([0.0, 0.3, 0.7]),
    st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=EXAMPLES)
def test_any_network_of_neurons_that_fire_once(network, strategy, stall, seed):
    images = []
    for name, (core, mesh) in EVERY_FABRIC.items():
        try:
            images.append(FABRICS[name].map(network, core, mesh, strategy))
        except InputError as error:
            note(f"{name}: {error}")
    assume(images)
    for image in images:
        spikes = single_spikes(network, SAMPLES, seed)
        check_chain(network, image, spikes, Stalls(stall, stall, seed))
