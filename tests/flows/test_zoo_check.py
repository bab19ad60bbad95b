"""The zoo's networks do what their records say, and a difference is found."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import flows.zoo
from algo.datasets import load
from algo.evaluate import integer_scores
from algo.record import recorded_correct
from cosim.fabrics import FABRICS as MODELS
from flows.zoo import network_path, zoo_names
from flows.zoo_check import CHIP_SAMPLES, check_entry, update_record
from mapper.errors import InputError, VerificationError
from mapper.fabrics import FABRICS
from mapper.nir_io import read_network, write_network
from mapper.yoso.params import PeParams

SOME = 100
"""Images per network; `spikeloom zoo --verify` takes all."""
HAS_MNIST = (Path(os.environ.get("SPIKELOOM_DATA", "-")) / "mnist").is_dir()
OFF_CHIP = {"caltech-stdbp": "its 40000 sources may all have spiked"}
"""Networks that no fabric holds, however its cores are made, and why the YOSO grid's does not."""
SHIPPED = [name for name in zoo_names() if network_path(name).is_file()]


@pytest.mark.parametrize("name", SHIPPED)
def test_network_is_as_recorded(name, monkeypatch):
    if not name.startswith("digits") and not HAS_MNIST:
        pytest.skip("needs SPIKELOOM_DATA with MNIST")
    if name.startswith("lenet-"):
        monkeypatch.setattr("flows.zoo_check.CHIP_SAMPLES", 3)
    found = check_entry(name, SOME)
    assert found.differences == [] and found.images == SOME
    network = read_network(network_path(name))
    accuracy = network.record["accuracy"]["integer"]
    assert abs(found.correct / SOME - accuracy) < 0.1
    neurons = sum(p.n for p in network.populations)
    samples = 3 if name.startswith("lenet-") else CHIP_SAMPLES
    chips = len(FABRICS) - len(found.not_mapped)
    assert (chips >= 1) == (name not in OFF_CHIP), found.not_mapped
    assert found.spikes == found.potentials == chips * samples * network.ticks * neurons


@pytest.mark.parametrize("name", OFF_CHIP)
def test_network_is_too_large_for_the_largest_pe(name):
    pe = PeParams(neurons=8, weights=1 << 16, accumulator_bits=24, queue=8192)
    with pytest.raises(InputError, match=OFF_CHIP[name]):
        FABRICS["yoso"].map(read_network(network_path(name)), pe)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A function: change the network and record of a copy of the digits entry."""
    for suffix in (".toml", ".nir"):
        shutil.copy(network_path("digits").with_suffix(suffix), tmp_path)
    monkeypatch.setattr(flows.zoo, "_FOLDER", tmp_path)

    def change(network=lambda network: network, **record):
        old = read_network(tmp_path / "digits.nir")
        write_network(replace(network(old), record=old.record | record), tmp_path / "digits.nir")

    return change


def other_threshold(network):
    hidden, readout = network.populations
    changed = replace(hidden, threshold=hidden.threshold + 3)
    return replace(network, populations=(changed, readout))


def test_another_network_is_found_out(copy, spikeloom):
    assert check_entry("digits", 50).differences == []
    copy(other_threshold)
    network, data = read_network(network_path("digits")), load("digits", "test")
    now = integer_scores(network, data.images).argmax(axis=1) == data.labels
    changed = np.flatnonzero(now != recorded_correct(network.record, "digits"))
    assert now[changed].any() and not now[changed].all()  # some got better
    (difference,) = check_entry("digits").differences
    was = "wrong" if now[changed[0]] else "right"
    assert difference.startswith(f"{len(changed)} of 360 decisions are not as recorded;")
    assert difference.endswith(f"the first is image {changed[0]}, recorded as {was}")
    code, out, err = spikeloom("zoo", "--verify", "digits", "--json")
    assert code == 1 and '"passed": false' in out and "not as recorded" in out
    with pytest.raises(VerificationError, match="digits: accuracy .*, recorded 0.95"):
        update_record("digits")


def test_another_recipe_is_found_out(copy, tmp_path):
    recipe = tmp_path / "digits.toml"
    recipe.write_text(recipe.read_text().replace("seed = 1", "seed = 2"))
    assert check_entry("digits", 9).differences == ["its recipe is not the one in its record"]


def test_another_accuracy_is_found_out(copy):
    accuracy = read_network(network_path("digits")).record["accuracy"]
    copy(accuracy=accuracy | {"integer": 0.96})
    (difference,) = check_entry("digits", 9).differences
    assert difference == "the recorded accuracy is not that of the recorded images"


def test_a_wrong_chip_is_found_out(copy, monkeypatch):
    model = MODELS["crossbar"]

    def wrong(*arguments):
        trace = model.golden(*arguments)
        trace.potentials["readout"][3, 0, 7] += 1
        trace.spikes["hidden1"][4, 0, 5] ^= True
        return trace

    monkeypatch.setitem(MODELS, "crossbar", replace(model, golden=wrong))
    assert check_entry("digits", 20).differences == [
        "golden crossbar: spikes of hidden1 differ, first in sample 4, tick 0, neuron 5",
        "golden crossbar: potentials of readout differ, first in sample 3, tick 0, neuron 7",
    ]


def test_update_measures_anew(copy):
    before = read_network(network_path("digits"))
    copy(correct_images="", correct_per_thousand=[], settings={})
    with pytest.raises(InputError, match="digits: correct_images, .* disagree"):
        check_entry("digits")
    update_record("digits")
    after = read_network(network_path("digits"))
    assert after.record == before.record and after.sha256() == before.sha256()


def test_entries_are_those_that_are_named(spikeloom):
    assert "mnist" not in spikeloom("zoo", "digits").out


def test_a_network_can_be_trained_again(spikeloom, tmp_path):
    code, out, err = spikeloom("train", network_path("digits"), "-o", "run", "--set",
                               "training.epochs=1", "--json")  # fmt: skip
    assert code == 0, err
    recorded = read_network(network_path("digits")).record["settings"]
    text = (tmp_path / "run" / "recipe.json").read_text()
    assert f'"topology": "{recorded["topology"]}"' in text


def test_progress_counts_images():
    done = []
    check_entry("digits", 77, done.append)
    assert sum(done) == 77 and np.min(done) > 0
