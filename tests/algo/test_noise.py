"""Training under the noise of a PIM macro: the golden model's noise, and no trace in the export."""

import numpy as np
import pytest
import torch

from algo.export import export
from algo.layers import build_map
from algo.noise import NoiseOptions
from algo.run import Run
from algo.train import train
from mapper.errors import InputError
from mapper.hybrid.compiler import map_network
from mapper.hybrid.params import PRESETS, HybridCores
from mapper.network import INPUT, Dense, Network, Population
from mapper.pim.array import ArrayModel
from mapper.pim.noise import Noise
from mapper.topology import parse_topology

SIGMAS = {"bit_line": 0.5, "mismatch": 0.1, "inl": 0.3, "dnl": 0.2, "stuck": 0.02}
MAPS = ("8x8-3C3-10", "8x8x2-4C3s2p1-10", "30-7-10")


def first_map(topology):
    torch.manual_seed(3)
    found = build_map(parse_topology(topology).layers[0], "int6")
    x = torch.randint(0, 256, (3, 1, int(np.prod(found.input_shape)))).float().expand(-1, 4, -1)
    return found, x


@pytest.mark.parametrize("topology", MAPS)
def test_no_noise_is_no_difference(topology):
    found, x = first_map(topology)
    for options in (NoiseOptions(), NoiseOptions(rows_active=4, adc_bits=3)):
        assert not options.difference(found, x).any()


@pytest.mark.parametrize("topology", MAPS)
def test_difference_is_that_of_the_golden_model(topology):
    """Lossy converters too: those of the chip that the map's integers are mapped onto."""
    found, x = first_map(topology)
    options = NoiseOptions(rows_active=8, adc_bits=2, adc_shift=1, adc_offset=1, **SIGMAS)
    state = torch.get_rng_state()
    sums = found(x).detach() + options.difference(found, x)
    torch.set_rng_state(state)
    noise = Noise.of(SIGMAS, int(torch.randint(1 << 31, ())))
    network = Network(
        "x", found.input_shape,
        (Population("first", found.shape), Population("out", (2,), kind="readout")),
        (found.connection(INPUT, "first", 1, 1),
         Dense("first", "out", np.zeros((2, int(np.prod(found.shape))), np.int64))),
        "out", ticks=1, encoding={"name": "pixels"},
    )  # fmt: skip
    cores = HybridCores(core=PRESETS["full"].core, macro=options.macro(6), lossy=1,
                        adc_shift=1, adc_offset=1)  # fmt: skip
    image = map_network(network, cores)
    (macro,) = image.macros.values()
    values = np.zeros((3, cores.macro.activations), np.int64)
    values[:, image.values] = x[:, 0].numpy()
    expected = ArrayModel(macro, cores.macro, noise).sums(values)
    np.testing.assert_array_equal(sums[:, 0], expected[:, image.first.column])
    assert (sums[:, 0] == sums[:, 3]).all() and (sums != found(x)).any()


def test_gradients_pass_straight_through():
    found, x = first_map(MAPS[0])
    gradients = []
    for disturb in (None, NoiseOptions(bit_line=1.0).difference):
        found.disturb, found.weight.grad = disturb, None
        found(x).sum().backward()
        gradients.append(found.weight.grad.clone())
    assert gradients[0].any() and torch.equal(*gradients)


def noisy_recipe(make_recipe, epochs, **noise):
    return make_recipe(
        "stbp", topology="8x8-2C3s2-10", encoding={"name": "pixels"},
        rule={"name": "stbp", "weights": "int6", "readout_weights": "int6"},
        training={"epochs": 1, "batch": 64, "calibration": 20},
        noise={"epochs": epochs} | noise,
    )  # fmt: skip


def model(folder):
    return (folder / "model.safetensors").read_bytes()


def test_stage_of_training(make_recipe, tmp_path, monkeypatch):
    """Under noise, the same when interrupted; the export's integers are torch's."""
    recipe = noisy_recipe(make_recipe, 2, bit_line=0.5)
    assert [s.name for s in recipe.stages] == ["", "noise"] and recipe.epochs == 3
    train(recipe, tmp_path / "whole", progress=False)
    network, record = export(tmp_path / "whole", 50)  # compares torch and integers
    assert record["settings"]["noise"]["bit_line"] == 0.5 and network.direct
    save = Run._save

    def stop_after_two(run):
        save(run)
        if run.epochs_done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Run, "_save", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "cut", progress=False)
    monkeypatch.undo()
    assert train(recipe, tmp_path / "cut", progress=False).resumed_at == 2
    assert model(tmp_path / "whole") == model(tmp_path / "cut")


def test_noise_changes_what_is_learnt(make_recipe, tmp_path):
    for sigma in (0.0, 0.5):
        recipe = noisy_recipe(make_recipe, 1, bit_line=sigma)
        train(recipe, tmp_path / str(sigma), progress=False)
    assert model(tmp_path / "0.0") != model(tmp_path / "0.5")


@pytest.mark.parametrize(("changes", "message"), [
    ({"encoding": {"name": "binarize", "threshold": 6}}, "PIM macros take values"),
    ({"topology": "64-9R-10"}, "a PIM macro has no recurrent connections"),
    ({"noise": {"bit_line": -1.0}}, "noise.bit_line: should be greater"),
    ({"noise": {"adc_bits": 9}}, "adc_bits must be"), ({"noise": {"gain": 1.0}}, "unknown key"),
    ({"noise": {"rows_active": 5}}, "rows_active must be a power of two"),
])  # fmt: skip
def test_bad_noise(make_recipe, changes, message):
    values = {"topology": "8x8-2C3s2-10", "encoding": {"name": "pixels"}, "noise": {}} | changes
    with pytest.raises(InputError, match=message):
        make_recipe("stbp", **values)
