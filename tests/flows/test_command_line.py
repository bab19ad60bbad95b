"""The commands: help, JSON with the promised keys, exit codes, the installed program."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster

from algo.checkpoint import Checkpoint
from algo.integer_network import build_network
from algo.recipe import parse_recipe
from algo.run import build_rule
from flows.commands import COMMANDS
from flows.zoo import network_path, recipe_path, zoo_names
from mapper.crossbar.image import ChipImage
from mapper.errors import VerificationError
from mapper.network import INPUT
from mapper.nir_io import read_network, write_network

PROGRAM = shutil.which("spikeloom", path=str(Path(sys.executable).parent))
MAP_KEYS = {"name", "input_patch", "output_patch", "extension", "cores", "density_axon",
            "density_neuron", "density_synapse"}  # fmt: skip
RUN_KEYS = {"samples", "accuracy", "cycles_per_sample", "synaptic_ops_per_sample",
            "spikes_compared", "potentials_compared", "mismatches", "errors", "seconds",
            "network_sha256", "verilog_sha256"}  # fmt: skip


def strict(text):
    """Exactly one JSON object, without NaN, as any JSON parser reads it."""
    return json.loads(text, parse_constant=pytest.fail)


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command, spikeloom):
    code, out, err = spikeloom(command, "--help")
    assert code == 0 and err == "" and f"Usage: spikeloom {command}" in out
    assert "--json" in out and "Traceback" not in out
    assert spikeloom(command, "-h").out == out


def test_program_help_lists_all(spikeloom):
    code, out, err = spikeloom("--help")
    assert code == 0 and err == "" and all(f"\n  {name} " in out for name in COMMANDS)
    code, out, _ = spikeloom("--version")
    assert code == 0 and re.search(r"\d+\.\d+", out)
    code, out, err = spikeloom()
    assert code == 2 and "Usage: spikeloom" in out + err


def test_zoo(spikeloom):
    code, out, err = spikeloom("zoo", "--json")
    networks = strict(out)["networks"]
    assert code == 0 and err == "" and [n["name"] for n in networks] == zoo_names()
    for entry in networks:
        assert entry["retrain"] == f"spikeloom train {entry['name']} -o runs/{entry['name']}"
        assert entry["float"] and entry["integer"] == entry["fake_quantized"]
    assert all(name in spikeloom("zoo").out for name in zoo_names())


def test_evaluate(spikeloom):
    code, out, err = spikeloom("evaluate", "digits", "--data", "digits:test", "--json")
    found, record = strict(out), read_network(network_path("digits")).record
    assert code == 0 and found["overall_accuracy"] == record["accuracy"]["integer"]
    assert sum(map(sum, found["confusion"])) == found["samples"] == 360 and found["map"] is None
    assert 0.9 < found["kappa"] < found["average_accuracy"]
    assert len(found["class_accuracy"]) == 10 and err == "done: network\n"
    assert spikeloom("evaluate", "digits", "--data", "digits:test", "--limit", "3").code == 0


@pytest.mark.skipif("SPIKELOOM_DATA" not in os.environ, reason="needs SPIKELOOM_DATA")
def test_classification_map(spikeloom, tmp_path):
    """An untrained network's, which is as good for a picture."""
    values = {"name": "x", "seed": 1, "dataset": "salinas-a-3x3", "topology": "1836-8-6",
              "ticks": 1, "encoding": {"name": "pixels"}, "training": {"epochs": 1,
              "validation": 9}, "rule": {"name": "qstdb", "relu_epochs": 1}}  # fmt: skip
    recipe = parse_recipe(values, "test")
    network = build_network(recipe, build_rule(recipe), (204, 3, 3))
    write_network(network, tmp_path / "x.nir")
    picture = tmp_path / "map.png"
    code, out, _ = spikeloom("evaluate", tmp_path / "x.nir", "--data", "salinas-a-3x3:test",
                             "--limit", 20, "--map", picture, "--json")  # fmt: skip
    assert code == 0 and strict(out)["map"] == str(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", zoo_names())
def test_zoo_networks_fit_the_full_chip(name, spikeloom):
    """All but those whose neurons or inputs are another fabric's, which it names."""
    code, out, err = spikeloom("check", name, "--json")
    network = read_network(network_path(name))
    found, populations = strict(out), network.order()
    values = {c.target for c in network.connections if c.source == INPUT and network.direct}
    foreign = [p.name for p in populations if p.kind == "rel_psp" or p.name in values]
    assert (code, found["fits"]) == (2 if foreign else 0, not foreign) and err == ""
    assert [v["name"] for v in found["layers"]] == [p.name for p in populations]
    assert [v["name"] for v in found["layers"] if not v["fits"]] == foreign


def test_check_tells_layer_by_layer(spikeloom):
    """Every layer has its line, also those after the first that does not fit."""
    code, out, err = spikeloom("check", "digits", "--core", "tiny", "--json")
    found = strict(out)
    assert code == 2 and err == "" and not found["fits"]
    assert {v["name"]: v["fits"] for v in found["layers"]} == {"hidden1": True, "readout": False}
    assert "fan-in 256" in found["layers"][1]["reason"] and found["layers"][0]["reason"] is None
    code, out, _ = spikeloom("check", "digits", "--core", "tiny")
    words = " ".join(re.sub(r"[^\w ]+", " ", out).split())
    assert code == 2 and "hidden1 yes" in words and "fan in 256" in words


def test_check_tells_of_the_chip(spikeloom):
    code, out, _ = spikeloom("check", "digits", "--core", "full,routes=8", "--json")
    assert code == 2 and "routes" in strict(out)["layers"][-1]["reason"]


def test_train_a_changed_recipe(spikeloom, tmp_path):
    """recipe.json holds the changes, so export knows them; other changes need another folder."""
    arguments = (
        "train",
        "digits",
        "--set",
        "training.epochs=1",
        "--set",
        "topology=64-9-10",
        "-o",
        "run",
    )
    code, out, _ = spikeloom(*arguments, "--seed", "7", "--json")
    assert code == 0 and strict(out)["epochs"] == 1
    recipe = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert (recipe["seed"], recipe["topology"]) == (7, "64-9-10")
    facts = strict(spikeloom("export", "run", "-o", "a.nir", "--json").out)
    assert (facts["seed"], facts["topology"]) == (7, "64-9-10")
    assert "another recipe (different: seed)" in spikeloom(*arguments, "--seed", "8").err


def test_sweep(spikeloom, tmp_path):
    """On the workers of a scheduler, here in this process; then everything is found again."""
    arguments = ("sweep", "digits", "--seeds", "2", "-o", "out", "--set", "topology=64-9-10",
                 "--set", "training.epochs=1", "--set", "rule.k=0,1", "--json")  # fmt: skip
    with LocalCluster(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        code, out, err = spikeloom(*arguments, "--scheduler", cluster.scheduler_address)
    table = strict(out)
    assert code == 0 and err == "done: epochs of 4 runs\n" and table["failed"] == {}
    assert [c["changes"]["rule.k"] for c in table["combinations"]] == [0, 1]
    for entry in table["combinations"]:
        accuracy = entry["accuracy"]
        assert entry["seeds"] == [1, 2] and accuracy["integer"] == accuracy["fake_quantized"]
        assert accuracy["integer"]["min"] < accuracy["integer"]["mean"]
    assert json.loads((tmp_path / "out" / "sweep.json").read_text()) == table
    assert (tmp_path / "out" / "sweep.md").read_text().count("\n| topology") == 2
    assert (tmp_path / "out" / "sweep.png").read_bytes().startswith(b"\x89PNG")
    again = spikeloom(*arguments, "--scheduler", "tcp://nobody:1")  # not even asked
    assert again.code == 0 and strict(again.out) == table and again.err == ""


def test_sweep_with_failures(spikeloom, monkeypatch):
    arguments = ("sweep", "digits", "--seeds", "1", "-o", "out", "--set", "training.epochs=1",
                 "--set", "topology=64-9-10,65-9-10")  # fmt: skip

    def wrong(place):
        raise VerificationError("3 of 360 samples differ")

    with LocalCluster(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        with monkeypatch.context() as patch:
            patch.setattr("algo.sweep.export", wrong)
            first = spikeloom(*arguments, "--scheduler", cluster.scheduler_address)
        second = spikeloom(*arguments, "--scheduler", cluster.scheduler_address, "--json")
    assert first.code == 1 and "3 of 360" in first.out
    assert second.code == 2 and "must start with 64" in str(strict(second.out)["failed"])


def test_interrupted_sweep(tmp_path):
    """A real worker process; Ctrl-C reaches all. What it left can go on."""
    command = [PROGRAM, "sweep", "digits", "-o", "out", "--seeds", "2", "--set",
               "training.epochs=200", "--workers", "1"]  # fmt: skip
    process = subprocess.Popen(command, cwd=tmp_path, text=True, start_new_session=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    deadline = time.monotonic() + 90
    while not [*tmp_path.glob("out/*/*/checkpoint.safetensors")]:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and out == ""
    assert err.startswith("spikeloom: interrupted") and err.count("\n") == 1, err
    # A worker that is just ending has no command line any more and is not yet a zombie.
    deadline = time.monotonic() + 30
    while left := alive(process.pid):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    (checkpoint,) = tmp_path.glob("out/*/*/checkpoint.safetensors")
    assert Checkpoint.load(checkpoint).history


def alive(group: int) -> list[str]:
    """Processes of a process group, but for those that nobody has waited for yet."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
    return found


def test_map_and_golden(spikeloom, small_nir, tmp_path):
    code, out, err = spikeloom("map", small_nir, "-o", "chip", "--core", "tiny", "--json")
    facts = strict(out)
    assert code == 0 and err == "done: filling cores\n"
    assert {"cores", "layers", "traffic", "schedule"} <= set(facts)
    assert all(set(layer) >= MAP_KEYS for layer in facts["layers"])
    image = ChipImage.load(tmp_path / "chip")
    assert facts["image_sha256"] == image.sha256() and facts["cores"] == image.summary()["cores"]
    code, out, _ = spikeloom("golden", "chip", "--data", "digits:test", "--limit", "20", "--json")
    facts = strict(out)
    assert code == 0 and set(facts) >= RUN_KEYS and facts["samples"] == 20
    assert facts["errors"] == [] and facts["network_sha256"] == image.network_sha256
    again = strict(spikeloom("golden", small_nir, "--data", "digits:test", "--limit", "20",
                             "--core", "tiny", "--json").out)  # fmt: skip
    assert {**again, "seconds": 0} == {**facts, "seconds": 0}


def test_golden_reproduces_the_recorded_accuracy(spikeloom):
    facts = strict(spikeloom("golden", "digits", "--data", "digits:test", "--json").out)
    assert facts["accuracy"] == read_network(network_path("digits")).record["accuracy"]["integer"]
    assert facts["samples"] == 360 and facts["synaptic_ops_per_sample"] > 0


def test_tables_for_people(spikeloom, small_nir):
    code, out, err = spikeloom("map", small_nir, "-o", "chip", "--core", "tiny")
    assert code == 0 and err == "done: filling cores\n" and "synapses" in out
    sha = ChipImage.load("chip").sha256()
    assert sha in "".join(out.split())  # not cut off, however narrow the terminal


def test_mapping_twice_gives_the_same_bytes(spikeloom, small_nir, tmp_path):
    for _ in range(2):  # over itself, too
        assert spikeloom("map", small_nir, "-o", "a", "--core", "tiny").code == 0
    assert spikeloom("map", small_nir, "-o", "b", "--core", "tiny").code == 0
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_zoo_names_win_over_folders(spikeloom, tmp_path):
    (tmp_path / "digits").mkdir()
    assert spikeloom("golden", "digits", "--data", "digits:test", "--limit", "1").code == 0


def run(*arguments, cwd):
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True)


def test_installed_program(tmp_path):
    good = run("check", "digits", "--json", cwd=tmp_path)
    assert good.returncode == 0 and strict(good.stdout)["fits"] and good.stderr == ""
    bad = run("map", "nope", "-o", "x", cwd=tmp_path)
    assert bad.returncode == 2 and bad.stdout == "" and bad.stderr.count("\n") == 1
    assert not [*tmp_path.iterdir()]


def test_a_reader_that_leaves_early(tmp_path):
    command = f"'{PROGRAM}' zoo --json | head -c 1"
    result = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert result.stdout == "{" and result.stderr == ""


def test_interrupted_training(tmp_path):
    """Ctrl-C: one line, exit code 130; the same command goes on and finishes."""
    recipe = recipe_path("digits").read_text()
    (tmp_path / "r.toml").write_text(re.sub(r"epochs = \d+", "epochs = 12", recipe))
    process = subprocess.Popen([PROGRAM, "train", "r.toml", "-o", "run"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    metrics = tmp_path / "run" / "metrics.jsonl"
    deadline = time.monotonic() + 60
    while not (metrics.exists() and metrics.read_text().count("\n") >= 2):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and out == ""
    assert err.startswith("spikeloom: interrupted") and err.count("\n") == 1, err
    again = run("train", "r.toml", "-o", "run", "--json", cwd=tmp_path)
    facts = strict(again.stdout)
    assert again.returncode == 0 and facts["epochs"] == 12 and facts["resumed_at"] >= 1
