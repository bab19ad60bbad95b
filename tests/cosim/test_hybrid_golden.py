"""The hybrid chip's golden model does what the network says."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.golden.hybrid import run_hybrid
from mapper.errors import InputError
from mapper.fabrics import find_fabric, load_image
from mapper.hybrid.compiler import check_network, map_network
from mapper.run import run_network

from .hybrid_networks import CORES, MESH, direct_network, random_values
from .seeds import seeds


@pytest.mark.parametrize("seed", seeds(range(40)))
def test_equals_the_network(seed):
    network = direct_network(seed)
    assert all(v["fits"] for v in check_network(network, CORES))
    image = map_network(network, CORES, MESH)
    values = random_values(network, 5, seed)
    truth, found = run_network(network, values), run_hybrid(image, values, batch=2)
    for name, potentials in truth.potentials.items():
        np.testing.assert_array_equal(found.potentials[name], potentials)
        np.testing.assert_array_equal(found.spikes[name], truth.spikes[name])


def test_saved_image_is_the_same(tmp_path):
    network = direct_network(3)
    image = map_network(network, CORES, MESH)
    image.save(tmp_path / "chip")
    again = load_image(tmp_path / "chip")
    assert again.sha256() == image.sha256()
    values = random_values(network, 3, 1)
    old, new = run_hybrid(image, values), run_hybrid(again, values)
    for name in old.potentials:
        np.testing.assert_array_equal(old.potentials[name], new.potentials[name])


def test_parameters_of_both_kinds_of_cores():
    cores = find_fabric("hybrid").parse("full,macro.adc_bits=4,core.routes=1024")
    assert (cores.macro.adc_bits, cores.core.routes) == (4, 1024)
    with pytest.raises(InputError, match="macro.adc_bits"):
        find_fabric("hybrid").parse("full,adc_bits=4")


def test_converters_that_lose_something_are_refused():
    network = direct_network(3)
    for rows, bits, fits in ((4, 3, True), (4, 2, False), (8, 4, True), (8, 3, False)):
        macro = replace(CORES.macro, rows_active=rows, adc_bits=bits)
        found = check_network(network, replace(CORES, macro=macro))
        assert found[0]["fits"] == fits
        if not fits:
            assert f"it takes {rows.bit_length()} bits" in found[0]["reason"]
