"""Images that no mapper makes: either refused, or computed alike by RTL and golden model."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.engines import make_engine
from cosim.verify import verify
from mapper.crossbar.compiler import map_network
from mapper.crossbar.layout import CONTROL
from mapper.crossbar.params import CoreParams
from mapper.crossbar.validate import check_image
from mapper.network import Dense, Network, Population
from mapper.semantics import Reset

CORE = CoreParams(
    axons=8, neurons=8, lanes=8, update_lanes=4, max_extension=1, potential_bits=16, routes=8
)


def image_of(recurrent: bool = False, threshold: int = 1):
    connections = [Dense("input", "out", np.ones((1, 2), int), format="binary")]
    if recurrent:
        connections.append(Dense("out", "out", np.ones((1, 1), int), format="binary", delay=1))
    out = Population("out", (1,), reset=Reset.SUBTRACT, threshold=threshold)
    return map_network(Network("odd", (2,), (out,), tuple(connections), "out", ticks=2), CORE)


def with_core(image, **changes):
    return replace(image, cores=(replace(image.cores[0], **changes),))


def run(image, spikes):
    return verify(make_engine("amaranth", image.params), image, np.array(spikes, bool))


def test_two_sources_of_one_axon_are_joined_by_or():
    image = image_of()
    feed = image.passes[0].feeds[0]
    both = replace(feed, packet=feed.packet[[0, 0]])
    shared = replace(image, passes=(replace(image.passes[0], feeds=(both,)),))
    result = run(shared, [[[1, 0], [0, 1]], [[0, 1], [1, 1]]])
    assert result.comparison.passed
    assert result.rtl.spikes["out"].all()


def test_subtracting_a_negative_threshold_wraps_alike():
    initial = np.array([32700] + [0] * 7, np.int64)
    image = with_core(image_of(threshold=-100), initial=initial)
    assert run(image, [[[0, 0], [1, 1]]]).comparison.mismatches["potentials"] == 0


def test_strengths_beyond_the_sum_are_refused():
    control = np.zeros(8, np.int64)
    control[:] = CONTROL.pack(shift=7)
    control[7] |= int(CONTROL.pack(last=1))
    with pytest.raises(ValueError, match="strengths"):
        with_core(image_of(), control=control, columns=8).cores[0].check(CORE)


def test_a_decay_without_amount_is_refused():
    control = np.zeros(8, np.int64)
    control[0] = int(CONTROL.pack(last=1, decay=1))
    with pytest.raises(ValueError, match="amount"):
        with_core(image_of(), control=control).cores[0].check(CORE)


def test_spikes_must_not_reach_the_next_sample():
    image = image_of(recurrent=True)
    check_image(image)
    with pytest.raises(ValueError, match="next sample"):
        short = replace(image.passes[0], ticks=image.ticks - 1)
        check_image(replace(image, passes=(short,)))
