"""The same Evidence whoever runs the shards, at once or after a kill: all bytes but the times."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from distributed import LocalCluster

import flows

from .digit_chip import DATA, content, write_chip

pytestmark = pytest.mark.xdist_group("mesh-batch-build")
SIZE = 6
ROOT = str(Path(flows.__file__).parent.parent)
STALLED = ("--limit", "48", "--stall", "0.3", "--seed", "11")
_RUN = f"""
import sys
import flows.cosimulate
flows.cosimulate.shard_size = lambda *run: {SIZE}
from flows.cli import main
main()
"""


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr("flows.cosimulate.shard_size", lambda *run: SIZE)


def cosim(spikeloom, output, *options):
    code, _, err = spikeloom("cosim", "chip", *DATA, *options, "-o", output)
    assert code == 0, err
    return err


def test_jobs_and_places_do_not_matter(spikeloom, tmp_path, small_shards):
    write_chip(tmp_path)
    cosim(spikeloom, "one", *STALLED, "--jobs", "1")
    cosim(spikeloom, "three", *STALLED, "--jobs", "3")
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=True, memory_limit=None,
                      dashboard_address=":0") as cluster:  # fmt: skip
        cosim(spikeloom, "cluster", *STALLED, "--scheduler", cluster.scheduler_address)
    expected = content(tmp_path / "one")
    assert content(tmp_path / "three") == content(tmp_path / "cluster") == expected
    assert {p.name for p in tmp_path.iterdir()} == {"one", "three", "cluster", "chip", "small.nir"}


def test_shards_do_not_matter_without_stalls(spikeloom, tmp_path, monkeypatch):
    write_chip(tmp_path)
    found = []
    for size in (40, 7, 1):
        monkeypatch.setattr("flows.cosimulate.shard_size", lambda *run, size=size: size)
        cosim(spikeloom, "out", "--limit", "40")
        found.append(content(tmp_path / "out"))
        assert found[-1].pop("shard") == size
    assert found[0] == found[1] == found[2]


def test_a_killed_run_goes_on(spikeloom, tmp_path, small_shards):
    write_chip(tmp_path)
    cosim(spikeloom, "whole", *STALLED)
    seed = random.randrange(1000)
    after = random.Random(seed).randrange(1, 7)
    print(f"seed {seed}: killed after {after} of 8 shards")
    command = [sys.executable, "-c", _RUN, "cosim", "chip", *DATA, *STALLED, "-o", "out"]
    process = subprocess.Popen(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": ROOT})
    folder = tmp_path / "out.partial"
    while len([*folder.glob("shard-*")]) < after:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len([*folder.glob("shard-*")])
    assert done >= after and not (tmp_path / "out").exists()
    said = cosim(spikeloom, "out", *STALLED)
    assert f"{done * SIZE} of 48 samples were compared before" in said or done == 8
    assert content(tmp_path / "out") == content(tmp_path / "whole")
    assert not folder.exists()


def test_an_interrupted_run_keeps_its_shards(spikeloom, tmp_path, small_shards, monkeypatch):
    """Ctrl-C; then the same output for another slice: those shards are not taken for it."""
    write_chip(tmp_path)

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.cosimulate.join_summaries", interrupt)
    code, _, err = spikeloom("cosim", "chip", *DATA, "--limit", "12", "-o", "out")
    assert code == 130 and "give the same command again" in err
    assert len([*(tmp_path / "out.partial").glob("shard-*")]) == 2
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    said = cosim(spikeloom, "out", "--first", "1", "--limit", "12")
    assert "holds shards of a run with other data" in said.replace("\n", " ")
    assert not (tmp_path / "out.partial").exists()


def test_a_scheduler_that_is_not_there(spikeloom, tmp_path, monkeypatch):
    monkeypatch.setattr("flows.cluster._CONNECT", 0.2)
    write_chip(tmp_path)
    code, _, err = spikeloom("cosim", "chip", *DATA, "--limit", "2", "-o", "out", "--scheduler",
                             "tcp://127.0.0.1:9")  # fmt: skip
    assert code == 2 and "scheduler tcp://127.0.0.1:9" in err
    assert {p.name for p in tmp_path.iterdir()} == {"chip", "small.nir"}
