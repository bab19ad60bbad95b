"""`spikeloom import`: a network of floats from elsewhere becomes one that every command takes."""

import json

import nir
import numpy as np
import pytest

from algo.datasets import load

DT, TICKS, BETA = 1e-4, 16, 0.9
ARGUMENTS = ("--ticks", str(TICKS), "--encoding", "rate_if,maximum=16")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """64-200-10 on digits as a tool writes it: random features, a readout fitted by least squares
    to their spikes' rates.
    """
    rng, data = np.random.default_rng(1), load("digits", "train")
    features = rng.normal(0, 0.35, (200, 64))
    drive = np.maximum(data.images.reshape(len(data), -1) / 16 @ features.T - 0.3, 0)
    rates = np.minimum(drive, 1)
    wanted = np.eye(10)[data.labels] - 0.1
    readout = np.linalg.solve(rates.T @ rates + 3 * np.eye(200), rates.T @ wanted).T
    tau = np.full(10, DT / (1 - BETA))
    nodes = {
        "input": nir.Input({"input": np.array([64])}),
        "fc 1": nir.Affine(features, np.full(200, -0.3)),
        "if 1": nir.IF(r=np.full(200, 1 / DT), v_threshold=np.ones(200)),
        "fc 2": nir.Linear(readout),
        "li 2": nir.LI(tau=tau, r=tau / DT, v_leak=np.zeros(10)),
        "output": nir.Output({"output": np.array([10])}),
    }
    names = [*nodes]
    path = tmp_path_factory.mktemp("foreign") / "features.nir"
    nir.write(path, nir.NIRGraph(nodes, [*zip(names, names[1:], strict=False)]))
    return path


def test_accuracy_stays_and_the_network_maps(spikeloom, tmp_path, file):
    net = str(tmp_path / "net.nir")
    code, out, err = spikeloom(
        "import", str(file), *ARGUMENTS, "--data", "digits:test", "-o", net, "--json"
    )
    assert code == 0, err
    found = json.loads(out)
    accuracy = found["accuracy"]
    assert accuracy["float"] > 0.85 and accuracy["integer"] > accuracy["float"] - 0.03
    assert accuracy["same"] > 0.9 and found["test_images"] == 360
    assert [p["name"] for p in found["populations"]] == ["if_1", "li_2"]
    assert found["populations"][1]["threshold"] is None and found["decision"] == "potential"
    code, out, err = spikeloom("evaluate", net, "--data", "digits:test", "--json")
    assert json.loads(out)["overall_accuracy"] == accuracy["integer"], err
    code, out, err = spikeloom("map", net, "--core", "small", "-o", str(tmp_path / "chip"))
    assert code == 0, err


def test_without_samples_the_weights_decide(spikeloom, tmp_path, file):
    code, out, err = spikeloom("import", str(file), *ARGUMENTS, "-o", str(tmp_path / "net.nir"))
    assert code == 0 and "readout" in out and "accuracy" not in out, err


@pytest.mark.parametrize(("arguments", "message"), [
    (("--encoding", "rate_if,maximum"), "expected NAME,KEY=INTEGER, such as rate_if,maximum=255"),
    (("--encoding", "morse"), "unknown encoding 'morse'"),
    (("--data", "digits"), "expected SET:SPLIT"),
    (("--data", "digits:exam"), "unknown split 'exam'; known: train, test"),
    (("--decision", "spikes"), "decision spikes: the output never spikes; use potential"),
    (("--dt", "0.01"), "node 'li 2' (LI): a time step of 0.01 is longer than tau = 0.001"),
    (("--dt", "nan"), "nan is no number"),
])  # fmt: skip
def test_refused(spikeloom, tmp_path, file, arguments, message):
    code, out, err = spikeloom(
        "import", str(file), *ARGUMENTS, *arguments, "-o", str(tmp_path / "net.nir")
    )
    assert (code, out) == (2, "") and message in err and err.count("\n") == 1, err
    assert [*tmp_path.iterdir()] == []
