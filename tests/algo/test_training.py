"""Training runs: reproducible, resumable after anything, clear about bad input."""

import fcntl
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

import algo.batches
import algo.run
from algo.batches import (
    flip_images,
    shift_images,
    split_validation,
    training_batches,
    training_data,
)
from algo.checkpoint import Checkpoint, load_tensors
from algo.datasets import load
from algo.diagnostics import TrainingWarning
from algo.run import Run
from algo.train import train
from mapper.errors import InputError

PROGRAM = """
import json, sys
from algo.recipe import parse_recipe
from algo.train import train
train(parse_recipe(json.loads(sys.argv[1]), "test"), sys.argv[2], progress=False)
"""


def start(values, run_dir) -> subprocess.Popen:
    command = [sys.executable, "-c", PROGRAM, json.dumps(values), str(run_dir)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def epochs_done(run_dir) -> int:
    path = run_dir / "metrics.jsonl"
    return len(path.read_text().splitlines()) if path.exists() else 0


def wait_for_epochs(process, run_dir, count: int) -> None:
    deadline = time.monotonic() + 60
    while epochs_done(run_dir) < count:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("base", ["scatter_gather", "stbp"])
def test_killed_run_resumes_to_the_same_weights(recipe_values, make_recipe, tmp_path, base):
    """A real process and a real SIGKILL in the middle of an epoch."""
    training = {"epochs": 8, "batch": 16, "shift": 1}
    values = recipe_values(base, training=training)
    recipe = make_recipe(base, training=training)
    process = start(values, tmp_path / "killed")
    wait_for_epochs(process, tmp_path / "killed", 2)
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "model.safetensors").exists()

    resumed = train(recipe, tmp_path / "killed", progress=False)
    whole = train(recipe, tmp_path / "whole", progress=False)
    assert 2 <= resumed.resumed_at < 8 and whole.resumed_at == 0
    for name in ("model.safetensors", "recipe.json"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    last = [Checkpoint.load(tmp_path / d / "checkpoint.safetensors") for d in ("killed", "whole")]
    assert all(torch.equal(last[0].model[k], v) for k, v in last[1].model.items())
    assert torch.equal(last[0].generator, last[1].generator) and last[0].step == last[1].step
    metrics = [
        [
            json.loads(line) | {"seconds": 0}
            for line in (tmp_path / d / "metrics.jsonl").read_text().splitlines()
        ]
        for d in ("killed", "whole")
    ]
    assert metrics[0] == metrics[1] and len(metrics[0]) == 8
    assert not list((tmp_path / "killed").glob(".*.safetensors.*"))


def test_ctrl_c_is_clean_and_resumable(recipe_values, make_recipe, tmp_path):
    training = {"epochs": 10, "batch": 16}
    process = start(recipe_values(training=training), tmp_path)
    wait_for_epochs(process, tmp_path, 1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    files = {p.name for p in tmp_path.iterdir()}
    assert files == {".lock", "recipe.json", "checkpoint.safetensors", "metrics.jsonl"}
    done = len(Checkpoint.load(tmp_path / "checkpoint.safetensors").history)
    assert train(make_recipe(training=training), tmp_path, False).resumed_at == done >= 1


@pytest.mark.parametrize("at", ["draw_curve", "save_tensors"])
def test_interruption_while_finishing(make_recipe, tmp_path, monkeypatch, at):
    """The best epoch, here the first, comes from the checkpoint then."""

    def stop(*_):
        raise KeyboardInterrupt

    falling = iter([0.9, 0.8, 0.7])
    with monkeypatch.context() as patch:
        patch.setattr(algo.run, "accuracy", lambda *_: next(falling))
        patch.setattr(algo.run, at, stop)
        with pytest.raises(KeyboardInterrupt):
            train(make_recipe(), tmp_path, progress=False)
    (tmp_path / "metrics.jsonl").unlink()
    result = train(make_recipe(), tmp_path, progress=False)
    assert (result.resumed_at, result.best_epoch) == (3, 1)
    assert epochs_done(tmp_path) == 3 and (tmp_path / "curve.png").exists()
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.safetensors")
    model, facts = load_tensors(tmp_path / "model.safetensors")
    assert facts["epoch"] == 1
    weight = "hidden.hidden1.linear.weight"
    assert torch.equal(model[weight], checkpoint.best[weight])
    assert not torch.equal(model[weight], checkpoint.model[weight])


def test_finished_run_returns_at_once(make_recipe, tmp_path, monkeypatch):
    first = train(make_recipe(), tmp_path, progress=False)
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir() if p.name != ".lock"}
    monkeypatch.setattr(algo.batches, "load", None)  # not even the data is needed
    again = train(make_recipe(), tmp_path, progress=False)
    assert again.resumed_at == again.epochs == 3
    assert again.best_epoch == first.best_epoch
    assert {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir() if p.name != ".lock"} == before


def test_model_is_the_best_epoch_and_metrics_are_complete(make_recipe, tmp_path):
    result = train(make_recipe(training={"epochs": 6}), tmp_path, progress=False)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3, 4, 5, 6]
    best = max(line["validation_accuracy"] for line in lines)
    assert result.validation_accuracy == best == lines[result.best_epoch - 1]["validation_accuracy"]
    assert best > 0.8, "it learns"
    assert 0.05 < lines[-1]["spike_rates"]["hidden1"] < 0.95
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.safetensors")
    same = all(torch.equal(checkpoint.model[k], v) for k, v in checkpoint.best.items())
    assert same == (result.best_epoch == 6)


def test_keep_last(make_recipe, tmp_path, monkeypatch):
    """Whatever the validation images say; refused with patience, which would wait in vain."""
    falling = iter([0.9, 0.8, 0.7])
    monkeypatch.setattr(algo.run, "accuracy", lambda *_: next(falling))
    result = train(make_recipe(training={"epochs": 3, "keep": "last"}), tmp_path, progress=False)
    assert (result.best_epoch, result.validation_accuracy) == (3, 0.7)
    kept = load_tensors(tmp_path / "model.safetensors")[0]
    newest = Checkpoint.load(tmp_path / "checkpoint.safetensors").model
    assert all(torch.equal(kept[name], value) for name, value in newest.items())
    with pytest.raises(InputError, match="patience"):
        make_recipe(training={"epochs": 3, "keep": "last", "patience": 1})


def test_patience(make_recipe, tmp_path, monkeypatch):
    """It stops, also when interrupted in between, where an impatient run would be by then."""
    recipe = make_recipe(training={"epochs": 9, "patience": 3})
    scored = [0.5, 0.9, 0.8, 0.9, 0.7, 1.0, 0.2, 0.2, 0.2]
    monkeypatch.setattr(algo.run, "accuracy", lambda *_: scores.pop(0))
    scores = scored.copy()
    train(make_recipe(training={"epochs": 9}), tmp_path / "whole", progress=False)
    scores = scored.copy()
    with monkeypatch.context() as patch:
        patch.setattr(Run, "_save", interrupt_after(Run._save, epochs=3))
        with pytest.raises(KeyboardInterrupt):
            train(recipe, tmp_path / "patient", progress=False)
    result = train(recipe, tmp_path / "patient", progress=False)
    assert (result.resumed_at, result.epochs, result.best_epoch) == (3, 5, 2)
    histories = [
        Checkpoint.load(tmp_path / name / "checkpoint.safetensors").history
        for name in ("patient", "whole")
    ]
    for mine, theirs in zip(histories[0], histories[1][:5], strict=True):
        assert mine | {"seconds": 0} == theirs | {"seconds": 0}
    assert train(recipe, tmp_path / "patient", progress=False).resumed_at == 5


def interrupt_after(save, epochs):
    def saved(run):
        save(run)
        if run.epochs_done == epochs:
            raise KeyboardInterrupt

    return saved


def test_settings_of_the_process_survive(make_recipe, tmp_path):
    before = torch.get_num_threads(), torch.get_rng_state()
    train(make_recipe(training={"epochs": 1, "threads": 1}), tmp_path, progress=False)
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    assert not torch.are_deterministic_algorithms_enabled()


def test_progress_goes_to_standard_error(make_recipe, tmp_path, capsys):
    train(make_recipe(), tmp_path, progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "train tiny" in captured.err


def test_other_recipe_in_the_folder(make_recipe, tmp_path):
    train(make_recipe(), tmp_path, progress=False)
    with pytest.raises(InputError, match=r"holds a run of another recipe \(different: seed\)"):
        train(make_recipe(seed=4), tmp_path, progress=False)


def test_folder_in_use(make_recipe, tmp_path):
    with (tmp_path / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another process is training here"):
            train(make_recipe(), tmp_path, progress=False)


def test_unwritable_folder(make_recipe, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write folder"):
        train(make_recipe(), tmp_path / "file" / "run", progress=False)


def test_foreign_dot_files_stay(make_recipe, tmp_path):
    (tmp_path / ".mine.txt").write_text("keep")
    (tmp_path / ".checkpoint.safetensors.abc").write_text("half")
    train(make_recipe(training={"epochs": 1}), tmp_path, progress=False)
    assert (tmp_path / ".mine.txt").exists()
    assert not (tmp_path / ".checkpoint.safetensors.abc").exists()


@pytest.mark.parametrize(
    "damage", [lambda b: b[:100], lambda b: b[:-7], lambda b: b"", bytes.upper]
)
def test_damaged_checkpoint(make_recipe, tmp_path, damage):
    recipe = make_recipe()
    train(recipe, tmp_path, progress=False)
    (tmp_path / "model.safetensors").unlink()
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match="damaged or not ours .*train again"):
        train(recipe, tmp_path, progress=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"topology": "65-9-10"}, "topology 65-9-10 must start with 64 and end with 10"),
        ({"topology": "64-9-9"}, "must start with 64 and end with 10"),
        ({"training": {"validation": 1436}}, "validation must leave .* at most 1435"),
    ],
)
def test_recipe_that_does_not_fit_its_data(make_recipe, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        train(make_recipe(**changes), tmp_path, progress=False)
    # The corrected recipe may use the same folder: nothing has been trained yet.
    train(make_recipe(training={"epochs": 1}), tmp_path, progress=False)


@pytest.mark.parametrize("what", ["last.bias", "hidden.hidden1.linear.weight"])
def test_divergence(make_recipe, tmp_path, monkeypatch, what):
    """Also where spikes, always 0 or 1, hide it from the loss."""
    update = algo.rules.Rule.update

    def poisoned(self, spikes, labels, optimizer):
        self.get_parameter(what).data[:] = float("nan")
        return update(self, spikes, labels, optimizer)

    monkeypatch.setattr(algo.rules.Rule, "update", poisoned)
    with pytest.raises(InputError, match="tiny: training diverged in epoch 1 .*learning_rate"):
        train(make_recipe(), tmp_path, progress=False)


def test_dead_layer(make_recipe, tmp_path):
    recipe = make_recipe("stbp", rule={"name": "stbp", "theta": 100.0}, training={"epochs": 1})
    with pytest.warns(TrainingWarning, match="layer hidden1 fired no spike in epoch 1"):
        train(recipe, tmp_path, progress=False)


def test_validation_is_never_trained_on(make_recipe):
    data, recipe = load("digits", "train"), make_recipe()
    train_set, validation = split_validation(data, recipe)
    assert len(train_set) == 1237 and len(validation) == 200
    both = np.concatenate([train_set.images, validation.images]).reshape(-1, 64)
    assert len(np.unique(both, axis=0)) == len(np.unique(data.images.reshape(-1, 64), axis=0))
    seen = sum(len(labels) for _, labels in training_batches(train_set, recipe))
    assert seen == 1237


def test_last_batch_of_one_is_left_out(make_recipe, tmp_path):
    recipe = make_recipe(training={"epochs": 1, "batch": 103})  # 1237 = 12 * 103 + 1
    run = Run(recipe, tmp_path)
    run.train(*training_data(recipe), progress=False)
    assert run.steps_done == 12


def test_shift_moves_by_at_most_that_many_pixels():
    torch.manual_seed(0)
    image = np.zeros((7, 9), np.uint8)
    image[3, 4] = 5
    moved = shift_images(np.repeat(image[None], 500, axis=0), 2)
    places = np.argwhere(moved == 5)
    assert len(places) == 500 and moved.sum() == 2500
    offsets = {(int(y) - 3, int(x) - 4) for _, y, x in places}
    assert offsets == {(y, x) for y in range(-2, 3) for x in range(-2, 3)}


def test_shift_moves_all_channels_of_an_image_alike():
    images = np.random.default_rng(0).integers(0, 256, (50, 7, 9), dtype=np.uint8)
    torch.manual_seed(1)
    alone = shift_images(images, 2)
    torch.manual_seed(1)
    stacked = shift_images(np.stack([images, 255 - images, images], axis=1), 2)
    assert stacked.shape == (50, 3, 7, 9)
    assert (stacked[:, 0] == alone).all() and (stacked[:, 2] == alone).all()
    assert (stacked[:, 1][stacked[:, 1] > 0] == 255 - alone[stacked[:, 1] > 0]).all()


@pytest.mark.parametrize("shape", [(4, 5), (3, 4, 5)])
def test_flip_mirrors_about_half_of_the_images(shape):
    torch.manual_seed(0)
    images = np.random.default_rng(0).integers(0, 256, (400, *shape), dtype=np.uint8)
    flipped = flip_images(images)
    axes = tuple(range(1, images.ndim))
    same = (flipped == images).all(axis=axes)
    mirrored = (flipped == images[..., ::-1]).all(axis=axes)
    assert (same ^ mirrored).all() and 150 < same.sum() < 250
