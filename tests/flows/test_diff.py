"""`spikeloom diff`, and what a failed run leaves: facts, words, both runs, or why there is none."""

import json

import pytest

from cosim.divergence import report
from cosim.divergence.observe import GOLDEN, Observed, Run
from cosim.engines import EngineError, Stalls, make_engine
from cosim.scoreboard import Comparison
from cosim.shard_runs import Job
from cosim.shards import cut
from flows.diverge import explain_failure
from flows.resolve import find_chip, samples_for

CHIP = ("--core", "tiny", "--data", "digits:test", "--sample", 5, "-o", "found")


@pytest.fixture
def wrong(monkeypatch):
    """Engines are the golden model with one wrong potential; no waveform can be recorded."""
    observe = Run.observe

    def faulty(run, engine):
        found = observe(run, GOLDEN)
        if engine != GOLDEN:
            population = run.image.populations[0].name
            found.trace.potentials[population][-1, 0, 4] -= 3
        return Observed(engine, found.trace, found.counts)

    def fail(*arguments):
        raise EngineError("no simulator here")

    monkeypatch.setattr(Run, "observe", faulty)
    monkeypatch.setattr(report, "record_window", fail)


def test_equal_engines(spikeloom, small_nir):
    run = spikeloom("diff", small_nir, *CHIP, "--engines", "golden", "golden", "--json")
    assert run.code == 0, run.err
    facts = json.loads(run.out)
    assert facts["equal"] and facts["first"] is None and facts["sample"] == 5
    assert json.loads((small_nir.parent / "found" / "divergence.json").read_text()) == facts


def test_different_engines(spikeloom, small_nir, wrong, monkeypatch):
    run = spikeloom("diff", small_nir, *CHIP, "--engines", "golden", "cocotb")
    assert run.code == 1 and "DIFFERENT" in run.out and "arithmetic" in run.out
    folder = small_nir.parent / "found"
    assert sorted(p.name for p in folder.iterdir()) == [
        "divergence.json", "divergence.txt", "trace.txt"]  # fmt: skip
    text = (folder / "divergence.txt").read_text()
    assert text.startswith("sample 5, tick 0: potential of ") and "no simulator here" in text
    facts = json.loads((folder / "divergence.json").read_text())
    assert facts["first"]["neuron"] == 4 and facts["first"]["sample"] == 5
    assert facts["first"]["actual"] == facts["first"]["expected"] - 3
    monkeypatch.undo()
    monkeypatch.chdir(small_nir.parent)
    again = spikeloom("diff", small_nir, *CHIP, "--engines", "golden", "golden")
    assert again.code == 0, again.err
    assert not (folder / "trace.txt").exists()


def test_bad_arguments(spikeloom, small_nir):
    for arguments, message in (
        (("--engines", "golden", "verilog"), "unknown engine 'verilog'"),
        (("--stall", "1.5"), "stall probability"),
        (("--pace", "sample"), "pace"),
    ):
        run = spikeloom("diff", small_nir, *CHIP, *arguments)
        assert run.code == 2 and message in run.err, run
        assert not (small_nir.parent / "found").exists()


@pytest.mark.parametrize("sample", [0, 3])
def test_a_failed_run_explains_itself(sample, small_nir, tmp_path, wrong):
    """The samples are those of the shard up to the one that differs; the first one alone."""
    image = find_chip(str(small_nir), "crossbar", "tiny")
    samples = samples_for(image, "digits:test", 4, 100)
    found = Comparison(first={"sample": sample})
    job = Job(image, make_engine("batch", image.params), Stalls(), "tick", False)
    explain_failure(tmp_path, job, samples, found, cut(4, 2), "batch")
    facts = json.loads((tmp_path / "divergence" / "divergence.json").read_text())
    assert facts["sample"] == 100 + sample and facts["first"]["neuron"] == 4
