"""Sweeps: what is run, what survives a failure, and the table."""

import json
import statistics

import numpy as np
import pytest
from distributed import Client

import algo.sweep
from algo.diagnostics import TrainingWarning
from algo.run import MODEL
from algo.settings import parse_setting
from algo.sweep import Outcome, finished_facts, plan_sweep, run_sweep
from algo.sweep_table import sweep_table, write_sweep
from algo.train import train
from mapper.errors import InputError, VerificationError
from mapper.nir_io import read_network


@pytest.fixture(scope="module")
def client():
    """One worker thread in this process."""
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as it:
        yield it


def plan(recipe, *settings, seeds=1):
    return plan_sweep(recipe, map(parse_setting, settings), seeds)


def test_plan_is_every_combination_with_every_seed(make_recipe):
    runs = plan(make_recipe(), "rule.weights,rule.readout_weights=int3,int4", "ticks=1,2", seeds=2)
    assert [run.name for run in runs] == [
        f"weights+readout_weights={weights} ticks={ticks}/seed{seed}"
        for weights in ("int3", "int4")
        for ticks in (1, 2)
        for seed in (3, 4)
    ]
    last = runs[-1].recipe
    assert (last.seed, last.ticks, last.rule.weights, last.rule.readout_weights) == (
        4, 2, "int4", "int4",
    )  # fmt: skip
    assert [run.name for run in plan(make_recipe(), seeds=2)] == ["seed3", "seed4"]


def test_folders_are_names_of_files_and_differ(make_recipe):
    texts = ("a/b", "a?b", "a_b", "x" * 250, "x" * 249 + "y", "../..", "ä")
    runs = plan(make_recipe(), f"description={','.join(texts)}")
    names = [run.name for run in runs]
    assert len(set(names)) == len(texts)
    assert all(name.isascii() and name.count("/") == 1 and len(name) < 200 for name in names)


@pytest.mark.parametrize(
    ("setting", "message"),
    [("seed=1,2", "a sweep sets the seeds itself"), ("rule.weights=int6,int9", "not 'int9'")],
)
def test_mistakes_before_any_work(make_recipe, setting, message):
    with pytest.raises(InputError, match=message):
        plan(make_recipe(), setting)


def test_runs_are_those_of_train_and_export(make_recipe, client, tmp_path):
    """Bit for bit; and a second sweep finds them all."""
    runs = plan(make_recipe(training={"epochs": 2}), "rule.weights=ternary,int6", seeds=2)
    assert all(finished_facts(run, tmp_path) is None for run in runs)
    seen = []
    outcomes = run_sweep(runs, tmp_path, client, seen.append)
    assert seen[-1] == 8 and seen == sorted(seen)
    for run in runs:
        train(run.recipe, tmp_path / "alone" / run.name, progress=False)
        alone = tmp_path / "alone" / run.name / MODEL
        assert alone.read_bytes() == (tmp_path / run.name / MODEL).read_bytes()
        facts = outcomes[run.name].facts
        assert facts == finished_facts(run, tmp_path) and facts["test_images"] == 360
        network = read_network(tmp_path / run.name / "network.nir")
        assert network.sha256() == facts["network_sha256"]
        assert network.record["accuracy"] == facts["accuracy"]
    other = plan(make_recipe(training={"epochs": 3}), "rule.weights=ternary")[0]
    assert other.name == runs[0].name and finished_facts(other, tmp_path) is None


def test_a_failed_run_does_not_lose_the_others(make_recipe, client, tmp_path, monkeypatch):
    def wrong(place):
        if "k=0" in str(place):
            raise VerificationError("3 of 360 samples differ")
        return export(place)

    export = algo.sweep.export
    monkeypatch.setattr(algo.sweep, "export", wrong)
    recipe = make_recipe(training={"epochs": 1})
    runs = plan(recipe, "topology=64-9-10,65-9-10", "rule.k=0,1")
    outcomes = run_sweep(runs, tmp_path, client)
    table = sweep_table(runs, outcomes)
    names = [run.name for run in runs]
    assert [outcomes[name].differs for name in names] == [True, False, False, False]
    assert table["failed"].keys() == {names[0], names[2], names[3]}
    assert "3 of 360" in table["failed"][names[0]]
    assert "topology 65-9-10 must start with 64" in table["failed"][names[3]]
    assert table["runs"].keys() == {names[1]}
    write_sweep(table, runs, tmp_path)
    page = (tmp_path / "sweep.md").read_text()
    assert all(f"Failed: `{name}`" in page for name in table["failed"])


def test_an_interrupted_run_goes_on(make_recipe, client, tmp_path, monkeypatch):
    (run,) = plan(make_recipe(training={"epochs": 2}))
    with monkeypatch.context() as patch:
        patch.setattr(algo.sweep, "export", lambda place: 1 / 0)
        failed = run_sweep([run], tmp_path, client)[run.name]
    assert failed.error.startswith("ZeroDivisionError") and not failed.differs
    before = (tmp_path / run.name / MODEL).stat().st_mtime_ns
    assert run_sweep([run], tmp_path, client)[run.name].facts["epochs"] == 2
    assert (tmp_path / run.name / MODEL).stat().st_mtime_ns == before


def test_warnings_of_training_are_kept(make_recipe, client, tmp_path, monkeypatch):
    def warned(*arguments, **options):
        algo.sweep.warnings.warn("layer hidden1 fired no spike", TrainingWarning, stacklevel=1)
        return train(*arguments, **options)

    monkeypatch.setattr(algo.sweep, "train", warned)
    (run,) = plan(make_recipe(training={"epochs": 1}))
    facts = run_sweep([run], tmp_path, client)[run.name].facts
    assert facts["warnings"] == ["layer hidden1 fired no spike"]


def test_table_has_mean_and_spread(make_recipe, tmp_path):
    rng = np.random.default_rng(5)
    runs = plan(make_recipe(), "rule.k=0,1", seeds=3)
    values = {run.name: float(rng.integers(300, 361)) / 360 for run in runs}
    outcomes = {
        name: Outcome({
            "accuracy": {"float": 0.5, "fake_quantized": value, "integer": value},
            "test_images": 360, "epochs": 3, "best_epoch": 2, "seconds": 1.5,
        }) for name, value in values.items()
    }  # fmt: skip
    outcomes[runs[5].name] = Outcome(error="broken")
    outcomes[runs[4].name] = Outcome(error="broken")
    first, second = sweep_table(runs, outcomes)["combinations"]
    mine = [values[run.name] for run in runs[:3]]
    integer = first["accuracy"]["integer"]
    assert integer["values"] == mine and integer["mean"] == statistics.fmean(mine)
    assert integer["std"] == pytest.approx(np.std(mine, ddof=1), rel=1e-12)
    assert (integer["min"], integer["max"]) == (min(mine), max(mine))
    assert first["seeds"] == [3, 4, 5] and first["failed"] == 0
    assert first["accuracy"]["float"]["std"] == 0
    assert second["seeds"] == [3] and second["failed"] == 2
    assert second["accuracy"]["integer"]["std"] is None
    assert json.loads(json.dumps(sweep_table(runs, outcomes), allow_nan=False))
