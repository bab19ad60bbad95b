"""Planted faults: each must be noticed, and the first culprit named."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.engines import make_engine
from cosim.golden.crossbar import run_chip
from cosim.scoreboard import Comparison, compare
from cosim.verify import run_engine
from mapper.crossbar.compiler import map_network
from mapper.crossbar.layout import CONTROL, ROUTE
from mapper.network import Dense, Network, Population
from mapper.semantics import Decay, DecayKind, Reset

from .networks import CORE, MESH, random_network, random_spikes


def busy_network() -> Network:
    """Every input pixel drives its neuron; every neuron fires often; every weight matters."""
    eye = np.eye(12, dtype=int)
    return Network(
        "busy", (12,),
        (
            Population("hidden", (12,), decay=Decay(DecayKind.SHIFT, 2), reset=Reset.SUBTRACT,
                       threshold=2, bias=1),
            Population("out", (12,), kind="readout"),
        ),
        (Dense("input", "hidden", eye), Dense("hidden", "out", eye - np.roll(eye, 1, 0))),
        "out", ticks=4,
    )  # fmt: skip


def with_core(image, index: int, **changes):
    cores = list(image.cores)
    cores[index] = replace(cores[index], **changes)
    return replace(image, cores=tuple(cores))


def flip_synapse(image):
    synapse = image.cores[0].synapse.copy()
    synapse[3, 6] ^= True
    return with_core(image, 0, synapse=synapse), 0


def raise_threshold(image):
    threshold = image.cores[0].threshold.copy()
    threshold[9] += 1  # column of hidden neuron 4
    return with_core(image, 0, threshold=threshold), 0


def change_bias(image):
    bias = image.cores[0].bias.copy()
    bias[1] -= 1
    return with_core(image, 0, bias=bias), 0


def change_initial(image):
    initial = image.cores[1].initial.copy()
    initial[1] += 1
    return with_core(image, 1, initial=initial), 1


def change_reset(image):
    control = image.cores[0].control.copy()
    control[5] ^= 1 << CONTROL.offset("reset")
    return with_core(image, 0, control=control), 0


def change_strength(image):
    control = image.cores[0].control.copy()
    control[0] += 1 << CONTROL.offset("shift")
    return with_core(image, 0, control=control), 0


def change_route(image):
    route = image.cores[0].route.copy()
    route[2] ^= 1 << ROUTE.offset("row")
    return with_core(image, 0, route=route), 1


FAULTS = [
    flip_synapse, raise_threshold, change_bias, change_initial, change_reset, change_strength,
    change_route,
]  # fmt: skip


@pytest.mark.xdist_group("mesh-build")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_a_fault_in_the_chip_is_found(fault):
    """Hardware gets the faulty memories, the golden model the right ones."""
    network = busy_network()
    image = map_network(network, CORE, mesh=MESH)
    assert [len(np.flatnonzero(p.core == 0)) for p in image.populations][0] == 12
    spikes = random_spikes(network, 4, 3)
    spikes[1] = True
    broken, core = fault(image)
    rtl = run_engine(make_engine("cocotb", image.params), broken, spikes)
    result = compare(image, run_chip(image, spikes), rtl, [])
    assert not result.passed
    assert result.first is not None and result.first["expected"] != result.first["actual"]
    if result.first["what"] != "counters":
        population = next(p for p in image.populations if p.core[0] == core)
        assert result.first["name"] == population.name
    # The golden model of the broken chip agrees with the broken chip.
    assert compare(image, run_chip(broken, spikes), rtl, []).passed


def test_a_comparison_of_nothing_fails():
    assert not Comparison().passed
    assert not Comparison(compared={"spikes": 0, "potentials": 0, "counters": 0}).passed
    assert not Comparison(compared={"spikes": 9, "counters": 9}, mismatches={}).passed
    full = {"spikes": 1, "potentials": 1, "counters": 1}
    assert Comparison(compared=full).passed
    assert not Comparison(compared=full, errors=["core 0: saturation"]).passed
    assert not Comparison(compared=full, mismatches={"spikes": 1}).passed


@pytest.mark.parametrize("kind", ["spikes", "potentials", "outputs", "counters"])
def test_one_changed_value_is_found_and_named(kind):
    network = random_network(12)  # its output spikes
    image = map_network(network, CORE, mesh=MESH)
    spikes = random_spikes(network, 3, 1)
    golden, other = run_chip(image, spikes), run_chip(image, spikes)
    found = getattr(other, kind)
    array = found[sorted(found)[0]]
    array[(2,) + (0,) * (array.ndim - 1)] ^= 1
    result = compare(image, golden, other, [])
    assert sum(result.mismatches.values()) == 1 and result.mismatches[kind] == 1
    assert result.first["what"] == kind and result.first["sample"] == 2


def test_traces_of_different_shape_are_a_harness_error():
    network = random_network(11)
    image = map_network(network, CORE, mesh=MESH)
    golden = run_chip(image, random_spikes(network, 3, 1))
    other = run_chip(image, random_spikes(network, 2, 1))
    with pytest.raises(ValueError, match="shapes"):
        compare(image, golden, other, [])
