"""Networks larger than the mesh: loaded pass by pass, the next one behind this one's back."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.crossbar.session import CrossbarSession
from cosim.engines import Stalls, make_engine
from cosim.golden.crossbar import run_chip
from cosim.verify import verify
from mapper.crossbar.compiler import map_network
from mapper.network import INPUT, Dense, Network
from mapper.packets import PACKET, Kind
from mapper.run import run_network

from .networks import CORE, random_population, random_spikes

MESH = (2, 1)


def chain(seed: int) -> Network:
    """Four layers of many neurons: several passes on two tiny cores."""
    rng = np.random.default_rng(seed)
    sizes = [20, *rng.integers(12, 30, 3), 4]
    names = [INPUT, "a", "b", "c", "out"]
    kinds = ["threshold"] * 3 + [str(rng.choice(["threshold", "readout"]))]
    return Network(
        f"chain-{seed}", (20,),
        tuple(random_population(rng, n, int(s), k)
              for n, s, k in zip(names[1:], sizes[1:], kinds, strict=True)),
        tuple(Dense(s, t, rng.integers(-1, 2, (n, m)))
              for s, t, m, n in zip(names, names[1:], sizes, sizes[1:], strict=False)),
        "out", ticks=int(rng.integers(1, 4)),
    )  # fmt: skip


@pytest.mark.xdist_group("passes-build")
@pytest.mark.parametrize("banks", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_every_pass_equals_the_network(seed, banks):
    network = chain(seed)
    image = map_network(network, replace(CORE, banks=banks), MESH)
    assert len(image.passes) > 2
    spikes = random_spikes(network, 4, seed)
    run = verify(make_engine("batch", image.params), image, spikes, Stalls(0.2, 0.2, seed))
    assert run.comparison.passed, run.comparison
    assert run.comparison.compared["outputs"] > 0
    truth = run_network(network, spikes)
    for name, potentials in truth.potentials.items():
        np.testing.assert_array_equal(run.rtl.potentials[name], potentials)


def test_the_shadow_bank_is_programmed_between_ticks():
    """With two banks the WRITEs of a pass lie among the ticks of the one before."""
    image = map_network(chain(0), replace(CORE, banks=2), MESH)
    spikes = random_spikes(chain(0), 4, 0)
    packets = CrossbarSession(image).packets(spikes, run_chip(image, spikes).outputs)
    fields = PACKET.unpack(packets)
    ticks = np.flatnonzero(fields["kind"] == Kind.TICK)
    first = ticks[: 4 * image.passes[0].ticks]
    writes = fields["kind"][first[0] : first[-1]] == Kind.WRITE
    assert writes.sum() > 100


@pytest.mark.xdist_group("passes-build")
def test_a_memory_that_lost_a_bit_is_named():
    """The host programs one thing and expects another: every memory of the core in question."""
    image = map_network(chain(1), replace(CORE, banks=1), MESH)
    spikes = random_spikes(chain(1), 1, 1)
    engine = make_engine("batch", image.params)
    golden = run_chip(image, spikes)
    packets = CrossbarSession(image).packets(spikes, golden.outputs)
    core = image.cores[1]
    for name in ("synapse", "control", "threshold", "initial", "bias", "pointer", "route"):
        changed = getattr(core, name).copy()
        changed.flat[0] = ~changed.flat[0] if name == "synapse" else changed.flat[0] ^ 1
        cores = (image.cores[0], replace(core, **{name: changed}), *image.cores[2:])
        session = CrossbarSession(replace(image, cores=cores))
        trace = session.decode(engine.exchange(packets, session.answers(1)), 1)
        assert trace.corrupt == [f"core 1: {name} memory is not what was programmed"]
