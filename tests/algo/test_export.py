"""Export: the integer Network, its record, and what is refused."""

import numpy as np
import pytest

import algo.export
from algo.export import export, load_run
from algo.record import recorded_correct, recorded_recipe
from algo.train import train
from mapper.errors import InputError, VerificationError
from mapper.nir_io import read_network, write_network


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def run_dir(make_recipe, folder):
    train(make_recipe("stbp", training={"epochs": 4}), folder, progress=False)
    return folder


def test_record_and_network(run_dir, tmp_path):
    network, record = export(run_dir)
    assert network.record == record
    accuracy = record.pop("accuracy")
    correct = recorded_correct(record, "test")
    assert correct.mean() == accuracy["integer"]
    assert record.pop("correct_per_thousand") == [correct.sum()] and record.pop("correct_images")
    assert recorded_recipe(record, "test") == load_run(run_dir)[0]
    assert record.pop("settings")["name"] == "tiny" and len(record.pop("recipe_sha256")) == 64
    assert record == {
        "recipe": "tiny",
        "seed": 3,
        "dataset": "digits",
        "topology": "64-24-10",
        "rule": "stbp",
        "test_images": 360,
    }
    assert accuracy["integer"] == accuracy["fake_quantized"] > 0.75
    assert 0.5 < accuracy["float"] <= 1
    assert network.input_shape == (8, 8) and network.ticks == 4
    assert network.encoding == {"name": "rate_if", "maximum": 16}
    assert [c.format for c in network.connections] == ["ternary", "int6"]
    write_network(network, tmp_path / "net.nir")
    assert read_network(tmp_path / "net.nir").sha256() == network.sha256()


def test_limit(run_dir):
    assert export(run_dir, limit=20)[1]["test_images"] == 20
    with pytest.raises(InputError, match="limit must be at least 1, not 0"):
        export(run_dir, limit=0)


def test_same_run_same_network(run_dir):
    assert export(run_dir, 10)[0].sha256() == export(run_dir, 10)[0].sha256()


def test_any_difference_is_an_error(run_dir, monkeypatch):
    integer_scores = algo.export.integer_scores

    def off_by_one(network, images):
        values = integer_scores(network, images)
        values[7, 3] += 1
        return values

    monkeypatch.setattr(algo.export, "integer_scores", off_by_one)
    with pytest.raises(VerificationError, match="1 of 360 samples differ"):
        export(run_dir)


def test_not_a_run(tmp_path):
    with pytest.raises(InputError, match=r"recipe.json: no such file"):
        export(tmp_path)


def test_unfinished_run(run_dir, tmp_path):
    (tmp_path / "recipe.json").write_bytes((run_dir / "recipe.json").read_bytes())
    with pytest.raises(InputError, match="training has not finished"):
        export(tmp_path)


@pytest.mark.parametrize("content", [b"", b"x" * 100, None])
def test_damaged_model(run_dir, tmp_path, content):
    (tmp_path / "recipe.json").write_bytes((run_dir / "recipe.json").read_bytes())
    whole = (run_dir / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[:-10] if content is None else content)
    with pytest.raises(InputError, match="damaged or not ours"):
        load_run(tmp_path)


def test_model_of_another_recipe(run_dir, make_recipe, tmp_path):
    train(make_recipe(training={"epochs": 1}), tmp_path, progress=False)
    (tmp_path / "model.safetensors").write_bytes((run_dir / "model.safetensors").read_bytes())
    with pytest.raises(InputError, match="does not fit the recipe beside it"):
        load_run(tmp_path)


def test_loaded_weights_are_integers(run_dir):
    network, _ = export(run_dir, 1)
    for connection in network.connections:
        assert connection.weight.dtype == np.int64 and connection.weight.any()
        assert connection.scale > 0
