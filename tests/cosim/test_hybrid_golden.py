"""The hybrid chip's golden model does what the network says."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.golden.hybrid import run_hybrid
from cosim.scoreboard import compare
from mapper.errors import InputError
from mapper.fabrics import find_fabric, load_image
from mapper.hybrid.compiler import check_network, map_network
from mapper.hybrid.converters import lossy_sums
from mapper.hybrid.first_layer import find_first_layer
from mapper.network import Dense, Population
from mapper.pim.array import ArrayModel
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


@pytest.mark.parametrize("name", ["spikes", "conversions", "clipped"])
def test_every_counter_can_be_the_first_difference(name):
    network = direct_network(1)
    image = map_network(network, CORES, MESH)
    values = random_values(network, 2, 1)
    golden, other = (run_hybrid(image, values) for _ in range(2))
    other.counters[name][1, 0] += 1
    found = compare(image, golden, other, [])
    assert not found.passed and found.mismatches["counters"] == 1
    assert found.first is not None
    assert [found.first[k] for k in ("what", "name", "sample")] == ["counters", name, 1]


def test_parameters_of_both_kinds_of_cores():
    cores = find_fabric("hybrid").parse("full,macro.adc_bits=4,core.routes=1024")
    assert (cores.macro.adc_bits, cores.core.routes) == (4, 1024)
    with pytest.raises(InputError, match="macro.adc_bits"):
        find_fabric("hybrid").parse("full,adc_bits=4")


def naive_sums(image, macro, values):
    """Sums (neurons,) and clips, conversion by conversion, as docs/hybrid-chip.md says."""
    shift, offset = image.adc & 7, image.adc >> 3
    top, found, clips = macro.weight_bits - 1, [], 0
    for place in image.position:
        rows = values[place + image.row]
        for weights in image.weight:
            total = 0
            for first in range(0, len(rows), macro.rows_active):
                group = slice(first, first + macro.rows_active)
                for a in range(macro.activation_bits):
                    lines = rows[group] >> a & 1
                    for b in range(macro.weight_bits) if lines.any() else ():
                        step = (int((lines & weights[group] >> b & 1).sum()) + offset) >> shift
                        code = min(step, (1 << macro.adc_bits) - 1)
                        clips += code < step
                        total += (-1 if b == top else 1) * (code << (shift + a + b))
            found.append(total)
    return found, clips


LOSSY = ((3, 1, 1), (3, 2, 0), (2, 0, 0), (1, 0, 0), (1, 1, 1), (3, 0, 6), (2, 0, 5))


@pytest.mark.parametrize(("bits", "shift", "offset"), LOSSY)
@pytest.mark.parametrize("seed", range(4))
def test_lossy_converters_as_documented(seed, bits, shift, offset):
    macro = replace(CORES.macro, adc_bits=bits)
    cores = replace(CORES, macro=macro, lossy=1, adc_shift=shift, adc_offset=offset)
    network = direct_network(seed)
    assert check_network(network, cores)[0]["fits"]
    image = map_network(network, cores, MESH)
    layer = find_first_layer(network)
    low, high = lossy_sums(network, layer, cores)
    values = random_values(network, 2, seed)
    buffer = np.zeros((2, macro.activations), np.int64)
    buffer[:, image.values] = values[:, 0]
    for part in image.macros.values():
        model = ArrayModel(part, macro)
        sums = model.sums(buffer)
        for sample in range(2):
            expected, clips = naive_sums(part, macro, buffer[sample])
            np.testing.assert_array_equal(sums[sample], expected)
            assert model.counters["clipped"][sample] == clips
            assert clips == 0 or 0 < model.touched[sample] <= len(expected)
        by_channel = sums.reshape(2, part.positions, -1)
        assert (by_channel >= low.min()).all() and (by_channel <= high.max()).all()


def test_lossy_bounds_are_reached():
    """A weight -1 has all columns: those that clip leave more than any exact sum can be."""
    network = direct_network(3)
    first = replace(network.connections[0], weight=np.full_like(network.connections[0].weight, -1))
    network = replace(network, connections=(first, *network.connections[1:]))
    cores = replace(CORES, lossy=1, adc_shift=2, macro=replace(CORES.macro, adc_bits=1))
    low, high = lossy_sums(network, find_first_layer(network), cores)
    rows = first.weight[0].size
    assert (high == 255 * 7 * rows).all() and (low == -255 * 8 * rows).all()
    tight = replace(cores, macro=replace(cores.macro, potential_bits=11))
    assert "it needs" in check_network(network, tight)[0]["reason"]


def test_converters_that_read_nothing_are_refused():
    cores = replace(CORES, lossy=1, adc_shift=3)
    with pytest.raises(InputError, match="every output would be 0"):
        map_network(direct_network(3), cores, MESH)
    assert "every output would be 0" in check_network(direct_network(3), cores)[0]["reason"]
    with pytest.raises(InputError, match=r"adc_shift must be in 0\.\.7, not 8"):
        replace(CORES, adc_shift=8)
    assert "allow it" in check_network(direct_network(3), replace(CORES, adc_shift=1))[0]["reason"]


def test_converters_that_lose_something_are_refused():
    network = direct_network(3)
    for rows, bits, fits in ((4, 3, True), (4, 2, False), (8, 4, True), (8, 3, False)):
        macro = replace(CORES.macro, rows_active=rows, adc_bits=bits)
        found = check_network(network, replace(CORES, macro=macro))
        assert found[0]["fits"] == fits
        if not fits:
            assert f"it takes {rows.bit_length()} bits" in found[0]["reason"]
            allowed = replace(CORES, macro=macro, lossy=1)
            assert check_network(network, allowed)[0]["fits"]


def test_values_wider_than_the_macros_are_refused():
    """They would be cut off: another network, even if lossy converters are allowed."""
    for bits, fits in ((8, True), (7, False)):
        cores = replace(CORES, macro=replace(CORES.macro, activation_bits=bits), lossy=1)
        found = check_network(direct_network(3), cores)
        assert found[0]["fits"] == fits
    with pytest.raises(InputError, match="input values of 7 bits, the network's go up to 255"):
        map_network(direct_network(3), cores, MESH)


def relayed(network, delay):
    """One more population between the two, and the connection that there was, with a delay."""
    first, second = network.connections
    n = network["first"].n
    relay = Population("relay", (n,))
    ways = Dense("first", "relay", np.eye(n, dtype=int)), Dense("relay", "out", second.weight)
    return replace(network, populations=(*network.populations, relay),
                   connections=(first, *ways, replace(second, delay=delay)))  # fmt: skip


def late(network):
    first, second = network.connections
    return replace(network, connections=(first, replace(second, delay=2)))


@pytest.mark.parametrize(("change", "early"), [(late, 2), (lambda n: relayed(n, 0), 1)])
def test_spikes_that_would_have_to_wait_are_refused(change, early):
    """A macro fires once: of several moments at which its spikes are wanted, it knows one."""
    network = change(direct_network(3))
    reason = check_network(network, CORES)[0]["reason"]
    assert f"connection first->out: what a macro fires arrives in the next tick, {early}" in reason
    with pytest.raises(InputError, match="insert relay populations"):
        map_network(network, CORES, (4, 4))
