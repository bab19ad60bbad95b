"""Checkpoints: whole or not at all, whatever happens while they are written."""

import os
import signal

import pytest
import torch

import algo.checkpoint
from algo.checkpoint import Checkpoint
from mapper.errors import InputError


def checkpoint(value: float) -> Checkpoint:
    return Checkpoint(
        model={"a.weight": torch.full((2, 3), value), "a.scalar": torch.tensor(value)},
        best={"a.weight": torch.zeros(2, 3)},
        optimizer={0: {"step": torch.tensor(4.0), "exp_avg": torch.ones(2)}, 1: {}},
        generator=torch.get_rng_state(),
        history=[{"epoch": 1, "loss": 0.1}],
        step=7,
    )


def test_round_trip(tmp_path):
    original = checkpoint(1.5)
    original.save(tmp_path / "c.safetensors")
    read = Checkpoint.load(tmp_path / "c.safetensors")
    assert read.history == original.history and read.step == 7
    assert torch.equal(read.generator, original.generator)
    assert read.model.keys() == original.model.keys()
    assert all(torch.equal(read.model[k], v) for k, v in original.model.items())
    assert torch.equal(read.optimizer[0]["exp_avg"], torch.ones(2))
    assert read.optimizer[0]["step"].shape == ()


def test_failure_while_writing_keeps_the_old_one(tmp_path, monkeypatch):
    def half(tensors, path, metadata):
        path.write_bytes(b"half a check")
        raise KeyboardInterrupt

    checkpoint(1.0).save(tmp_path / "c.safetensors")
    monkeypatch.setattr(algo.checkpoint, "save_file", half)
    with pytest.raises(KeyboardInterrupt):
        checkpoint(2.0).save(tmp_path / "c.safetensors")
    assert float(Checkpoint.load(tmp_path / "c.safetensors").model["a.scalar"]) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["c.safetensors"]


def test_ctrl_c_while_writing_waits(tmp_path, monkeypatch):
    save_file = algo.checkpoint.save_file

    def interrupted(*arguments, **keywords):
        os.kill(os.getpid(), signal.SIGINT)
        save_file(*arguments, **keywords)

    monkeypatch.setattr(algo.checkpoint, "save_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkpoint(2.0).save(tmp_path / "c.safetensors")
    assert float(Checkpoint.load(tmp_path / "c.safetensors").model["a.scalar"]) == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_foreign_safetensors(tmp_path):
    algo.checkpoint.save_file({"x": torch.ones(1)}, tmp_path / "c.safetensors")
    with pytest.raises(InputError, match="damaged or not ours"):
        Checkpoint.load(tmp_path / "c.safetensors")


@pytest.mark.parametrize("facts", [{}, {"history": [], "step": 0}, []])
def test_other_tensors_of_ours(tmp_path, facts):
    algo.checkpoint.save_tensors(tmp_path / "c.safetensors", {"x": torch.ones(1)}, facts)
    with pytest.raises(InputError, match="not a checkpoint"):
        Checkpoint.load(tmp_path / "c.safetensors")


def test_missing(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Checkpoint.load(tmp_path / "c.safetensors")
