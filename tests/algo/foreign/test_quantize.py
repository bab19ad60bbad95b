"""Integers of float networks: exact where the floats are integers, near elsewhere."""

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algo.foreign.graph import float_network
from algo.foreign.quantize import quantize_network
from algo.foreign.simulate import simulate
from mapper.errors import InputError
from mapper.run import run_network
from mapper.semantics import Reset

from .graphs import DT, chain, integrating, leaky

SPIKES = {"name": "binarize", "threshold": 1}
HIGH = 31
OPTIONS = {"format": "int6", "ticks": 5, "encoding": SPIKES, "reset": Reset.ZERO,
           "decision": "spikes"}  # fmt: skip


def integers(rng, *shape):
    """Weights of 6 bits, the largest among them."""
    found = rng.integers(-HIGH, HIGH + 1, shape)
    found.flat[0] = HIGH
    return found.astype(float)


def random_graph(seed):
    """Convolution, pooling, a dense and a recurrent layer; every number is an integer."""
    rng = np.random.default_rng(seed)
    c, side = int(rng.integers(1, 4)), int(rng.integers(5, 8))
    kernel, stride = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    padding = int(rng.integers(0, 2))
    out = (side + 2 * padding - kernel) // stride + 1
    size = 2 if out >= 2 else 1
    pooled = out // size
    n = int(rng.integers(2, 6))
    convolution = nir.Conv2d((side, side), integers(rng, c, 1, kernel, kernel), stride, padding,
                             1, 1, rng.integers(-9, 9, c).astype(float))  # fmt: skip
    graph = chain(
        (1, side, side), convolution, integrating((c, out, out), rng.integers(1, 60)),
        nir.SumPool2d(np.array([size, size]), np.array([size, size]), np.array([0, 0])),
        nir.Flatten({"input": np.array([c, pooled, pooled])}, 0, -1),
        nir.Affine(integers(rng, n, c * pooled**2), rng.integers(-9, 9, n).astype(float)),
        integrating(n, rng.integers(1, 90)),
        nir.Linear(integers(rng, 3, n)), integrating(3, rng.integers(1, 90)),
    )  # fmt: skip
    if rng.integers(2):
        graph.nodes["back"] = nir.Linear(integers(rng, n, n))
        graph.edges += [("5", "back"), ("back", "5")]
    return graph


@given(st.integers(0, 2**32 - 1), st.sampled_from([Reset.ZERO, Reset.SUBTRACT]), st.booleans())
@settings(max_examples=40)
def test_a_network_of_integers_stays_as_it_is(seed, reset, calibrated):
    """Spike for spike, the chain from NIR to the executable specification."""
    network = float_network(random_graph(seed), DT)
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 2, (6, *network.input_shape)).astype(np.uint8)
    found, fits = quantize_network(network, "same", **OPTIONS | {"reset": reset},
                                   images=images if calibrated else None)  # fmt: skip
    inputs = np.repeat(images.reshape(6, 1, -1), 5, axis=1)
    wanted = simulate(network, inputs.astype(float), reset)
    trace = run_network(found, inputs)
    if not calibrated:  # other integers may give the same spikes on so few images
        assert {round(fit.step, 9) for fit in fits} == {1.0}
    for name, float_trace in wanted.items():
        assert (trace.spikes[name] == float_trace.spikes).all(), (seed, name)


def test_biases_count_once_and_edges_add_up():
    """Two neurons lead to one Affine; NIR sums what comes to a node."""
    graph = chain((2,), nir.Linear(HIGH * np.eye(2)), integrating(2, 1), nir.Affine(
        np.array([[HIGH, 3.0]]), np.array([-7.0])), integrating(1, 20))  # fmt: skip
    graph.nodes |= {"other": nir.Linear(HIGH * np.eye(2)), "twin": integrating(2, 1)}
    graph.edges += [("input", "other"), ("other", "twin"), ("twin", "2")]
    network = float_network(graph, DT)
    assert [len(p.paths) for p in network.populations] == [1, 1, 2]
    assert network.output.offset.tolist() == [-7.0]


def test_graphs_in_graphs_are_opened():
    """As snnTorch writes a recurrent layer: a graph of its own."""
    inner = nir.NIRGraph(
        {"input": nir.Input({"input": np.array([3])}), "lif": leaky(3, 0.5),
         "w_rec": nir.Linear(np.ones((3, 3))), "output": nir.Output({"output": np.array([3])})},
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
        type_check=False,
    )  # fmt: skip
    network = float_network(chain((2,), nir.Linear(np.ones((3, 2))), inner), DT)
    (population,) = network.populations
    assert population.name == "1.lif" and population.neuron.leak == pytest.approx(0.5)
    assert sorted((p.source, p.delay) for p in population.paths) == [("1.lif", 1), ("input", 0)]


def test_scores_without_neurons_are_added_up():
    network = float_network(chain((2,), nir.Affine(np.ones((3, 2)), np.ones(3))), DT)
    found, _ = quantize_network(network, "sum", **OPTIONS | {"decision": "potential"})
    assert found["scores"].kind == "readout" and (found["scores"].bias == HIGH).all()


def test_the_leak_that_changes_least_is_used():
    """0.9 lies between 7/8 and 15/16; with samples both are tried."""
    rng = np.random.default_rng(0)
    graph = chain((20,), nir.Linear(rng.normal(0, 0.5, (30, 20))), leaky(30, 0.9))
    network = float_network(graph, DT)
    images = rng.integers(0, 2, (50, 20)).astype(np.uint8)
    _, (near,) = quantize_network(network, "leak", **OPTIONS)
    _, (fitted,) = quantize_network(network, "leak", **OPTIONS, images=images)
    assert near.used == 0.875 and fitted.used in (0.875, 0.9375)
    assert fitted.rate == pytest.approx(fitted.float_rate, abs=0.02)


@pytest.mark.parametrize(("nodes", "message"), [
    ([nir.Linear(np.ones((3, 4))), leaky(3, 0.9)], r"node '0' \(Linear\): its weight takes 4"),
    ([nir.Linear(np.ones((3, 2))), leaky(4, 0.9)], r"node '1' \(LIF\): 4 values of tau"),
    ([nir.Linear(np.full((3, 2), np.nan)), leaky(3, 0.9)], "weight has values that are not fin"),
    ([nir.Delay(np.ones(2)), leaky(2, 0.9)], "a Delay cannot be imported; between neurons: Aff"),
    ([nir.CubaLIF(*np.ones((5, 2))), leaky(2, 0.9)], "a CubaLIF cannot be imported"),
    ([nir.Linear(np.ones((2, 2))), leaky(2, 0.9), nir.Linear(np.ones((2, 2))), leaky(2, 0.9)],
     "hear each other in a loop"),
])  # fmt: skip
def test_what_cannot_be_imported_is_named(nodes, message):
    graph = chain((2,), *nodes)
    if "loop" in message:
        graph.nodes["back"] = nir.Linear(np.ones((2, 2)))
        graph.edges += [("3", "back"), ("back", "1")]
    with pytest.raises(InputError, match=message):
        float_network(graph, DT)
