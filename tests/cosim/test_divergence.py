"""Where two runs part: the first culprit, its explanation, memories, the waveform."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.divergence.find import find_divergence
from cosim.divergence.hybrid import hybrid_blocks
from cosim.divergence.observe import GOLDEN, Observed, Run
from cosim.divergence.probes import probe
from cosim.divergence.text import describe, side_by_side
from cosim.engines import ENGINES, make_engine
from cosim.engines.base import NO_STALLS
from cosim.fabrics import FABRICS
from cosim.first import first_difference
from cosim.golden.crossbar import run_chip
from cosim.golden.yoso import run_grid
from cosim.yoso.moments import grid_moments
from mapper.crossbar.compiler import map_network
from mapper.errors import InputError
from mapper.hybrid.compiler import map_network as map_hybrid
from mapper.packets import PACKET, Kind, Space
from mapper.yoso.compiler import map_network as map_grid

from .grid_networks import GRID, PE, grid_network, single_spikes
from .hybrid_networks import CORES, direct_network, random_values
from .hybrid_networks import MESH as HYBRID_MESH
from .networks import CORE, MESH, random_network, random_spikes
from .test_faults import busy_network
from .test_passes import MESH as SMALL_MESH
from .test_passes import chain

_RANK = ("potentials", "spikes", "outputs")


def random_run(fabric, seed, samples):
    """(image, input) of a random network of a fabric."""
    if fabric == "crossbar":
        network = random_network(seed)
        return map_network(network, CORE, mesh=MESH), random_spikes(network, samples, seed)
    if fabric == "yoso":
        network = grid_network(seed)
        return map_grid(network, PE, GRID), single_spikes(network, samples, seed)
    network = direct_network(seed)
    return map_hybrid(network, CORES, HYBRID_MESH), random_values(network, samples, seed)


def chip_tick(image, name, neuron, tick):
    """(pass, chip tick) of a network tick of a neuron, from the definitions."""
    population = image[name]
    index = int(population.core[neuron]) // image.params.cores
    return index, tick + population.level - image.passes[index].base


@settings(max_examples=30)
@given(st.data())
def test_the_first_difference_is_that_of_the_earliest_moment(data):
    """Random values changed in a trace; the oracle goes through all of them one by one."""
    network = chain(data.draw(st.integers(0, 2)))
    image = map_network(network, CORE, SMALL_MESH)
    spikes = random_spikes(network, 2, 1)
    golden, other = run_chip(image, spikes), run_chip(image, spikes)
    keys = []
    for _ in range(data.draw(st.integers(1, 6))):
        kind = data.draw(st.sampled_from(_RANK))
        arrays = getattr(other, kind)
        name = data.draw(st.sampled_from(sorted(arrays)))
        sample, tick, neuron = (data.draw(st.integers(0, n - 1)) for n in arrays[name].shape)
        if arrays[name][sample, tick, neuron] != getattr(golden, kind)[name][sample, tick, neuron]:
            continue  # changing it again would undo it
        arrays[name][sample, tick, neuron] ^= 1
        p = image[name]
        place = int(p.core[neuron]), int(p.column[neuron])
        keys.append((sample, *chip_tick(image, name, neuron, tick), *place, _RANK.index(kind)))
    first = first_difference(image, golden, other)
    found = (first["sample"], *chip_tick(image, first["name"], first["neuron"], first["tick"]),
             first["core"], int(image[first["name"]].column[first["neuron"]]),
             _RANK.index(first["what"]))  # fmt: skip
    assert found == min(keys)


def test_a_downstream_layer_of_the_same_network_tick_is_later():
    image = map_network(busy_network(), CORE, mesh=MESH)
    golden, other = (run_chip(image, np.ones((1, 4, 12), bool)) for _ in range(2))
    other.potentials["out"][0, 1, 0] += 1  # chip tick 2
    other.potentials["hidden"][0, 2, 0] += 1  # chip tick 2, too, on core 0
    other.spikes["hidden"][0, 2, 0] ^= True
    first = first_difference(image, golden, other)
    assert (first["name"], first["what"], first["tick"]) == ("hidden", "potentials", 2)
    other.potentials["hidden"][0, 2, 0] -= 1
    other.spikes["hidden"][0, 2, 0] ^= True
    other.spikes["hidden"][0, 3, 0] ^= True
    assert first_difference(image, golden, other)["name"] == "out"


@pytest.mark.parametrize("seed", range(4))
def test_in_a_grid_senders_come_first(seed):
    """Everything of the last tick is wrong: the culprit is a PE that nobody sends to."""
    image = map_grid(grid_network(seed), PE, GRID)
    spikes = single_spikes(grid_network(seed), 1, seed)
    golden, other = run_grid(image, spikes), run_grid(image, spikes)
    for potentials in other.potentials.values():
        potentials[0, -1] += 1
    depth = {}
    for name, moments in grid_moments(image).items():
        depth |= dict(zip(image[name].core.tolist(), moments.depth.tolist(), strict=True))
    for sender, core in enumerate(image.cores):
        for target in core.targets:
            below = [i for i in depth if run_reaches(image, target, i)]
            assert all(depth[sender] < depth[i] for i in below)
    first = first_difference(image, golden, other)
    reached = np.concatenate([
        [i for i in range(len(image.cores)) if run_reaches(image, t, i)]
        for core in image.cores for t in core.targets
    ])  # fmt: skip
    assert first["core"] not in reached


def run_reaches(image, target, core):
    """Does a TARGET word name a PE."""
    x0, y0, x1, y1, valid = (target >> s & m for s, m in ((0, 7), (3, 7), (6, 7), (9, 7), (12, 1)))
    x, y = image.position(core)
    return valid and x0 <= x <= x1 and y0 <= y <= y1


def golden_engine(monkeypatch, broken):
    """Engines are the golden model of another image: fast, and the same (`test_differential`)."""
    observe = Run.observe

    def fake(run, engine):
        if engine == GOLDEN:
            return observe(run, engine)
        found = observe(replace(run, image=broken), GOLDEN)
        return Observed(engine, found.trace, found.counts)

    monkeypatch.setattr(Run, "observe", fake)


@pytest.mark.parametrize("population", ["a", "b", "c", "out"])
def test_a_fault_in_a_later_pass_is_found(population, monkeypatch):
    network = chain(1)
    image = map_network(network, CORE, SMALL_MESH)
    assert len(image.passes) > 2
    core, column = image[population].core[0], image[population].column[0]
    bias = image.cores[core].bias.copy()
    bias[column] += 1
    cores = [replace(c, bias=bias) if i == core else c for i, c in enumerate(image.cores)]
    golden_engine(monkeypatch, replace(image, cores=tuple(cores)))
    found = find_divergence(image, np.ones((1, network.ticks, 20), bool))
    assert (found.first["name"], found.first["neuron"], found.first["core"]) == (
        population, 0, core)  # fmt: skip
    assert found.explanation.cause == "arithmetic"
    assert any(f"bias {bias[column]}" in line for line in found.explanation.findings)
    text = describe(found, 17, None)
    assert f"sample 17, tick 0: potential of {population} 0 (core {core})" in text
    assert any(line.endswith("<") for line in side_by_side(found).splitlines())


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("fabric", FABRICS)
def test_the_calculation_ends_where_the_golden_model_ends(fabric, seed, monkeypatch):
    """Of a random neuron: events, sum and steps lead to the golden potential and spike."""
    rng = np.random.default_rng(seed)
    image, spikes = random_run(fabric, seed, 1)
    p = image.populations[rng.integers(len(image.populations))]
    tick, neuron = int(rng.integers(image.network_ticks)), int(rng.integers(len(p.core)))
    observe = Run.observe

    def wrong(run, engine):
        found = observe(run, GOLDEN)
        if engine != GOLDEN:
            found.trace.potentials[p.name][0, tick, neuron] += 1
        return Observed(engine, found.trace, found.counts)

    monkeypatch.setattr(Run, "observe", wrong)
    found = find_divergence(image, spikes)
    assert (found.first["neuron"], found.first["tick"]) == (neuron, tick)
    steps = {step.what: step.value for step in found.explanation.steps}
    golden = found.run.golden()
    total = sum(event.weight for event in found.explanation.events)
    assert steps.get("+ weighted sum of the events", steps.get("+ weights of the events",
                                                               total)) == total  # fmt: skip
    after = next(v for w, v in reversed(steps.items()) if w.startswith(("potential after", "= p")))
    assert after == golden.potentials[p.name][0, tick, neuron]
    assert steps.get("fires", False) == golden.spikes[p.name][0, tick, neuron]


@pytest.mark.parametrize("fault", ["weight", "bias"])
@pytest.mark.parametrize("seed", range(4))
def test_a_fault_in_a_macro_is_found(seed, fault, monkeypatch):
    """A bit of a weight the other way, or of a channel's parameter."""
    image, values = random_run("hybrid", seed, 1)
    values |= 1  # every row counts
    place, macro = next(iter(image.macros.items()))
    changed = getattr(macro, fault).copy()
    changed.flat[0] ^= 2
    cores = [replace(c, **{fault: changed}) if c is macro else c for c in image.cores]
    golden_engine(monkeypatch, replace(image, cores=tuple(cores)))
    found = find_divergence(image, values)
    assert (found.first["name"], found.first["core"]) == ("first", place)
    assert found.explanation.cause == "arithmetic"
    assert any(line.startswith(f"as with {fault}") for line in found.explanation.findings)
    text = describe(found, 0, None)
    assert fault in text and "tick  core" in side_by_side(found)


def test_a_fault_that_needs_the_samples_before_is_found(monkeypatch):
    """Hardware that keeps a potential from sample to sample: alone, the sample is right."""
    image = map_network(busy_network(), CORE, mesh=MESH)
    observe = Run.observe

    def forgetful(run, engine):
        found = observe(run, GOLDEN)
        if engine != GOLDEN:
            found.trace.potentials["out"][1:, 0, 3] += 5
        return Observed(engine, found.trace, found.counts)

    monkeypatch.setattr(Run, "observe", forgetful)
    spikes = np.ones((3, 4, 12), bool)
    assert find_divergence(image, spikes[:1]).equal
    found = find_divergence(image, spikes)
    assert found.first["sample"] == 1 and len(found.run.spikes) == 3
    assert (found.first["name"], found.first["neuron"]) == ("out", 3)


def test_an_unknown_engine_is_refused():
    image = map_network(busy_network(), CORE, mesh=MESH)
    with pytest.raises(InputError, match="unknown engine 'verilog'; known: golden, amaranth"):
        find_divergence(image, np.ones((1, 4, 12), bool), ("golden", "verilog"))


@pytest.mark.parametrize("stalls", [0.0, 0.4])
@pytest.mark.parametrize("fabric", [
    pytest.param("crossbar", marks=pytest.mark.xdist_group("mesh-batch-build")),
    pytest.param("hybrid", marks=pytest.mark.xdist_group("hybrid-build")),
])  # fmt: skip
def test_probes_do_not_change_a_run(fabric, stalls):
    """The session's answers are those without probes; the counts are the golden model's."""
    image, spikes = random_run(fabric, 5, 2)
    run = Run(image, spikes, replace(NO_STALLS, source=stalls, sink=stalls))
    plain = run.observe("batch")
    assert first_difference(image, run.golden(), plain.trace) is None
    np.testing.assert_array_equal(plain.counts, run.observe(GOLDEN).counts)
    assert plain.counts.any()


class _LosesABit:
    """An engine whose memory takes one WRITE wrongly."""

    def __init__(self, engine, space, address, where=(0, 0)):
        self.engine, self.space, self.address, self.where = engine, space, address, where

    def exchange(self, packets, answers, stalls):
        fields = PACKET.unpack(packets)
        hit = (fields["kind"] == Kind.WRITE) & (fields["space"] == self.space)
        hit &= (fields["address"] == self.address) & (fields["x0"] == self.where[0])
        hit &= fields["y0"] == self.where[1]
        assert hit.sum() == 1
        return self.engine.exchange(packets ^ hit.astype(np.uint64), answers, stalls)


@pytest.mark.xdist_group("mesh-batch-build")
def test_a_word_that_lost_a_bit_is_named(monkeypatch):
    """The threshold of hidden neuron 4, in column 9 of core 0."""
    image = map_network(busy_network(), CORE, mesh=MESH)
    monkeypatch.setitem(
        ENGINES, "lossy", lambda p: _LosesABit(make_engine("batch", p), Space.CONFIG, 9 * 8 + 1)
    )
    found = find_divergence(image, np.ones((1, 4, 12), bool), ("golden", "lossy"))
    assert found.errors == ["lossy: core 0: threshold memory is not what was programmed"]
    assert found.words == [
        "lossy: core 0: threshold memory: word 9 holds 0x3, programmed was 0x2"
    ]  # fmt: skip
    assert found.explanation.cause == "memory"
    assert (found.first["name"], found.first["neuron"]) == ("hidden", 4)


@pytest.mark.xdist_group("hybrid-build")
def test_a_bit_cell_of_a_macro_that_lost_its_bit_is_named(monkeypatch):
    image, values = random_run("hybrid", 0, 1)
    place = next(iter(image.macros))
    cells = hybrid_blocks(image, place)[0]
    word = int(np.flatnonzero(cells.values & 1)[0])
    lossy = Space.SYNAPSE, int(cells.addresses[word]), image.params.position(place)
    monkeypatch.setitem(ENGINES, "lossy", lambda p: _LosesABit(make_engine("batch", p), *lossy))
    found = find_divergence(image, values | 1, ("golden", "lossy"))
    held = int(cells.values[word])
    memory = f"lossy: core {place}: bit cell memory: word {word}"
    assert found.words == [f"{memory} holds {held ^ 1:#x}, programmed was {held:#x}"]
    assert found.explanation.cause == "memory" and found.first["name"] == "first"


def test_the_window_is_told_in_answers():
    """Of all answers up to a DONE: checksums, and what was read after the ticks before."""
    image = map_network(busy_network(), CORE, mesh=MESH)
    run = Run(image, np.ones((2, 4, 12), bool), NO_STALLS)
    probed = run.probed()
    assert len(probed.done) == 2 * image.ticks
    assert (np.diff(probed.done) > 4 * image.params.cores).all()
    assert probe(image, probed.packets[:0]).answers == 0
    assert run.done(0, 1, 2) == image.ticks + 2
