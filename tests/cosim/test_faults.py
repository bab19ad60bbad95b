"""Planted faults: each must be noticed, and the first culprit named."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from cosim.divergence.find import find_divergence
from cosim.golden.crossbar import run_chip
from cosim.scoreboard import Comparison, compare
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
    synapse[3, 6] ^= True  # axon of input 3, column of hidden neuron 3
    return with_core(image, 0, synapse=synapse)


def raise_threshold(image):
    threshold = image.cores[0].threshold.copy()
    threshold[9] += 1  # column of hidden neuron 4
    return with_core(image, 0, threshold=threshold)


def change_bias(image):
    bias = image.cores[0].bias.copy()
    bias[1] -= 1
    return with_core(image, 0, bias=bias)


def change_initial(image):
    initial = image.cores[1].initial.copy()
    initial[1] += 1
    return with_core(image, 1, initial=initial)


def change_reset(image):
    control = image.cores[0].control.copy()
    control[5] ^= 1 << CONTROL.offset("reset")
    return with_core(image, 0, control=control)


def change_strength(image):
    control = image.cores[0].control.copy()
    control[0] += 1 << CONTROL.offset("shift")
    return with_core(image, 0, control=control)


def change_route(image):
    route = image.cores[0].route.copy()
    route[2] ^= 1 << ROUTE.offset("row")
    return with_core(image, 0, route=route)


def route_elsewhere(image):
    route = image.cores[0].route.copy()
    route[4] = int(route[4]) ^ int(ROUTE.pack(x0=3, x1=3))  # from core 1 to core 2, which is unused
    return with_core(image, 0, route=route)


@dataclass(frozen=True)
class Culprit:
    """Who is to blame, of a sample in which everybody spikes, and what must be said of it."""

    plant: Callable
    name: str
    neuron: int
    cause: str
    finding: str


FAULTS = {
    "synapse": Culprit(flip_synapse, "hidden", 3, "inputs or weights",
                       "11 synaptic operations, not 12"),
    "threshold": Culprit(raise_threshold, "hidden", 4, "arithmetic",
                         "threshold 3 in place of 2"),
    "bias": Culprit(change_bias, "hidden", 0, "arithmetic", "bias 0 in place of 1"),
    "initial": Culprit(change_initial, "out", 0, "arithmetic",
                       "potential 1 before the tick in place of 0"),
    "reset": Culprit(change_reset, "hidden", 2, "arithmetic", "reset none"),
    "strength": Culprit(change_strength, "hidden", 0, "arithmetic", "bias 2 in place of 1"),
    "route to another axon": Culprit(change_route, "out", 2, "inputs",
                                     "axon 2 of core 1 (a route of core 0, column 5) had not come"),
    "route to another core": Culprit(route_elsewhere, "out", 4, "inputs",
                                     "in the same tick core 2 counted 1 stray, not 0"),
}  # fmt: skip


@pytest.mark.xdist_group("mesh-batch-build")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_chip_is_found(fault, planted):
    """Hardware gets the faulty memories, the golden model the right ones."""
    network, culprit = busy_network(), FAULTS[fault]
    image = map_network(network, CORE, mesh=MESH)
    spikes = np.ones((1, network.ticks, 12), bool)
    broken = culprit.plant(image)
    planted(broken)
    found = find_divergence(image, spikes)
    place = {"name": culprit.name, "neuron": culprit.neuron, "tick": 0, "sample": 0}
    assert found.first.items() >= (place | {"what": "potentials"}).items()
    assert found.first["expected"] != found.first["actual"]
    assert found.explanation.cause == culprit.cause
    assert any(culprit.finding in line for line in found.explanation.findings)
    assert found.explanation.where["core"] == image[culprit.name].core[culprit.neuron]
    # The golden model of the broken chip agrees with the broken chip.
    assert compare(image, run_chip(broken, spikes), found.sides[1].trace, []).passed


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
