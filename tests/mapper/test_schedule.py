"""The schedule: what is loaded and how long it takes, against host, golden chip and hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.crossbar.session import CrossbarSession
from cosim.golden.crossbar import run_chip
from mapper.activity import uniform_activity
from mapper.crossbar.compiler import map_network
from mapper.crossbar.image_cost import image_schedule
from mapper.crossbar.loading import words_repeated
from mapper.crossbar.params import CoreParams
from mapper.crossbar.patches import LayerShape
from mapper.crossbar.published import NETWORKS, plan_network
from mapper.crossbar.published_speed import SPEED, assumptions, paper_cycles
from mapper.crossbar.schedule import CLOCK_HZ, PassCost, Schedule
from mapper.crossbar.shape_cost import Assumptions, shape_schedule
from mapper.crossbar.strategies import plan_layer
from mapper.errors import InputError
from mapper.network import INPUT, Conv, Network, Population
from mapper.packets import PACKET, Kind

CORE = CoreParams(axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, routes=2048)


def cost(words, host, core):
    return PassCost(("a",), (0,), words, words, 1, host, core, 0, 0, 0, 100)


@given(seed=st.integers(0, 2**32), banks=st.sampled_from([1, 2]))
@settings(max_examples=8)
def test_words_are_those_that_the_host_writes(seed, banks, make_network):
    network = make_network(seed, levels=[[70], [20, 9]], formats=["ternary"], recurrent=0)
    image = map_network(network, replace(CORE, banks=banks), (2, 2))
    assert len(image.passes) > 2
    nothing = {p.name: np.zeros((0, network.ticks, p.n), bool) for p in network.populations}
    spikes = np.zeros((0, network.ticks, network.n_inputs), bool)
    packets = CrossbarSession(image).packets(spikes, nothing)
    writes = int((PACKET.unpack(packets)["kind"] == Kind.WRITE).sum())
    schedule = image_schedule(image, uniform_activity(image))
    swaps = 2 * (len(image.passes) - 1) if banks == 2 else 0  # of BANK, one WRITE for all cores
    assert sum(p.first_words for p in schedule.passes) == writes - swaps
    places = [p.places for p in schedule.passes]
    assert sum(map(len, places)) == sum(core.columns > 0 for core in image.cores)


@pytest.mark.parametrize("banks", [1, 2])
def test_what_stays_in_a_bank_is_not_loaded_again(banks, make_network):
    network = make_network(7, levels=[[40], [30, 9]], formats=["ternary"], recurrent=0)
    core = replace(CORE, banks=banks)
    once = map_network(network, core)
    assert len(once.passes) == 1 and words_repeated(once, 0) == 0
    side = next(s for s in range(5, 0, -1) if len(map_network(network, core, (s, 2)).passes) == 2)
    twice = map_network(network, core, (side, 2))
    again = [words_repeated(twice, i) for i in range(2)]
    registers = 4 * twice.params.cores
    assert again == [registers] * 2 if banks == 2 else min(again) > registers


def test_ping_pong_by_hand():
    passes = (cost(1000, 10, 90), cost(200, 0, 50))
    assert Schedule(passes, 1, 2).cycles == 2 * 150 + 1200
    assert Schedule(passes, 2, 2).cycles == max(200, 20 + 200) + max(100, 1000)
    schedule = Schedule(passes, 2, 20)
    assert schedule.samples_to_hide == 20 and schedule.cycles_per_sample == 150
    assert schedule.frames_per_second == CLOCK_HZ / 150
    assert schedule.synaptic_ops == 200 and schedule.energy_uj == pytest.approx(200 * 0.57e-6)
    assert schedule.bytes_per_sample == 1200 * 4 / 20
    assert schedule.to_json()["passes"][0]["bytes"] == 4000


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10)
def test_core_cycles_are_the_bound_of_the_golden_events(seed, make_network, make_spikes):
    """One sample, one network tick: expected values are the values."""
    network = make_network(seed, levels=[[40], [30]], formats=["ternary"], recurrent=0, ticks=1)
    image, spikes = map_network(network, CORE, (5, 4)), make_spikes(network, 1)
    trace = run_chip(image, spikes)
    activity = {INPUT: spikes[0, 0] * 1.0} | {n: s[0, 0] * 1.0 for n, s in trace.spikes.items()}
    (only,) = image_schedule(image, activity).passes
    slowest = dict[int, int]()
    for i, core in enumerate(image.cores):
        if core.columns:
            events = int(trace.counters["events"][0, i])
            cycles = CORE.tick_bound(events, core.columns, 0)
            slowest[core.first_tick] = max(slowest.get(core.first_tick, 0), cycles)
    assert only.core_cycles == sum(slowest.values())
    assert only.synaptic_ops == trace.counters["synaptic_ops"].sum()
    assert Schedule((only,), 2, 1).cycles == only.cycles


def test_a_core_that_sends_nothing_loads_no_link(make_network):
    """The host's spikes count before their tick, not in it."""
    network = make_network(2, levels=[[5]], inputs=7, ticks=4, output="readout", recurrent=0)
    image = map_network(network, CORE)
    (only,) = image_schedule(image, uniform_activity(image)).passes
    assert only.mesh_cycles == only.host_out == 0 and only.host_cycles == 7
    assert only.cycles == 7 + only.core_cycles + only.latency_cycles


@pytest.mark.parametrize("mesh", [(8, 8), (2, 1)])
@pytest.mark.parametrize(
    "facts", [{"padding": (1, 1)}, {"stride": (2, 2)}, {"stride": (1, 2), "padding": (0, 1)}]
)
def test_shapes_cost_what_a_network_of_all_ones_costs(facts, mesh):
    conv = Conv(INPUT, "p", np.ones((6, 2, 3, 3), int), **facts, input_shape=(2, 9, 8))
    population = Population("p", conv.output_shape)
    network = Network("n", (2, 9, 8), (population,), (conv,), "p", 1, "spikes")
    core = CoreParams(axons=48, neurons=64, lanes=8, update_lanes=4, max_extension=4)
    image = map_network(network, core, mesh)
    shape = LayerShape(
        size=(9, 8), depth_in=2, depth_out=6, kernel=(3, 3), stride=conv.stride,
        padding=conv.padding,
    )  # fmt: skip
    real = image_schedule(image, uniform_activity(image))
    known = shape_schedule([plan_layer(shape, core)], Assumptions(1, 1, mesh))
    assert len(real.passes) == len(known.passes) and len(known.passes) > (mesh == (2, 1))
    for a, b in zip(real.passes, known.passes, strict=True):
        for name in ("places", "core_cycles", "mesh_cycles", "latency_cycles", "host_out",
                     "synaptic_ops"):  # fmt: skip
            assert getattr(a, name) == getattr(b, name), name
        assert 0 < b.host_cycles <= a.host_cycles
    idle = 4 * (mesh[0] * mesh[1] - len(real.passes[0].places))  # registers of idle cores
    assert real.passes[0].first_words <= known.passes[0].first_words + idle


@pytest.mark.parametrize("name", NETWORKS)
def test_published_networks(name):
    """The paper's model gives its Table 11; ours needs fewer cycles, loading left out."""
    plans = plan_network(name)[:-1]
    cycles = paper_cycles(plans)
    assert abs(CLOCK_HZ / cycles / SPEED[name].fps - 1) < 0.004
    schedule = shape_schedule(plans, assumptions(name))
    assert schedule.compute_cycles_per_sample < cycles
    assert len(schedule.passes) * 13_824 == cycles


@pytest.mark.parametrize(("samples", "banks"), [(0, 2), (1, 3)])
def test_bad_numbers(samples, banks):
    with pytest.raises(InputError, match="samples >= 1 and 1 or 2 banks"):
        shape_schedule(plan_network("lenet-1"), Assumptions(), samples, banks)
    with pytest.raises(InputError, match=r"0\.\.1"):
        Assumptions(spike_rate=1.5)
