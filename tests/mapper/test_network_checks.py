"""Network: what may not be built, and what its hash depends on."""

from dataclasses import replace

import numpy as np
import pytest

from mapper.errors import InputError
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.semantics import Decay, Reset

INF, NAN = float("inf"), float("nan")


def network(**changes) -> Network:
    a, b = Population("a", (2, 2)), Population("b", (3,), "readout", threshold=0)
    facts = {
        "name": "net", "input_shape": (2,), "populations": (a, b),
        "connections": (Dense(INPUT, "a", np.ones((4, 2))), Dense("a", "b", -np.ones((3, 4)))),
        "output": "b", "ticks": 3, "encoding": {"name": "binarize"}, "record": {"seed": 1},
    }  # fmt: skip
    return Network(**facts | changes)


A, B = network().populations
IN_A, A_B = network().connections


@pytest.mark.parametrize(("arguments", "match"), [
    (("", (1,)), "a name has 1..64"), (("input", (1,)), "is not 'input'"),
    (("a/b", (1,)), "a name has"), (("a b", (1,)), "a name has"), (("..\n", (1,)), "a name has"),
    (("[bold]", (1,)), "a name has"), (("x" * 65, (1,)), "1..64"), ((None, (1,)), "a name has"),
    (("\0", (1,)), "a name has"), (("\ud800", (1,)), "a name has"),
    (("p", ()), "tuple of positive"), (("p", (0,)), "tuple of positive"),
    (("p", (-1,)), "positive"), (("p", [3]), "tuple of"), (("p", (True,)), "positive integers"),
    (("p", (1.0,)), "positive integers"), (("p", (1 << 40,)), "at most 4194304"),
    (("p", (1 << 20,) * 60), "at most"),
    (("p", (1,), "lif"), "unknown neuron kind 'lif'; known: threshold, readout, rel_psp,"),
    (("p", (1,), "threshold", "none"), "must be a Decay"),
    (("p", (1,), "threshold", Decay("none"), "soft"), "unknown reset 'soft'; known: zero"),
    *((("p", (4, 3), "readout", Decay("none"), "zero", 1, 0, 0, group),
       r"group must be an integer >= 1 that divides the 4 of shape \(4, 3\), not")
      for group in (0, 3, 8, -1, 2.0, True, None)),
])  # fmt: skip
def test_population(arguments, match):
    with pytest.raises(InputError, match=match):
        Population(*arguments)


@pytest.mark.parametrize("name", ["threshold", "bias", "initial"])
@pytest.mark.parametrize(("value", "match"), [
    ([1, 2], r"expected 3 values, got shape \(2,\)"), ([[1, 2, 3]], "expected 3 values"),
    ([1, 2.5, 3], "not all values are integers"), ([1, NAN, 1], "not all values"),
    (INF, "beyond 32 bits"), (1 << 31, "beyond 32"), (-(1 << 31), "beyond 32"),
    (np.uint64(2**64 - 1), "beyond 32 bits"), ("x", "not all values are integers"),
    ([1, [2], 3], "not an array"), ([1, None, 2], "not all values"), (1j, "not all values"),
    (10**30, "not all values"), ([], "expected 3 values"),
])  # fmt: skip
def test_integers(name, value, match):
    with pytest.raises(InputError, match=f"population 'p': {name}: .*{match}"):
        Population("p", (3,), **{name: value})


def test_scalars_are_repeated_and_floats_that_are_integers_accepted():
    p = Population("p", (3,), threshold=np.float32(2), bias=[1.0, 2.0, -3.0], initial=7)
    assert p.threshold.tolist() == [2, 2, 2] and p.bias.tolist() == [1, 2, -3]
    assert p.initial.dtype == p.bias.dtype == np.int64


@pytest.mark.parametrize(("facts", "match"), [
    ({"weight": [1, 1]}, "2 dimensions, not 1"), ({"weight": 1}, "2 dimensions, not 0"),
    ({"weight": [[0.5]]}, "not all values are integers"), ({"weight": [[INF]]}, "32 bits"),
    ({"weight": [[2]]}, r"weight 2 at \(0, 0\) is outside -1..1 of format ternary"),
    ({"weight": np.array([[2**64 - 1]], np.uint64)}, "32 bits"),  # -1 if it wrapped
    ({"weight": [[1], [1, 2]]}, "not an array"), ({"format": "int1"}, "unknown weight format"),
    ({"delay": -1}, "delay must be"), ({"delay": 1.0}, "delay must be"),
    ({"delay": True}, "delay must be"), ({"scale": NAN}, "scale must be finite"),
    ({"scale": "1"}, "scale must be"),
])  # fmt: skip
def test_connection(facts, match):
    with pytest.raises(InputError, match=f"connection {INPUT}->p.*{match}|{match}"):
        Dense(INPUT, "p", **{"weight": [[1]]} | facts)


@pytest.mark.parametrize(("changes", "match"), [
    ({"input_shape": (0,)}, "network input: shape"), ({"input_shape": (1 << 30,)}, "at most"),
    ({"populations": (A, A, B)}, "two populations are called 'a'"),
    ({"ticks": 0}, "ticks must be"), ({"ticks": 1.0}, "ticks must be"),
    ({"ticks": True}, "ticks must be"), ({"ticks": 65_536}, "in 1..65535"),
    ({"decision": "loudest"}, "decision must be"), ({"output": "c"}, "'c' is not a population"),
    ({"decision": "spikes"}, "output 'b' never spikes"),
    ({"decision": "first_spike"}, "output 'b' never spikes"),
    ({"populations": (), "connections": ()}, "is not a population"),
    ({"connections": (IN_A,)}, "population 'b' has no incoming"),
    ({"connections": (IN_A, A_B, Dense("x", "b", [[1]]))}, "no population 'x'"),
    ({"connections": (IN_A, A_B, Dense("a", "x", [[1]]))}, "no population 'x'"),
    ({"connections": (IN_A, A_B, Dense("a", INPUT, [[1]]))}, "nothing can connect to the input"),
    ({"connections": (IN_A, A_B, Dense("b", "a", [[1]], delay=1))}, "'b' never spikes"),
    ({"connections": (IN_A, Dense("a", "b", np.ones((4, 3))))},
     r"a->b: weight has shape \(4, 3\), expected \(3, 4\)"),
    ({"connections": (IN_A, A_B, Dense("a", "a", np.ones((4, 4))))}, "a, b form a cycle"),
    ({"connections": (IN_A, A_B, Conv("a", "a", np.ones((1, 2, 1)), delay=1, input_shape=(2, 2)))},
     r"a->a: target has shape \(2, 2\), expected \(1, 2\)"),
    ({"connections": (IN_A, A_B, Conv(INPUT, "a", np.ones((2, 1, 1)), input_shape=(1, 3)))},
     r"input->a: source has shape \(2,\), 2 neurons; .* input_shape \(1, 3\) has 3"),
    ({"record": {"x": {1, 2}}}, "record must be plain JSON"), ({"record": []}, "JSON object"),
    ({"record": {"accuracy": NAN}}, "record must be plain JSON"),
    ({"encoding": {"x": b"1"}}, "encoding must be plain JSON"),
])  # fmt: skip
def test_network(changes, match):
    with pytest.raises(InputError, match=match):
        network(**changes)


def test_order_is_topological_whatever_the_declaration():
    c = Population("c", (1,))
    net = network(
        populations=(B, c, A),
        connections=(A_B, Dense("c", "a", np.ones((4, 1)), delay=1), IN_A,
                     Dense("a", "c", np.ones((1, 4)))),
    )  # fmt: skip
    names = [p.name for p in net.order()]
    assert sorted(names) == ["a", "b", "c"] and names.index("a") < min(map(names.index, "bc"))
    assert [x.source for x in net.incoming("a")] == ["c", INPUT]
    with pytest.raises(InputError, match="no population 'z'"):
        net["z"]


LOOP = Conv("a", "a", np.ones((2, 2, 1)), delay=1, input_shape=(2, 2))
LOOP_OF_4 = Dense("a", "a", LOOP.matrix().toarray(), delay=1)  # the same map, said otherwise


def changed(population, **facts):
    return {"populations": tuple(replace(p, **facts) if p is population else p for p in (A, B))}


@pytest.mark.parametrize("changes", [
    changed(A, threshold=2), changed(A, bias=[0, 0, 0, 1]), changed(A, initial=1),
    changed(A, shape=(4,)), changed(A, reset=Reset.NONE), changed(A, decay=Decay("shift", 1)),
    changed(A, decay=Decay("halve", 1)), changed(A, kind="rel_psp"), changed(B, bias=1),
    {"ticks": 4}, {"input_shape": (1, 2)}, {"output": "a"},
    {"output": "a", "decision": "spikes"},
    {"connections": (IN_A, replace(A_B, weight=-A_B.weight))},
    {"connections": (IN_A, replace(A_B, format="int4"))},
    {"connections": (IN_A, A_B, Dense("a", "a", np.zeros((4, 4)), delay=1))},
    {"connections": (IN_A, A_B, Dense("a", "a", np.zeros((4, 4)), delay=2))},
    {"connections": (IN_A, A_B, LOOP)}, {"connections": (IN_A, A_B, LOOP_OF_4)},
    {"connections": (IN_A, A_B, replace(LOOP, stride=(2,), padding=(1,)))},
])  # fmt: skip
def test_hash_notices(changes):
    hashes = {network().sha256(), network(**changes).sha256()}
    assert len(hashes) == 2


def test_hashes_of_all_changes_differ():
    found = [m.args[1] for m in test_hash_notices.pytestmark if m.name == "parametrize"][0]
    hashes = [network(**changes).sha256() for changes in found]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize("changes", [
    changed(A, group=2), {"name": "other"}, {"record": {"seed": 2}}, {"encoding": {}},
    {"connections": (IN_A, replace(A_B, scale=0.25))},
    {"connections": (IN_A, replace(A_B, weight=A_B.weight.astype(np.int8)))},
])  # fmt: skip
def test_hash_ignores(changes):
    assert network().sha256() == network(**changes).sha256()


def test_hashes_outlive_schema_versions():
    """The zoo's records and everybody's Evidence name networks by their hash of version 1."""
    a = Population("a", (2, 2), decay=Decay("shift", 3), reset="subtract",
                   threshold=[1, 2, 3, 4], bias=-1, initial=5)  # fmt: skip
    connections = (
        Dense(INPUT, "a", np.eye(4, 3), "int4"), Dense("a", "a", np.eye(4), delay=2),
        Dense("a", "b", np.ones((2, 4))),
    )  # fmt: skip
    network = Network("n", (3,), (a, Population("b", (2,), "readout")), connections, "b", 3)
    assert network.sha256() == "1eb8dada5b9fe74eddfba73f895fa74d17441f96bc535205657835dffd4fa096"
