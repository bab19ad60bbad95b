"""The mapping proof: golden chip == golden network, spikes and potentials, on random networks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.golden.crossbar import run_chip
from cosim.trace import decide as decide_chip
from mapper.crossbar.compiler import check_network, map_network
from mapper.crossbar.image import ChipImage
from mapper.crossbar.params import CoreParams
from mapper.crossbar.validate import check_image
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.run import decide, run_network
from mapper.semantics import Decay, DecayKind
from mapper.weights import WEIGHT_FORMATS

BASE = CoreParams(axons=8, neurons=64, lanes=8, update_lanes=4, max_extension=8, routes=512)
CORES = [
    BASE,
    replace(BASE, axons=24, neurons=32, max_extension=4),
    replace(BASE, axons=100, neurons=16, lanes=16, max_extension=2),
    replace(BASE, axons=9, neurons=256, max_extension=32),
]


def assert_equal(network: Network, image: ChipImage, spikes) -> None:
    chip, net = run_chip(image, spikes, batch=3), run_network(network, spikes)
    assert not chip.errors.any()
    for p in network.populations:
        assert (chip.spikes[p.name] == net.spikes[p.name]).all(), p.name
        assert (chip.potentials[p.name] == net.potentials[p.name]).all(), p.name
    for layer in image.layers:
        assert layer["cores"] == len(np.unique(image[layer["name"]].core)), layer["name"]
    assert (decide_chip(image, chip) == decide(network, net)).all()
    for name, fired in chip.outputs.items():
        sent = fired if name != network.output else net.spikes[name]
        assert (fired == net.spikes[name] * sent).all(), name
    assert (network.output in chip.outputs) == network[network.output].neuron.spiking
    fired = sum(s.sum(axis=(1, 2)) for s in net.spikes.values())
    assert (chip.counters["spikes"].sum(axis=1) == fired).all()


@given(seed=st.integers(0, 2**32), core=st.sampled_from(CORES))
@settings(max_examples=200)
def test_random_networks(seed, core, make_network, make_spikes):
    network = make_network(seed)
    for candidate in (core, *CORES):
        if all(v["fits"] for v in check_network(network, candidate)):
            break
    image = map_network(network, candidate)
    assert_equal(network, image, make_spikes(network, 7, seed))


@pytest.mark.parametrize("fmt", WEIGHT_FORMATS)
def test_every_weight_format(fmt, make_network, make_spikes):
    network = make_network(5, levels=[[9], [7]], inputs=13, formats=[fmt], ticks=4, recurrent=1)
    assert {layer["format"] for layer in map_network(network, CORES[3]).layers} == {fmt}
    assert_equal(network, map_network(network, CORES[3]), make_spikes(network, 20))


@pytest.mark.parametrize("f", [1, 2, 4, 8, 16, 32, 64])
@pytest.mark.parametrize("spare", [0, 3])
def test_axon_extension(f, spare, make_network, make_spikes):
    """Fan-in up to the last axon, and three less."""
    core = replace(BASE, neurons=512, max_extension=64)
    network = make_network(f, levels=[[5]], inputs=8 * f - spare, recurrent=0, formats=["ternary"])
    image = map_network(network, core)
    assert image.layers[0]["extension"] == f == 1 << image.cores[0].extension
    assert image.params.cores == (2 if f == 64 else 1)  # 8 columns a phase: 4 ternary neurons
    assert_equal(network, image, make_spikes(network, 20))


def test_populations_share_a_core_and_split_over_cores(make_network, make_spikes):
    core = replace(BASE, axons=24, neurons=32, max_extension=4)
    shared = make_network(1, levels=[[3, 4]], inputs=6, formats=["ternary"], recurrent=0)
    image = map_network(shared, core)
    assert image.params.cores == 1 and len(image.populations) == 2
    assert_equal(shared, image, make_spikes(shared))
    wide = make_network(
        2, levels=[[100], [7]], inputs=20, formats=["ternary"], recurrent=0, ticks=3
    )
    image = map_network(wide, replace(core, neurons=128, max_extension=16))
    assert len(set(image["p0_0"].core)) == 2
    assert_equal(wide, image, make_spikes(wide))


def test_one_packet_reaches_all_cores_of_a_layer(make_network, make_spikes):
    core = replace(BASE, axons=24, neurons=32, max_extension=4)
    network = make_network(3, levels=[[16 * 9]], inputs=20, formats=["ternary"], recurrent=0)
    image = map_network(network, core, mesh=(3, 3))
    assert image.params.cores == 9 and len(image.passes[0].feeds[0].packet) == 20
    assert_equal(network, image, make_spikes(network))


@pytest.mark.parametrize("mesh", [(8, 8), (1, 8), (8, 1), (4, 3), (5, 2)])
def test_any_mesh_computes_the_same(mesh, make_network, make_spikes):
    network = make_network(4, levels=[[50], [40], [10]], inputs=20, formats=["ternary"], ticks=4,
                           recurrent=0)  # fmt: skip
    image = map_network(network, replace(BASE, axons=64, neurons=32, max_extension=4), mesh)
    assert (image.params.width, image.params.height) == mesh
    assert_equal(network, image, make_spikes(network))


def test_samples_do_not_leak_into_each_other(make_network, make_spikes):
    network = make_network(6, levels=[[9], [8]], inputs=9, recurrent=1, ticks=5)
    image, spikes = map_network(network, CORES[3]), make_spikes(network, 9)
    whole = run_chip(image, spikes)
    for i in range(len(spikes)):
        alone = run_chip(image, spikes[i : i + 1])
        for name, v in alone.potentials.items():
            assert (v[0] == whole.potentials[name][i]).all()
    assert run_chip(image, spikes[:0]).samples == 0


def test_parallel_connections_add_up(make_spikes):
    """Two ternary connections make weights of -2..2: the mapper widens the columns."""
    p = Population("p", (3,), threshold=2)
    weights = [np.array([[1, -1], [1, 1], [0, -1]]), np.array([[1, -1], [0, -1], [1, 0]])]
    network = Network("n", (2,), (p,), tuple(Dense(INPUT, "p", w) for w in weights), "p", 5)
    image = map_network(network, BASE)
    assert image.layers[0]["format"] == "int3"  # 2 needs three bits
    assert_equal(network, image, make_spikes(network, 20))


def test_cores_of_several_levels_only_where_one_load_holds_all(make_spikes):
    """Across passes such a core would need spikes that come only later."""
    sizes = [20, 17, 16, 16, 3]
    names = [INPUT, "a", "b", "c", "d"]
    network = Network(
        "n", (20,),
        tuple(Population(n, (s,), decay=Decay(DecayKind.CLEAR))
              for n, s in zip(names[1:], sizes[1:], strict=True)),
        tuple(Dense(a, b, np.arange(m * n).reshape(m, n) % 3 - 1)
              for a, b, n, m in zip(names, names[1:], sizes, sizes[1:], strict=False)),
        "d", 3,
    )  # fmt: skip
    core = replace(BASE, axons=40, neurons=32, max_extension=4)
    for mesh, mixed in ((None, True), ((1, 1), False), ((2, 1), False)):
        image = map_network(network, core, mesh, "cores")
        assert any(c.ticks > network.ticks for c in image.cores) == mixed
        assert_equal(network, image, make_spikes(network))


def test_a_layer_without_weights(make_spikes):
    """It needs no axon, so no axon extension either."""
    conv = Conv(INPUT, "p", np.zeros((1, 1, 1)), input_shape=(1, 3))
    network = Network("n", (1, 3), (Population("p", (1, 3), bias=1),), (conv, conv), "p", 2)
    image = map_network(network, replace(BASE, max_extension=1))
    assert image.layers[0]["extension"] == 1
    assert_equal(network, image, make_spikes(network))


def test_population_without_feed_forward_source(make_spikes):
    """A pacemaker: only its bias and its own spikes drive it."""
    a = Population("a", (2,), threshold=3, bias=1)
    b = Population("b", (1,), threshold=1)
    connections = (Dense("a", "a", [[0, 1], [-1, 0]], delay=1), Dense("a", "b", [[1, 1]]))
    network = Network("n", (1,), (b, a), connections, "b", 9)
    image = map_network(network, BASE)
    assert image.passes[0].feeds == ()
    assert_equal(network, image, make_spikes(network))
    assert run_network(network, make_spikes(network)).spikes["b"].any()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_same_input_same_bytes(seed, make_network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chip")
    for name in ("a", "b"):
        network = make_network(seed, formats=["ternary"])
        map_network(network, CORES[3]).save(folder / name)
    files = [sorted((p.name, p.read_bytes()) for p in (folder / n).iterdir()) for n in "ab"]
    assert files[0] == files[1] and len(files[0]) == 2


def test_every_spike_on_its_way_has_arrived_when_the_sample_ends(make_spikes):
    """Else it would wait in an axon buffer and open the next sample."""
    p = Population("p", (6,), threshold=1, bias=1)
    connections = (Dense(INPUT, "p", np.eye(6)), Dense("p", "p", np.eye(6), delay=1))
    network = Network("n", (6,), (p,), connections, "p", 3)
    image, spikes = map_network(network, BASE), make_spikes(network)
    trace = run_chip(image, spikes)
    arrived = trace.counters["events"] + trace.counters["stray"]
    sent = spikes.sum(axis=(1, 2)) + trace.spikes["p"].sum(axis=(1, 2))
    assert (arrived.sum(axis=1) == sent).all() and trace.counters["stray"].any()


def test_a_layer_of_more_neurons_than_there_are_output_lines():
    """Lines are counted per pass: 139,264 neurons cross from 5 passes, 131,072 lines exist."""
    shape = (136, 32, 32)
    wide = Population("wide", shape, threshold=1, decay=Decay(DecayKind.CLEAR))
    out = Population("out", (1, 4, 4), kind="readout")
    weight = np.zeros((1, 136, 8, 8), int)
    weight[0, ::9, ::3, 1] = 1
    network = Network(
        "wide", (1, 32, 32), (wide, out),
        (Conv(INPUT, "wide", np.ones((136, 1, 1, 1), int), input_shape=(1, 32, 32)),
         Conv("wide", "out", weight, input_shape=shape, stride=(8, 8))),
        "out", 1,
    )  # fmt: skip
    image = map_network(network, CoreParams(axons=256))
    assert len(image.passes) > 4
    check_image(image)
    spikes = np.random.default_rng(0).random((2, 1, 1024)) < 0.3
    found = run_chip(image, spikes).potentials["out"]
    assert (found == run_network(network, spikes).potentials["out"]).all() and found.any()
