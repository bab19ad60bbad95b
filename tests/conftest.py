"""Shared by all tests: reproducible hypothesis, the command line, small random networks."""

import os
import sys
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from flows.cli import main
from mapper.decisions import DECISIONS
from mapper.network import INPUT, Dense, Network, Population
from mapper.neurons import NEURON_KINDS
from mapper.nir_io import write_network
from mapper.semantics import Decay, DecayKind, Reset
from mapper.weights import WEIGHT_FORMATS

from .functional_coverage import FunctionalCoverage

# "ci": same examples everywhere. HYPOTHESIS_PROFILE=explore looks for new ones.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, database=None, **_COMMON)
settings.register_profile("explore", max_examples=2000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config):
    config.pluginmanager.register(FunctionalCoverage())


def random_decay(rng) -> Decay:
    kind = rng.choice([*DecayKind])
    shifts = kind in (DecayKind.SHIFT, DecayKind.HALVE)
    return Decay(DecayKind(kind), int(rng.integers(1, 8)) if shifts else 0)


def random_population(rng, name: str, n: int, kind: str = "threshold") -> Population:
    """Small numbers of both signs, so that every branch of the dynamics is taken."""
    return Population(
        name=name, shape=(n,), kind=kind, decay=random_decay(rng),
        reset=Reset(rng.choice([*Reset])), threshold=rng.integers(-3, 9, n),
        bias=rng.integers(-2, 3, n), initial=rng.integers(-9, 10, n),
    )  # fmt: skip


def random_weight(rng, shape, fmt: str):
    low, high = WEIGHT_FORMATS[fmt].low, WEIGHT_FORMATS[fmt].high
    return rng.integers(low, high + 1, shape) * (rng.random(shape) < 0.7)


@pytest.fixture(scope="session")
def make_network():
    """A function: a random network that a crossbar can time.

    seed; then by choice: levels (sizes of the populations of each level), inputs, formats,
    recurrent (share of the possible recurrent connections), ticks, output kind.
    """

    def make(
        seed, levels=None, inputs=None, formats=None, recurrent=0.3, ticks=None, output=None
    ) -> Network:
        rng = np.random.default_rng(seed)
        if levels is None:
            depth = rng.integers(1, 4)
            levels = [rng.integers(1, 11, rng.integers(1, 3)).tolist() for _ in range(depth)]
        formats = formats or [*rng.choice([*WEIGHT_FORMATS], rng.integers(1, 3))]
        inputs = inputs or int(rng.integers(1, 20))
        output = output or rng.choice(["threshold", "readout"])
        populations, level = [], {}
        for i, sizes in enumerate(levels):
            for j, n in enumerate(sizes):
                last = (i, j) == (len(levels) - 1, 0)
                populations.append(
                    random_population(rng, f"p{i}_{j}", n, output if last else "threshold")
                )
                level[f"p{i}_{j}"] = i
        size = {INPUT: inputs} | {p.name: p.n for p in populations}

        def dense(source, target, delay=0):
            fmt = str(rng.choice(formats))
            weight = random_weight(rng, (size[target], size[source]), fmt)
            return Dense(source, target, weight, fmt, delay)

        connections = []
        for p in populations:
            ahead = [INPUT] if level[p.name] == 0 else [
                q.name for q in populations if level[q.name] == level[p.name] - 1
            ]  # fmt: skip
            chosen = rng.choice(ahead, rng.integers(1, len(ahead) + 1), replace=False)
            connections += [dense(str(s), p.name) for s in chosen]
            for q in populations:
                delay = level[q.name] + 1 - level[p.name]
                if NEURON_KINDS[q.kind].spiking and delay >= 1 and rng.random() < recurrent:
                    connections.append(dense(q.name, p.name, delay))
        named = populations[-len(levels[-1])].name
        spiking = NEURON_KINDS[output].spiking
        return Network(
            name=f"random{seed}", input_shape=(inputs,), populations=tuple(populations),
            connections=tuple(connections), output=named,
            ticks=int(ticks or rng.integers(1, 7)),
            decision=str(rng.choice(DECISIONS)) if spiking else "potential",
            encoding={"name": "binarize", "threshold": 1},
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def make_spikes():
    """A function: random input spikes (samples, ticks, inputs) for a network."""

    def make(network, samples=5, seed=0, density=0.5):
        rng = np.random.default_rng(seed)
        return rng.random((samples, network.ticks, network.n_inputs)) < density

    return make


Result = namedtuple("Result", "code out err")


@pytest.fixture
def spikeloom(tmp_path, monkeypatch, capsys):
    """A function: run a command in an empty folder; its exit code, output and error text."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["spikeloom", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def small_nir(tmp_path, make_network):
    """A network for digits that fits a tiny core, as a file."""
    network = make_network(1, levels=[[9], [10]], inputs=64, formats=["ternary"], recurrent=0,
                           ticks=1, output="readout")  # fmt: skip
    write_network(network, tmp_path / "small.nir")
    return tmp_path / "small.nir"
