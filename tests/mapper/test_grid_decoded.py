"""Images of YOSO grids against their Network: every weight where it belongs, no other, once."""

import numpy as np
import pytest
from grids import chain, grid_pe, once, random_grid_network
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.golden.yoso import run_grid
from mapper.audit import audit
from mapper.connections import Conv
from mapper.network import INPUT, Dense, Network, Population
from mapper.run import run_network
from mapper.yoso.compiler import map_network
from mapper.yoso.layout import RUN, TARGET
from mapper.yoso.places import fewest_hops, in_rows
from mapper.yoso.plan import STRATEGIES
from mapper.yoso.traffic import grid_work

seeds = st.integers(0, 2**32)


@given(seeds, st.sampled_from(STRATEGIES), st.sampled_from([in_rows, fewest_hops]))
@settings(max_examples=40)
def test_weights_are_the_networks(seed, strategy, place):
    network = random_grid_network(seed)
    image = map_network(network, grid_pe(), strategy=strategy, place=place)
    found = audit(network, image.facts(), image.arrays())
    assert not found, found.told


def two_sources(first, second):
    """An input of 2, a hidden neuron of it, and an output that hears of both by these weights."""
    hidden = Population("h", (1,), "rel_psp", threshold=1)
    out = Population("out", (len(first),), "rel_psp_readout")
    connections = (Dense(INPUT, "h", [[1, 1]], "int6"), Dense(INPUT, "out", first, "int6"),
                   Dense("h", "out", second, "int6"))  # fmt: skip
    return Network("two", (2,), (hidden, out), connections, "out", 4)


def assert_computes(network, image):
    spikes = once(network, 20, 0)
    trace, expected = run_grid(image, spikes), run_network(network, spikes)
    assert not trace.errors.any() and trace.spikes["h"].any()
    assert np.array_equal(trace.potentials["out"], expected.potentials["out"])


def test_runs_of_more_than_64_weights():
    rng = np.random.default_rng(0)
    network = two_sources(rng.integers(1, 32, (150, 2)), rng.integers(-31, 0, (150, 1)))
    image = map_network(network, grid_pe(neurons=256, weights=512))
    runs = RUN.unpack(image.cores[1].run)
    assert sorted(runs["more"][:9].tolist()) == sorted([63, 63, 21] * 3)
    assert_computes(network, image)


def test_slices_without_weights_are_told_when_that_takes_fewer_rectangles():
    """The hidden neuron has weights on a chequerboard of PEs, but only four targets."""
    weights = np.repeat(np.arange(14) % 2, 16)[:, None]
    network = two_sources(np.ones((14 * 16, 2), int), weights)
    image = map_network(network, grid_pe(), mesh=(5, 3))
    assert [pe.neurons for pe in image.cores] == [1] + [16] * 14
    assert {pe.sources for pe in image.cores[1:]} == {2}
    assert 1 <= sum(t > 0 for t in image.cores[0].targets) <= 2
    assert_computes(network, image)


@given(seeds, st.sampled_from(STRATEGIES))
@settings(max_examples=40)
def test_the_golden_grid_computes_the_network(seed, strategy):
    """Spikes and potentials of every tick; the work is what `grid_work` foretells."""
    network = random_grid_network(seed)
    image = map_network(network, grid_pe(), strategy=strategy)
    spikes = once(network, 5, seed)
    trace, expected = run_grid(image, spikes), run_network(network, spikes)
    assert not trace.errors.any()
    for p in network.populations:
        assert np.array_equal(trace.spikes[p.name], expected.spikes[p.name])
        assert np.array_equal(trace.potentials[p.name], expected.potentials[p.name])
    activity = {name: fired.sum(axis=(0, 1)) for name, fired in expected.spikes.items()}
    work = grid_work(image, activity | {INPUT: spikes.sum(axis=(0, 1))})
    assert np.array_equal(work.events, trace.counters["events"].sum(axis=0))
    assert np.array_equal(work.synaptic_ops, trace.counters["synaptic_ops"].sum(axis=0))


def test_the_random_networks_have_everything():
    """Convolutions, several sources, PEs with and without lists, layers of several PEs."""
    seen = set()
    for seed in range(60):
        network = random_grid_network(seed)
        image = map_network(network, grid_pe())
        seen |= {p.kind for p in network.populations}
        seen |= {"conv" for c in network.connections if isinstance(c, Conv)}
        seen |= {"merged" for p in network.populations if len(network.incoming(p.name)) > 1}
        used = [pe for pe in image.cores if pe.neurons]
        seen |= {("listed", pe.has("listed")) for pe in used}
        seen |= {("lazy", pe.has("lazy")) for pe in used}
        seen |= {("targets", sum(t > 0 for t in pe.targets)) for pe in used}
        seen |= {"spread" for p in image.populations if len(np.unique(p.core)) > 3}
        seen |= {"exit" for _ in [0] if image.exit_core is not None}
    flags = {(name, on) for name in ("listed", "lazy") for on in (False, True)}
    assert seen >= flags | {
        "rel_psp",
        "threshold",
        "readout",
        "rel_psp_readout",
        "conv",
        "merged",
        "spread",
        "exit",
        ("targets", 0),
        ("targets", 1),
        ("targets", 2),
    }


@given(seeds)
@settings(max_examples=10)
def test_the_same_network_gives_the_same_bytes(seed):
    images = [map_network(random_grid_network(seed), grid_pe()) for _ in range(2)]
    assert images[0].sha256() == images[1].sha256()
    assert images[0].facts() == images[1].facts()


@pytest.mark.parametrize("kind", ["rel_psp", "threshold"])
def test_registers(kind):
    """Two PEs that hear of the host, then one that hears of both and may stop the sample."""
    network = chain(100, 4, 2, kind=kind, weight=3, ticks=5)
    image = map_network(network, grid_pe(), mesh=(2, 2))
    first, second, out, unused = image.cores
    assert [pe.neurons for pe in image.cores] == [2, 2, 2, 0]
    assert [pe.sources for pe in image.cores] == [1, 1, 2, 0]
    assert [pe.ticks for pe in image.cores] == [5, 5, 5, 0]
    assert {pe.has("psp") for pe in image.cores[:3]} == {kind == "rel_psp"}
    assert not any(pe.has("silent") or pe.has("listed") or pe.has("exit") for pe in image.cores)
    assert [pe.has("host") for pe in image.cores] == [False, False, True, False]
    target = {n: int(v) for n, v in TARGET.unpack(first.targets[0]).items()}
    assert target == {"x0": 0, "y0": 1, "x1": 0, "y1": 1, "valid": 1}
    assert first.targets == second.targets and not any(first.targets[1:]) and not any(out.targets)
    assert first.spike[:2].tolist() == [0, 2] and second.spike[:2].tolist() == [4, 6]
    assert image.lines == {"l1": 0} and image.exit_core is None and unused.mode == 0


def test_only_an_output_on_one_pe_whose_first_spike_decides_may_stop_a_sample():
    for sizes, decision, core in (
        ((9, 2), "first_spike", 0),
        ((9, 2), "potential", None),
        ((9, 20, 2), "first_spike", 2),
        ((9, 40), "first_spike", None),
    ):
        network = chain(*sizes, decision=decision)
        image = map_network(network, grid_pe())
        assert image.exit_core == core
        stops = {i: TARGET.unpack(pe.stop) for i, pe in enumerate(image.cores) if pe.stop}
        assert [*stops] == ([] if core is None else [core])
        for fields in stops.values():
            used = [image.position(i) for i, pe in enumerate(image.cores) if pe.neurons]
            assert [fields["x1"], fields["y1"]] == [max(x) for x in zip(*used, strict=True)]
