"""The golden model of the grid == the Network, at every pace; images that cannot run."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.golden.yoso import run_grid
from mapper.errors import InputError
from mapper.network import Dense, Network, Population
from mapper.packets import PACKET, Kind, rectangle
from mapper.run import run_network
from mapper.yoso.compiler import map_network
from mapper.yoso.layout import TARGET

from .grid_networks import GRID, PE, grid_network, single_spikes

SAMPLES = 5


def runs(seed: int):
    network = grid_network(seed)
    image = map_network(network, PE, GRID)
    spikes = single_spikes(network, SAMPLES, seed)
    return network, image, spikes, run_network(network, spikes)


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_the_grid_computes_the_network(first):
    for seed in range(first, first + 20):
        network, image, spikes, truth = runs(seed)
        found = run_grid(image, spikes, batch=2)
        assert not found.errors.any(), seed
        for p in network.populations:
            np.testing.assert_array_equal(found.spikes[p.name], truth.spikes[p.name], str(seed))
            np.testing.assert_array_equal(
                found.potentials[p.name], truth.potentials[p.name], str(seed)
            )
        for name, sent in found.outputs.items():
            np.testing.assert_array_equal(sent, truth.spikes[name], str(seed))


def test_random_networks_are_of_every_sort():
    """What the tests of random networks can find at all."""
    images = [runs(seed) for seed in range(100)]
    assert sum(i.exit_core is not None for _, i, _, _ in images) > 5
    assert sum(any(c.has("listed") for c in i.cores) for _, i, _, _ in images) > 20
    assert sum(not any(c.has("listed") for c in i.cores) for _, i, _, _ in images) > 20
    assert max(sum(c.neurons > 0 for c in i.cores) for _, i, _, _ in images) > 6
    fire = [t.spikes[n.output].any(axis=(1, 2)) for n, _, _, t in images]
    assert 0.2 < np.mean(fire) < 0.8


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_other_paces_tell_less_of_the_same(first):
    exits = 0
    for seed in range(first, first + 50):
        network, image, spikes, truth = runs(seed)
        found = run_grid(image, spikes, "sample")
        for p in network.populations:
            np.testing.assert_array_equal(found.spikes[p.name], truth.spikes[p.name])
            last = truth.potentials[p.name][:, -1:]
            np.testing.assert_array_equal(found.potentials[p.name], last)
        if image.exit_core is not None:
            exits += check_exit(network, run_grid(image, spikes, "exit"), truth)
    assert exits > 2


def check_exit(network, found, truth) -> int:
    """The output up to the first tick in which it fires; how many samples ended early."""
    name = network.output
    assert [*found.spikes] == [*found.potentials] == [name]
    assert set(found.counters) == {"events", "synaptic_ops", "spikes"}
    fired = truth.spikes[name].any(axis=2)
    exit_tick = np.where(fired.any(axis=1), fired.argmax(axis=1), network.ticks - 1)
    before = (np.arange(network.ticks) <= exit_tick[:, None])[:, :, None]
    np.testing.assert_array_equal(found.spikes[name], truth.spikes[name] & before)
    np.testing.assert_array_equal(found.outputs[name], truth.spikes[name] & before)
    final = truth.potentials[name][np.arange(SAMPLES), exit_tick]
    np.testing.assert_array_equal(found.potentials[name][:, 0], final)
    np.testing.assert_array_equal(found.counters["spikes"][:, 0], found.spikes[name].sum((1, 2)))
    return int((exit_tick < network.ticks - 1).sum())


@pytest.mark.parametrize("seed", range(20))
def test_counters(seed):
    """A PE of a dense layer adds a weight to each of its neurons for every spike of its source."""
    network, image, spikes, truth = runs(seed)
    found = run_grid(image, spikes)
    fired = {"input": spikes} | truth.spikes
    for p in image.populations:
        sources = [c.source for c in network.incoming(p.name)]
        events = sum(fired[name].sum(axis=(1, 2)) for name in sources)
        for core in np.unique(p.core):
            seen, ops = (found.counters[n][:, core] for n in ("events", "synaptic_ops"))
            here = truth.spikes[p.name][:, :, p.core == core]
            assert (found.counters["spikes"][:, core] == here.sum(axis=(1, 2))).all()
            if image.cores[core].has("listed"):  # elements without a weight may send nothing
                assert (seen <= events).all() and (ops <= events * image.cores[core].neurons).all()
            else:
                np.testing.assert_array_equal(seen, events)
                np.testing.assert_array_equal(ops, events * image.cores[core].neurons)
    assert not found.counters["stray"].any()


def image_of():
    """Two layers, hidden on two PEs; 12 inputs."""
    hidden = Population("hidden", (12,), kind="rel_psp", threshold=1)
    out = Population("out", (4,), kind="rel_psp", threshold=3)
    dense = (
        Dense("input", "hidden", np.ones((12, 12), int), "int6"),
        Dense("hidden", "out", np.ones((4, 12), int), "int6"),
    )
    network = Network("two", (12,), (hidden, out), dense, "out", 3, decision="first_spike")
    return map_network(network, PE, GRID)


def with_core(image, index, **changes):
    cores = list(image.cores)
    cores[index] = replace(cores[index], **changes)
    return replace(image, cores=tuple(cores))


def test_an_element_that_spikes_twice_is_refused():
    image = image_of()
    spikes = np.zeros((3, 3, 12), bool)
    spikes[2, [0, 2], 7] = True
    with pytest.raises(InputError, match="sample 2: input element 7 spikes at ticks 0, 2"):
        run_grid(image, spikes)
    with pytest.raises(InputError, match=r"shape \(3, 2, 12\)"):
        run_grid(image, spikes[:, :2])
    with pytest.raises(InputError, match="unknown pace 'ticks'"):
        run_grid(image, spikes[:1], "ticks")


def test_pes_that_wait_forever_are_refused():
    image, spikes = image_of(), np.zeros((1, 3, 12), bool)
    run_grid(image, spikes)
    out = int(image["out"].core[0])
    for sources, found in ((0, 2), (1, 2), (3, 2)):
        with pytest.raises(InputError, match=f"PE {out} ends a tick with {sources} tokens and is"
                           f" sent {found}"):  # fmt: skip
            run_grid(with_core(image, out, sources=sources), spikes)
    silent = replace(image, tokens=PACKET.pack(kind=Kind.TICK, **rectangle([3], [2])))
    with pytest.raises(InputError, match="PE 0 ends a tick with 1 tokens and is sent 0"):
        run_grid(silent, spikes)


def test_pes_that_wait_for_each_other_are_refused():
    """The output sends to the hidden layer in turn, in place of the host."""
    image, spikes = image_of(), np.zeros((1, 3, 12), bool)
    first, second = (int(core) for core in np.unique(image["hidden"].core))
    (x0, y0), (x1, y1) = image.position(first), image.position(second)
    back = int(TARGET.pack(valid=1, **rectangle(x0, y0, x1, y1)))
    out = int(image["out"].core[0])
    nobody = PACKET.pack(kind=Kind.TICK, **rectangle([3], [2]))
    loop = replace(with_core(image, out, targets=(back, 0, 0, 0)), tokens=nobody)
    with pytest.raises(InputError, match=f"PEs {first}, {second}, {out} would wait forever"):
        run_grid(loop, spikes)


@pytest.mark.parametrize("width", ["accumulator_bits", "potential_bits"])
def test_a_sum_beyond_its_width_is_an_error(width):
    """The mapper would refuse; an image made by hand does not."""
    image = image_of()
    narrow = replace(image.params, pe=replace(PE, **{width: 8}))
    weight = np.full(PE.weights, 31, np.int8)
    image = replace(with_core(image, 0, weight=weight), params=narrow)
    spikes = np.zeros((2, 3, 12), bool)
    spikes[:, 0, 0] = True
    assert not run_grid(image, spikes).errors.any()
    spikes[1, 0, :] = True
    np.testing.assert_array_equal(run_grid(image, spikes).errors[:2], [1, 0])
