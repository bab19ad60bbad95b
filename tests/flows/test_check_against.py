"""`spikeloom check NET --against CHIP`: a right chip passes, a spoilt one is named."""

import json

import pytest

from flows.zoo import network_path
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import PRESETS
from mapper.nir_io import read_network


@pytest.fixture(scope="module")
def image():
    return map_network(read_network(network_path("digits")), PRESETS["small"])


def test_a_right_chip(spikeloom, image, tmp_path):
    image.save(tmp_path / "chip")
    code, out, err = spikeloom("check", "digits", "--against", str(tmp_path / "chip"), "--json")
    found = json.loads(out)
    assert code == 0 and "Traceback" not in err
    assert (found["equal"], found["mistakes"], found["first"]) == (True, {}, [])


def test_a_chip_with_a_synapse_too_many(spikeloom, image, tmp_path):
    place = 3, image.cores[0].columns - 1
    image.cores[0].synapse[place] ^= True
    image.save(tmp_path / "chip")
    image.cores[0].synapse[place] ^= True
    code, out, err = spikeloom("check", "digits", "--against", str(tmp_path / "chip"))
    assert code == 1 and "is not digits" in err and "synapse" in err and "Traceback" not in err


@pytest.mark.parametrize("chip", ["nowhere", "."])
def test_no_chip(spikeloom, chip):
    code, out, err = spikeloom("check", "digits", "--against", chip)
    assert code == 2 and out == "" and "chip.json" in err
