"""Core by core, with a fault in one core of the hardware: it is found there and nowhere else.

Every core is fed as the golden model recorded it, so nothing spreads: all differences are those of
the faulty core, and the first one must be what the golden model of the faulty core alone says.
"""

from dataclasses import replace

import numpy as np
import pytest

from cosim.crossbar.alone import (
    NEURONS,
    alone_params,
    complete_neurons,
    core_alone,
    route_columns,
)
from cosim.crossbar.by_core import record_by_core, run_by_core
from cosim.engines.batch import BatchEngine
from cosim.golden.crossbar import run_chip
from cosim.scoreboard import compare
from mapper.crossbar.layout import CONTROL
from mapper.packets import PACKET, Kind

from .networks import random_spikes
from .test_by_core import BUILD, SAMPLES, mapped

pytestmark = BUILD


def flip_synapse(rng, core):
    synapse = core.synapse.copy()
    synapse[rng.integers(len(synapse)), rng.integers(core.columns)] ^= True
    return replace(core, synapse=synapse)


def change_one(field):
    def fault(rng, core):
        values = getattr(core, field).copy()
        values[rng.choice(complete_neurons(core))] += rng.choice([-1, 1])
        return replace(core, **{field: values})

    fault.__name__ = f"change_{field}"
    return fault


def change_reset(rng, core):
    control = core.control.copy()
    control[rng.choice(complete_neurons(core))] ^= 1 << CONTROL.offset("reset")
    return replace(core, control=control)


FAULTS = [flip_synapse, change_one("threshold"), change_one("bias"), change_one("initial"),
          change_reset]  # fmt: skip


def culprit(image, golden, core, alone):
    """The earliest (sample, chip tick, column, potential before spike) at which a core alone does
    something else than it does in the golden trace; then the name, network tick and neuron.
    """
    found, columns = [], complete_neurons(image.cores[core])
    for p in image.populations:
        here = np.flatnonzero(p.core == core)
        if not len(here):
            continue
        first = image.first_tick(p, image.pass_of(core))
        local = np.searchsorted(columns, p.column[here])
        for rank, kind in enumerate(("potentials", "spikes")):
            ours = getattr(golden, kind)[p.name][:, :, here]
            theirs = getattr(alone, kind)[NEURONS][:, first : first + image.network_ticks, local]
            for sample, tick, i in np.argwhere(ours != theirs):
                where = (sample, tick + first, p.column[here[i]], rank)
                found.append((*where, p.name, tick, here[i]))
    return min(found, default=None)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", range(420, 426))
def test_a_fault_in_a_memory(fault, seed):
    rng = np.random.default_rng(seed)
    network, image = mapped(seed)
    golden, records = record_by_core(image, random_spikes(network, SAMPLES, seed))
    core = int(rng.choice([i for i, c in enumerate(image.cores) if c.columns]))
    cores = list(image.cores)
    cores[core] = fault(rng, cores[core])
    broken = replace(image, cores=tuple(cores))
    alone = core_alone(broken, core)
    expected = culprit(
        image, golden, core, run_chip(alone, records[core].events(*alone.input_shape))
    )
    rtl = run_by_core(BatchEngine(alone_params(image.params)), broken, records)
    result = compare(image, golden, rtl, rtl.corrupt)
    others = np.arange(len(image.cores)) != core
    for name, counts in golden.counters.items():
        np.testing.assert_array_equal(counts[:, others], rtl.counters[name][:, others])
    if expected is None:
        assert result.mismatches["spikes"] == result.mismatches["potentials"] == 0
        return
    sample, _, _, rank, name, tick, neuron = expected
    found = {"what": ("potentials", "spikes")[rank], "sample": sample, "core": core,
             "name": name, "tick": tick, "neuron": neuron}  # fmt: skip
    assert not result.passed and found.items() <= result.first.items()


class Loses(BatchEngine):
    """One OUTPUT of the core that runs as the `core`-th never arrives."""

    def __init__(self, params, core: int) -> None:
        super().__init__(params)
        self.core, self.lost = core, None

    def exchange(self, packets, answers, *more):
        received = super().exchange(packets, answers, *more)
        self.core -= 1
        fields = PACKET.unpack(received)
        outputs = np.flatnonzero(fields["kind"] == Kind.OUTPUT)
        if self.core != -1 or not len(outputs):
            return received
        self.lost = int(fields["data"][outputs[0]])
        return np.delete(received, outputs[0])


@pytest.mark.parametrize("seed", range(430, 436))
def test_a_lost_packet(seed):
    network, image = mapped(seed)
    golden, records = record_by_core(image, random_spikes(network, SAMPLES, seed))
    core = max(golden.packets, key=lambda i: golden.packets[i].sum())
    engine = Loses(alone_params(image.params), core)
    result = compare(image, golden, run_by_core(engine, image, records), [])
    sample, chip_tick = np.argwhere(golden.packets[core])[0, :2]
    assert result.mismatches["packets"] == 1 and not result.passed
    entry, column = route_columns(image.cores[core])
    first = result.first
    assert (first["sample"], first["core"]) == (sample, core)
    p = image[first["name"]]
    assert p.column[first["neuron"]] == column[engine.lost]
    assert first["tick"] == chip_tick - image.first_tick(p, image.pass_of(core))
    assert first["what"] == "outputs" or first["route"] == entry[engine.lost]
