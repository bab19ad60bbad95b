"""Sweeps of macro settings: points, the Pareto front, the command."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.energy.constants import read_constants
from flows.macro_sweep.point import Point, plan_points, run_point
from flows.macro_sweep.table import rows_of, sweep_table
from flows.resolve import find_network, samples_for
from mapper.errors import InputError
from mapper.nir_io import write_network
from mapper.run import decide, run_network


def point(label, seed=None):
    return Point({"a": label}, "full", {}, seed)


def test_points_have_seeds_only_with_noise():
    changes = [{"noise.dnl": 0.0}, {"noise.dnl": 0.5, "macro.adc_bits": 3}]
    points = plan_points("small", changes, 3)
    assert [p.seed for p in points] == [None, 0, 1, 2]
    assert points[1].core == "small,lossy=1,macro.adc_bits=3" and points[1].sigmas == {"dnl": 0.5}


@pytest.mark.parametrize(("changes", "message"), [
    ({"noise.gain": 1}, "unknown; known: bit_line"), ({"noise.dnl": "x"}, "sigma must be a number"),
    ({"noise.dnl": True}, "sigma must be a number"), ({"macro.bits": 3}, "expected NAME=INTEGER"),
    ({"macro.adc_bits": 9}, "adc_bits must be"), ({"noise.stuck": 2}, "must be in 0..1"),
])  # fmt: skip
def test_bad_settings(changes, message):
    with pytest.raises(InputError, match=message):
        plan_points("full", [changes], 2)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=12))
def test_nothing_beats_the_front(pairs):
    found = [{"accuracy": a / 5, "energy": e, "conversions": 1, "clipped": 0} for a, e in pairs]
    table = sweep_table("n", [point(i) for i in range(len(pairs))], found)
    front = [(r["accuracy"], r["energy"]) for r in table if r["pareto"]]
    for row in table:
        a, e = row["accuracy"], row["energy"]
        beaten = any((fa > a and fe <= e) or (fa >= a and fe < e) for fa, fe in front)
        assert beaten != row["pareto"]


def test_other_noise_beats_nothing():
    points = [Point({"a": i}, "full", {"dnl": i}, None) for i in (0, 1)]
    found = [{"accuracy": a, "energy": 2.0, "conversions": 1, "clipped": 0} for a in (0.5, 0.7)]
    table = sweep_table("n", points, found)
    assert all(row["pareto"] for row in table)
    assert all("pareto" not in row for row in rows_of(table))
    assert "pareto" in rows_of(table[:1])[0]


def test_spread_over_seeds():
    found = [{"accuracy": a, "energy": 2.0, "conversions": 1, "clipped": 0} for a in (0.5, 0.7)]
    (row,) = sweep_table("n", [point(1, 0), point(1, 1)], found)
    assert (row["accuracy"], row["min"], row["max"]) == (pytest.approx(0.6), 0.5, 0.7)
    assert rows_of([row])[0]["accuracy, %"] == "60.00 ± 14.14"


def test_a_point_is_a_run_of_the_network():
    network = find_network("digits-direct")
    samples = samples_for(network, "digits:test", 20)
    exact = run_point(network, samples, point(1), read_constants())
    right = decide(network, run_network(network, samples.spikes)) == samples.labels
    assert exact["accuracy"] == right.mean() and exact["clipped"] == 0
    (coarse,) = plan_points("full", [{"macro.adc_bits": 1}], 1)
    found = run_point(network, samples, coarse, read_constants())
    assert found["clipped"] > 0 and found["energy"] < exact["energy"]
    assert found["conversions"] == exact["conversions"]


def test_golden_with_noise(spikeloom, tmp_path):
    """The same as a point of a sweep; a file gives each source its own seed."""
    network = find_network("digits-direct")
    samples = samples_for(network, "digits:test", 20)
    point = Point({}, "full", {"bit_line": 1.5}, 3)
    expected = run_point(network, samples, point, read_constants())["accuracy"]
    arguments = ("golden", "digits-direct", "--data", "digits:test", "--limit", 20, "--target",
                 "hybrid", "--json", "--noise")  # fmt: skip
    found = json.loads(spikeloom(*arguments, "bit_line=1.5", "--noise-seed", 3).out)
    assert found["accuracy"] == expected < 0.9
    assert found["noise"]["bit_line"] == {"sigma": 1.5, "seed": 3}
    (tmp_path / "n.toml").write_text("[bit_line]\nsigma = 1.5\nseed = 3\n")
    again = json.loads(spikeloom(*arguments, "n.toml").out)
    assert again["spikes_per_sample"] == found["spikes_per_sample"]
    assert found["conversions_per_sample"] > 0 and found["clipped"] == 0


def test_command(spikeloom, tmp_path):
    arguments = ("sweep-macro", "digits-direct", "--data", "digits:test", "--limit", 4,
                 "--core", "small", "--set", "noise.bit_line=0,3", "--seeds", 2, "-o")  # fmt: skip
    code, out, _ = spikeloom(*arguments, "out", "--json")
    facts = json.loads(out)
    assert code == 0 and facts == json.loads((tmp_path / "out" / "macro.json").read_text())
    assert [row["seeds"] for row in facts["points"]] == [1, 2] and facts["samples"] == 4
    assert {row["network"] for row in facts["points"]} == {*facts["networks"]} == {"digits-direct"}
    assert "noise.bit_line=3" in (tmp_path / "out" / "macro.md").read_text()
    assert (tmp_path / "out" / "macro.png").read_bytes().startswith(b"\x89PNG")
    first = {f.name: f.read_bytes() for f in (tmp_path / "out").iterdir()}
    assert spikeloom(*arguments, "again", "--json").out == out
    assert {f.name: f.read_bytes() for f in (tmp_path / "again").iterdir()} == first


def test_several_networks(spikeloom, tmp_path):
    write_network(find_network("digits-direct"), tmp_path / "copy.nir")
    code, out, _ = spikeloom("sweep-macro", "digits-direct", "copy.nir", "--data", "digits:test",
                             "--limit", 3, "--core", "small", "--set", "macro.adc_bits=2,5",
                             "-o", "out", "--json")  # fmt: skip
    found = json.loads(out)["points"]
    assert code == 0 and [r["network"] for r in found] == ["digits-direct"] * 2 + ["copy.nir"] * 2
    for a, b in zip(found[:2], found[2:], strict=True):
        assert a == b | {"network": "digits-direct"}
    assert "copy.nir" in (tmp_path / "out" / "macro.md").read_text()
