"""Every core parameter away from its default: widths, lanes, odd numbers of axons."""

import numpy as np
import pytest

from cosim.engines import Stalls, make_engine
from cosim.verify import verify
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import CoreParams
from mapper.network import Dense, Network, Population
from mapper.semantics import Decay, DecayKind, Reset
from mapper.weights import WEIGHT_FORMATS

GEOMETRIES = [
    CoreParams(axons=8, neurons=8, lanes=8, update_lanes=1, max_extension=1, routes=16),
    CoreParams(axons=9, neurons=16, lanes=8, update_lanes=2, max_extension=2, routes=32),
    CoreParams(axons=67, neurons=64, lanes=16, update_lanes=16, max_extension=8, routes=64),
    CoreParams(axons=65, neurons=64, lanes=64, update_lanes=32, max_extension=8, routes=64),
    CoreParams(axons=30, neurons=128, lanes=32, update_lanes=4, max_extension=16, routes=128),
    CoreParams(axons=20, neurons=256, lanes=128, update_lanes=64, max_extension=2, routes=256),
    CoreParams(axons=16, neurons=256, lanes=256, update_lanes=8, max_extension=1, routes=256),
    CoreParams(axons=129, neurons=32, lanes=32, update_lanes=32, max_extension=4, routes=32,
               potential_bits=32),
]  # fmt: skip


DECAYS = (Decay(DecayKind.SHIFT, 1), Decay(DecayKind.HALVE, 2), Decay(DecayKind.NONE))


def describe(core: CoreParams) -> str:
    return f"{core.axons}x{core.neurons}-lanes{core.lanes}-update{core.update_lanes}"


@pytest.mark.parametrize("core", GEOMETRIES, ids=describe)
def test_geometry(core):
    """One full core: as many axons and columns as there are, in the largest extension too."""
    rng, decay = np.random.default_rng(core.axons), DECAYS[GEOMETRIES.index(core) % len(DECAYS)]
    # Wide lanes take the simulator milliseconds per cycle: one sample of one tick.
    densities, ticks = ([0.15, 1.0], 2) if core.lanes <= 64 else ([0.6], 1)
    for extension, fmt in ((1, "ternary"), (core.max_extension, "int3")):
        inputs = core.axons * extension
        chosen = WEIGHT_FORMATS[fmt]
        neurons = (core.neurons // extension) // chosen.columns
        weight = rng.integers(chosen.low, chosen.high + 1, (neurons, inputs))
        network = Network(
            "geometry", (inputs,),
            (Population("out", (neurons,), decay=decay, reset=Reset.SUBTRACT,
                        threshold=rng.integers(0, 9, neurons), bias=-weight.sum(axis=1) // 2 + 4),),
            (Dense("input", "out", weight, format=fmt),), "out", ticks=ticks, decision="spikes",
        )  # fmt: skip
        image = map_network(network, core)
        assert image.params.cores == 1 and image.cores[0].extension == extension.bit_length() - 1
        shape = (len(densities), ticks, inputs)
        spikes = rng.random(shape) < np.array(densities)[:, None, None]
        engine = make_engine("amaranth", image.params)
        run = verify(engine, image, spikes, Stalls(source=0.1, sink=0.8, seed=1))
        assert run.comparison.passed, run.comparison
        assert any(o.any() for o in run.rtl.outputs.values())
