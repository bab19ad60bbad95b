"""Training under the noise of a PIM macro: the golden model's noise, and no trace in the export."""

import numpy as np
import pytest
import torch

from algo.export import export
from algo.layers import ConvertedLayer, Values, build_map
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


RULES = {
    "stbp": {"weights": "int6", "readout_weights": "int6"},
    "qstdb": {"relu_epochs": 1, "conversion_ticks": 5, "unit": 16},
}


def noisy_recipe(make_recipe, rule, epochs, **noise):
    return make_recipe(
        "stbp", topology="8x8-2C3s2-10", encoding={"name": "pixels"},
        rule={"name": rule} | RULES[rule],
        training={"epochs": 1, "batch": 64, "calibration": 20},
        noise={"epochs": epochs} | noise,
    )  # fmt: skip


def model(folder):
    return (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("rule", RULES)
def test_stage_of_training(make_recipe, tmp_path, monkeypatch, rule):
    """Under noise, the same when interrupted in it; the export's integers are torch's."""
    recipe = noisy_recipe(make_recipe, rule, 2, bit_line=0.5)
    assert recipe.stages[-1].name == "noise"
    train(recipe, tmp_path / "whole", progress=False)
    network, record = export(tmp_path / "whole", 50)  # compares torch and integers
    assert record["settings"]["noise"]["bit_line"] == 0.5 and network.direct
    save, last = Run._save, recipe.epochs - 1

    def stop(run):
        save(run)
        if run.epochs_done == last:
            raise KeyboardInterrupt

    monkeypatch.setattr(Run, "_save", stop)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "cut", progress=False)
    monkeypatch.undo()
    assert train(recipe, tmp_path / "cut", progress=False).resumed_at == last
    assert model(tmp_path / "whole") == model(tmp_path / "cut")


def nothing(options, linear, x):
    """No macro at all, but as many random numbers as one of the golden model takes."""
    options.draw()
    return torch.zeros(1)


@pytest.mark.parametrize("rule", RULES)
def test_noise_changes_what_is_learnt(make_recipe, tmp_path, monkeypatch, rule):
    """And a macro without noise changes not one bit."""
    for sigma in (0.0, 0.5):
        recipe = noisy_recipe(make_recipe, rule, 1, bit_line=sigma)
        train(recipe, tmp_path / str(sigma), progress=False)
    monkeypatch.setattr(NoiseOptions, "difference", nothing)
    train(recipe, tmp_path / "none", progress=False)
    assert model(tmp_path / "0.0") != model(tmp_path / "0.5")
    assert model(tmp_path / "0.0") == model(tmp_path / "none")


def test_q_stdb_trains_with_the_weights_of_the_macro():
    """Under noise; without it with affine ones, which no macro holds."""
    found, x = first_map(MAPS[0])
    with torch.no_grad():
        found.weight += found.weight.max()
    layer = ConvertedLayer(found, "affine", 0.3, Values(0, 16))
    layer.theta.data.fill_(20)
    usual, macro = layer(x), layer.run(x).spikes
    assert 0.02 < macro.mean() < 0.98 and not torch.equal(usual, macro)
    found.disturb = NoiseOptions().difference
    assert torch.equal(layer(x), macro)
    found.disturb = NoiseOptions(bit_line=2.0).difference
    torch.manual_seed(1)
    noisy = layer(x)
    torch.manual_seed(1)
    assert torch.equal(noisy, layer.run(x).spikes) and not torch.equal(noisy, macro)


@pytest.mark.parametrize(("changes", "message"), [
    ({"encoding": {"name": "binarize", "threshold": 6}}, "PIM macros take values"),
    ({"topology": "64-9R-10"}, "a PIM macro has no recurrent connections"),
    ({"topology": "8x8-2C3-10", "rule": {"name": "scatter_gather", "transduction": "int8"}},
     "noise: rule scatter_gather cannot train under it"),
    ({"noise": {"bit_line": -1.0}}, "noise.bit_line: should be greater"),
    ({"noise": {"adc_bits": 9}}, "adc_bits must be"), ({"noise": {"gain": 1.0}}, "unknown key"),
    ({"noise": {"rows_active": 5}}, "rows_active must be a power of two"),
])  # fmt: skip
def test_bad_noise(make_recipe, changes, message):
    values = {"topology": "8x8-2C3s2-10", "encoding": {"name": "pixels"}, "noise": {}} | changes
    with pytest.raises(InputError, match=message):
        make_recipe("stbp", **values)
