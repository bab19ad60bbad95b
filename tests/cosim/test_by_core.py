"""Core by core: equal to the whole chip, and every planted fault is found at its core."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cosim.crossbar.alone import (
    NEURONS,
    ROUTES,
    alone_params,
    core_alone,
    route_columns,
)
from cosim.crossbar.by_core import record_by_core, verify_by_core
from cosim.digests import sample_digests
from cosim.engines import make_engine
from cosim.golden.crossbar import run_chip
from mapper.crossbar.compiler import map_network
from mapper.errors import InputError

from .digit_chip import DATA, write_chip
from .networks import CORE, MESH, random_network, random_spikes
from .seeds import seeds, stalls_for
from .test_passes import chain

SAMPLES = 4
BUILD = pytest.mark.xdist_group("alone-build")


def mapped(seed: int):
    """Several cores, axon extension, recurrence, several ticks; or several passes."""
    if seed % 4 == 3:
        network = chain(seed)
        return network, map_network(network, CORE, mesh=(2, 1))
    network = random_network(seed)
    return network, map_network(network, CORE, mesh=MESH)


@pytest.mark.parametrize("seed", range(12))
def test_the_golden_core_alone_does_what_it_does_in_the_chip(seed):
    """Fired flags, counters and packets; no simulator."""
    network, image = mapped(seed)
    golden, records = record_by_core(image, random_spikes(network, SAMPLES, seed))
    for i, record in enumerate(records):
        alone = core_alone(image, i)
        trace = run_chip(alone, record.events(*alone.input_shape))
        np.testing.assert_array_equal(trace.spikes[NEURONS], record.fired)
        np.testing.assert_array_equal(trace.outputs[ROUTES], golden.packets[i])
        for name, counts in trace.counters.items():
            np.testing.assert_array_equal(counts[:, 0], golden.counters[name][:, i])
    total = sum(golden.counters[n] for n in ("events", "stray"))
    np.testing.assert_array_equal(
        total.T, [np.unpackbits(r.axons, axis=2).sum(axis=(1, 2)) for r in records]
    )


@BUILD
@pytest.mark.parametrize("seed", seeds(range(400, 416)))
def test_random_networks(seed):
    """Equal to the golden model of the whole chip, digest for digest."""
    network, image = mapped(seed)
    spikes = random_spikes(network, SAMPLES, seed)
    engine = make_engine("batch", alone_params(image.params))
    run = verify_by_core(engine, image, spikes, stalls_for(seed))
    assert run.comparison.passed, (seed, run.comparison)
    assert run.comparison.compared["packets"] == sum(p.size for p in run.rtl.packets.values()) > 0
    assert run.rtl.errors.shape == (len(image.cores),)
    np.testing.assert_array_equal(
        sample_digests(run.rtl, spikes), sample_digests(run.golden, spikes)
    )


def test_shared_route_entries_are_refused():
    _, image = mapped(1)
    core = next(i for i, c in enumerate(image.cores) if len(np.unique(route_columns(c)[1])) > 1)
    pointer = image.cores[core].pointer.copy()
    first, other = np.unique(route_columns(image.cores[core])[1])[:2]
    pointer[other] = pointer[first]
    cores = list(image.cores)
    cores[core] = replace(cores[core], pointer=pointer)
    with pytest.raises(InputError, match=f"core {core}: neurons share a route entry"):
        core_alone(replace(image, cores=tuple(cores)), core)


@BUILD
def test_command_line(spikeloom, tmp_path):
    """Evidence says how the run was made; it is checked again alike, and by the golden model."""
    chip = write_chip(tmp_path)
    run = ("cosim", chip, *DATA, "--limit", "6", "--by-core", "-o", tmp_path / "cores")
    assert spikeloom(*map(str, run))[0] == 0
    facts = json.loads((tmp_path / "cores" / "evidence.json").read_text())
    assert facts["by_core"] and facts["passed"]
    assert facts["compared"]["packets"] > 0 and facts["mismatches"]["packets"] == 0
    for how in ([], ["--golden"]):
        check = ("verify", tmp_path / "cores", "--chip", chip, "--json", *how)
        code, out, _ = spikeloom(*map(str, check))
        found = json.loads(out)
        assert code == 0 and found["passed"] and not found["notes"]
    assert spikeloom("report", str(tmp_path / "cores"), "-o", str(tmp_path / "page.html"))[0] == 0
    assert "--engine batch --by-core -o EVIDENCE" in (tmp_path / "page.html").read_text()


def test_a_grid_has_no_such_cores(spikeloom):
    code, _, err = spikeloom("cosim", "digits-stdbp", "--target", "yoso", "--core", "conv",
                             "--data", "digits:test", "--by-core", "-o", "out")  # fmt: skip
    assert code == 2 and "core by core" in err
