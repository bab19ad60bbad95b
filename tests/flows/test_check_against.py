"""`spikeloom check NET --against CHIP`: a right chip passes, a spoilt one is named."""

import json

import pytest

from flows.zoo import network_path
from mapper.fabrics import find_fabric
from mapper.nir_io import read_network


def mapped(net, target, core="small"):
    fabric = find_fabric(target)
    return fabric.map(read_network(network_path(net)), fabric.parse(core))


@pytest.fixture(scope="module")
def image():
    return mapped("digits", "crossbar")


@pytest.fixture(scope="module")
def hybrid():
    return mapped("digits-direct", "hybrid")


@pytest.mark.parametrize(("net", "chip"), [("digits", "image"), ("digits-direct", "hybrid")])
def test_a_right_chip(spikeloom, request, tmp_path, net, chip):
    request.getfixturevalue(chip).save(tmp_path / "chip")
    code, out, err = spikeloom("check", net, "--against", str(tmp_path / "chip"), "--json")
    found = json.loads(out)
    assert code == 0 and "Traceback" not in err
    assert (found["equal"], found["mistakes"], found["first"]) == (True, {}, [])


def refused(spikeloom, image, net, folder):
    """What is said of a chip that is not the network."""
    image.save(folder / "chip")
    code, _, err = spikeloom("check", net, "--against", str(folder / "chip"))
    assert code == 1 and f"is not {net}" in err and "Traceback" not in err
    return err


def test_a_chip_with_a_synapse_too_many(spikeloom, image, tmp_path):
    place = 3, image.cores[0].columns - 1
    image.cores[0].synapse[place] ^= True
    err = refused(spikeloom, image, "digits", tmp_path)
    image.cores[0].synapse[place] ^= True
    assert "synapse" in err


def test_a_macro_with_another_weight(spikeloom, hybrid, tmp_path):
    (place, macro), *_ = hybrid.macros.items()
    right = int(macro.weight[2, 1])
    macro.weight[2, 1] ^= 1
    err = refused(spikeloom, hybrid, "digits-direct", tmp_path)
    macro.weight[2, 1] = right
    where = f"input[0, 0, 1] to hidden1[2, 0, 0], macro {place}"
    assert f"{where}: {right ^ 1}, expected {right}" in err


def test_macros_that_lose_something(spikeloom, tmp_path):
    chip = mapped("digits-direct", "hybrid", "full,macro.adc_bits=2,lossy=1")
    assert "lossy converter: macro 2 reads some sums of" in refused(
        spikeloom, chip, "digits-direct", tmp_path
    )


@pytest.mark.parametrize("chip", ["nowhere", "."])
def test_no_chip(spikeloom, chip):
    code, out, err = spikeloom("check", "digits", "--against", chip)
    assert code == 2 and out == "" and "chip.json" in err
