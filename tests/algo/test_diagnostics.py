"""Trouble is named: which layer, which neuron, how much."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from algo.batches import spikes_of
from algo.datasets import load
from algo.diagnostics import PROBE, Diagnostics, TrainingWarning, check_alive
from algo.evaluate import integer_scores
from algo.export import export
from algo.integer_network import build_network
from algo.run import build_rule
from algo.train import train
from mapper.crossbar.compiler import check_network
from mapper.crossbar.params import PRESETS
from mapper.errors import InputError
from mapper.network import Dense, Network, Population
from mapper.run import run_network

SHAPE = (8, 8)
RATES = {"hidden1": 0.1}


@pytest.fixture
def probe(make_recipe):
    return spikes_of(load("digits", "train").images[:PROBE], make_recipe("stbp"))


@pytest.fixture
def rule(make_recipe, probe):
    torch.manual_seed(0)
    rule = build_rule(make_recipe("stbp"))
    rule.calibrate(probe)
    return rule


def test_a_good_network_is_not_talked_about(make_recipe, rule, probe):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shares = Diagnostics(make_recipe("stbp"), SHAPE).after_epoch(rule, RATES, probe, 1)
    assert shares.keys() == {"hidden1"} and 0 <= shares["hidden1"] < 0.5


def test_silent_neurons_are_those_of_the_integers(make_recipe, rule, probe):
    recipe = make_recipe("stbp")
    with torch.no_grad():
        rule.hidden["hidden1"].beta[:6] = -1000
    shares = Diagnostics(recipe, SHAPE).after_epoch(rule, RATES, probe, 1)
    trace = run_network(build_network(recipe, rule, SHAPE), probe.numpy())
    silent = ~trace.spikes["hidden1"].any(axis=(0, 1))
    assert silent[:6].all() and shares["hidden1"] == pytest.approx(silent.mean())


def test_a_nearly_dead_layer_is_named_once(make_recipe, rule, probe):
    with torch.no_grad():
        rule.hidden["hidden1"].beta[:] = -1000
    watch = Diagnostics(make_recipe("stbp"), SHAPE)
    with pytest.warns(TrainingWarning, match="100% of the neurons of layer hidden1 fired no spi"):
        assert watch.after_epoch(rule, RATES, probe, 1) == {"hidden1": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watch.after_epoch(rule, RATES, probe, 2)


@pytest.mark.parametrize(("where", "name"), [("theta", "hidden1"), ("beta", "hidden1")])
def test_what_the_hardware_cannot_hold(make_recipe, rule, probe, where, name):
    """In the words of the mapper, and where the mapper would refuse it."""
    recipe = make_recipe("stbp")
    fits = check_network(build_network(recipe, rule, SHAPE), PRESETS["full"])
    assert all(verdict["fits"] for verdict in fits)
    with torch.no_grad():
        getattr(rule.hidden[name], where)[7] = 1e7
    reason = {
        verdict["name"]: verdict["reason"]
        for verdict in check_network(build_network(recipe, rule, SHAPE), PRESETS["full"])
    }[name]
    watch = Diagnostics(recipe, SHAPE)
    with pytest.warns(TrainingWarning) as caught:
        watch.after_epoch(rule, RATES, probe, 3)
    assert len(caught) == 1 and "neuron 7 can reach" in reason
    assert str(caught[0].message) == (
        f"recipe tiny: after epoch 3 the crossbar cannot hold layer {name}: {reason}"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watch.after_epoch(rule, RATES, probe, 4)


def _network(threshold, weight, decision="potential"):
    spiking = decision != "potential"
    output = Population("out", (2,), kind="threshold" if spiking else "readout", threshold=1)
    return Network(
        "small", (4,),
        (Population("hidden", (3,), threshold=threshold), output),
        (Dense("input", "hidden", np.ones((3, 4), np.int64), "int2"),
         Dense("hidden", "out", np.array(weight), "int2")),
        "out", 2, decision, {"name": "binarize", "threshold": 1},
    )  # fmt: skip


IMAGES = np.eye(4, dtype=np.uint8).repeat(PROBE // 2, axis=0)
"""Two chunks of images with one spike per tick each."""


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (_network(9, [[1, 0, 0], [0, 0, 0]]), "gives all classes the same score on all 256"),
        (_network(1, [[0, 0, 0], [0, 0, 0]]), "gives all classes the same score on all 256"),
        (_network(9, [[1, 0, 0], [0, 0, 0]], "spikes"), "gives all classes the same score"),
    ],
)
def test_silent_networks(network, message):
    with pytest.raises(InputError, match=f"network small is silent: it {message}"):
        check_alive(network, IMAGES, integer_scores(network, IMAGES))


def test_a_silent_layer_and_a_single_spike():
    network = _network(9, [[1, 0, 0], [0, 0, 0]])
    hidden, output = network.populations
    biased = replace(network, populations=(hidden, replace(output, bias=np.array([0, 1]))))
    with pytest.raises(InputError, match="layers that never spike on 256 images: hidden"):
        check_alive(biased, IMAGES, integer_scores(biased, IMAGES))
    last = IMAGES.copy()
    last[-1] = 1  # 4 spikes at each of 2 ticks, in the last image of the last chunk only
    alive = replace(network, populations=(replace(hidden, threshold=np.full(3, 8)), output))
    check_alive(alive, last, integer_scores(alive, last))


def test_export_refuses_a_silent_network(make_recipe, tmp_path):
    recipe = make_recipe("stbp", rule={"name": "stbp", "theta": 100.0}, training={"epochs": 1})
    with pytest.warns(TrainingWarning, match="layer hidden1 fired no spike in epoch 1"):
        train(recipe, tmp_path, progress=False)
    with pytest.raises(InputError, match="network tiny is silent"):
        export(tmp_path)
