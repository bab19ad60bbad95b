"""Shards: how samples are cut, what a run of them yields, and what failures do."""

import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim.engines import EngineError, make_engine
from cosim.fabrics import find_fabric
from cosim.shard_runs import shard_size
from cosim.shards import cut, run_shards
from flows.cluster import cluster
from mapper.crossbar.compiler import map_network

from .networks import CORE, MESH, random_network


@pytest.fixture(scope="module")
def client():
    with cluster(None, 2, processes=False) as found:
        yield found


@given(st.integers(1, 5000), st.integers(1, 600))
def test_shards_are_all_samples_once(samples, size):
    shards = cut(samples, size)
    assert [s for shard in shards for s in range(samples)[shard.samples]] == [*range(samples)]
    counts = {shard.count for shard in shards}
    assert max(counts) <= size and max(counts) - min(counts) <= 1
    assert len(shards) == -(-samples // size)


def _double(job, payload, control):
    control.report(0.5)
    return job * payload


def test_every_shard_yields_its_result(client):
    shards, sent, told = cut(50, 3), [], []
    found = dict(run_shards(client, _double, 10, shards, lambda s: sent.append(s) or s.first,
                            told.append))  # fmt: skip
    assert found == {shard: 10 * shard.first for shard in shards}
    assert sorted(sent) == shards
    assert told[-1] == 50 and max(told) == 50


def test_payloads_are_made_when_they_are_needed(client):
    """Memory holds those of a few shards, however many there are."""
    made = []
    results = run_shards(client, _double, 1, cut(100, 1), lambda s: made.append(s) or 0)
    next(results)
    assert len(made) <= 5
    results.close()


_ENDED = []


def _fail_or_wait(job, payload, control):
    """The first shard fails, the others work until they are told to stop."""
    if payload == 0:
        time.sleep(0.3)
        raise EngineError("broken")
    assert control.stopped.wait(30)
    _ENDED.append(payload)


def test_a_failure_stops_the_others(client):
    _ENDED.clear()
    with pytest.raises(EngineError, match="broken"):
        list(run_shards(client, _fail_or_wait, None, cut(9, 1), lambda s: s.first))
    for _ in range(100):
        if _ENDED:
            break
        time.sleep(0.05)
    assert _ENDED  # it was running, and ended early


@pytest.mark.parametrize("samples", [1, 7, 100, 5000])
def test_shard_size_keeps_programming_small(samples):
    image = map_network(random_network(3), CORE, mesh=MESH)
    size = shard_size(image, "tick", samples)
    assert size == shard_size(image, "tick", samples) >= 1
    session = find_fabric(image).session(image, "tick")
    ticks, inputs = image.network_ticks, int(np.prod(image.input_shape))
    program = len(session.packets(np.zeros((0, ticks, inputs), bool))) + session.scanned
    each = len(session.packets(np.zeros((1, ticks, inputs), bool))) + session.answers(1)
    each -= program - session.scanned + session.answers(0)
    if samples == 5000:
        assert 0.05 < program / (size * each) < 0.07
    assert program / (size * each) < 0.26


def test_an_engine_travels_without_its_event():
    engine = make_engine("batch", map_network(random_network(3), CORE, mesh=MESH).params)
    engine.stopped.set()
    copy = pickle.loads(pickle.dumps(engine))  # noqa: S301
    assert vars(copy) | {"stopped": None} == vars(engine) | {"stopped": None}
    assert not copy.stopped.is_set()
