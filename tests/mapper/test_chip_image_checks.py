"""Crossbar images that contradict themselves are refused, saved with a valid hash or not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mapper.crossbar.compiler import map_network
from mapper.crossbar.core_image import CoreImage
from mapper.crossbar.image import ChipImage
from mapper.crossbar.params import PRESETS, ChipParams
from mapper.errors import InputError


@pytest.fixture(scope="module")
def image(make_network):
    network = make_network(8, levels=[[20], [5]], inputs=9, formats=["int3"], output="threshold",
                           ticks=3)  # fmt: skip
    return map_network(network, replace(PRESETS["tiny"], routes=128))


def changed_core(image, name, index, delta, core=0):
    """A copy of the image with one memory word changed."""
    memory = getattr(image.cores[core], name).copy()
    memory[index] = memory[index] ^ True if memory.dtype == bool else memory[index] + delta
    cores = list(image.cores)
    cores[core] = replace(cores[core], **{name: memory})
    return replace(image, cores=tuple(cores))


def placed(image, **changes):
    first, *others = image.populations
    return replace(image, populations=(replace(first, **changes), *others))


def run(image, **changes):
    """Of one pass."""
    return replace(image, passes=(replace(image.passes[0], **changes),))


def sent(image, bits=0, **changes):
    (feed,) = image.passes[0].feeds
    return run(image, feeds=(replace(feed, packet=feed.packet | np.uint64(bits), **changes),))


@pytest.mark.parametrize("name", ["synapse", *CoreImage.VECTORS, "route"])
def test_a_changed_memory_is_noticed(name, image, tmp_path):
    other = changed_core(image, name, (0, 1) if name == "synapse" else 1, 1)
    assert other.sha256() != image.sha256()
    image.save(tmp_path / "chip")
    np.savez(tmp_path / "chip/memories.npz", **other.arrays())
    with pytest.raises(InputError, match="changed after it was written|damaged"):
        ChipImage.load(tmp_path / "chip")


@pytest.mark.parametrize(("change", "match"), [
    (lambda i: run(i, ticks=0), "ticks is 0"), (lambda i: run(i, ticks="9"), "ticks is '9'"),
    (lambda i: run(i, ticks=65_537), "pass 0: ticks is 65537"),
    (lambda i: run(i, base=-1), "base is -1"), (lambda i: run(i, base=1), "at other ticks"),
    (lambda i: run(i, lines={"nobody": 0}), "no population 'nobody'"),
    (lambda i: run(i, lines={"input": 0}), "no population 'input'"),
    (lambda i: run(i, lines={i.output: -1}), "line of .* is -1"),
    (lambda i: run(i, lines={i.output: 1 << 17}), "output lines, at most"),
    (lambda i: run(i, lines={i.output: 1}), "another neuron's or nobody's"),
    (lambda i: run(i, lines={p.name: 0 for p in i.populations}), "line of .* is 0"),
    (lambda i: replace(run(i, lines={}), decision="spikes"), "decision spikes, but output"),
    (lambda i: replace(run(i, lines={}), decision="first_spike"), "decision first_spike, but"),
    (lambda i: sent(i, source=i.output), "which no earlier pass sends"),
    (lambda i: sent(i, level=-1), "level of 'input' is -1"),
    (lambda i: sent(i, level=2), "after the pass's last tick"),
    (lambda i: sent(i, start=i.passes[0].feeds[0].start[:-1]), "do not match its shape"),
    (lambda i: sent(i, start=i.passes[0].feeds[0].start + 1), "do not match its shape"),
    (lambda i: replace(i, passes=i.passes * 2), "cores, expected"),
    (lambda i: replace(i, passes=()), "cores, expected"),
    (lambda i: replace(i, network_ticks=i.ticks), "active at other ticks"),
    (lambda i: run(i, ticks=i.network_ticks), "still active when the sample ends"),
    (lambda i: replace(i, input_shape=(1 << 32, 1 << 32)), "at most"),
    (lambda i: replace(i, input_shape=(8,)), "do not match its shape"),
    (lambda i: replace(i, output="nobody"), "'nobody' is not on the chip"),
    (lambda i: replace(i, decision="loudest"), "decision"),
    (lambda i: replace(i, encoding=[]), "not a dict"),
    (lambda i: replace(i, layers=3), "not a list"),
    (lambda i: replace(i, params=ChipParams(core=i.params.core, width=8, height=8)), "expected 64"),
    (lambda i: replace(i, populations=i.populations * 2), "share a name"),
    (lambda i: placed(i, core=i.populations[0].core + 9), "outside the chip"),
    (lambda i: placed(i, column=i.populations[0].column - 1), "holds no potential"),
    (lambda i: placed(i, column=i.populations[0].column + 99), "outside core"),
    (lambda i: placed(i, shape=(19,)), "does not match its shape"),
    (lambda i: sent(i, 1 << 49), "must be spikes"),
    (lambda i: sent(i, 7 << 58), "outside the mesh"),
    (lambda i: sent(i, 1023), "axon that does not exist"),
    (lambda i: sent(i, 63 << 11), "phase that does not exist"),
    (lambda i: changed_core(i, "pointer", 2, 128), "routes lie beyond"),
    (lambda i: changed_core(i, "route", 0, 40), "axon that does not exist"),
    (lambda i: changed_core(i, "route", 0, 1 << 31), "unknown bits"),
    (lambda i: changed_core(i, "threshold", 2, 1 << 15), "threshold does not fit 16 bits"),
    (lambda i: changed_core(i, "control", 2, 1 << 13), "control words"),
    (lambda i: changed_core(i, "control", 2, -(1 << 4)), "complete neuron|no potential"),
])  # fmt: skip
def test_images_that_contradict_themselves(change, match, image, tmp_path):
    """Saved with a valid hash, as only malice or a bug can make them."""
    change(image).save(tmp_path / "chip")
    with pytest.raises(InputError, match=f"damaged ChipImage: .*{match}"):
        ChipImage.load(tmp_path / "chip")


@pytest.mark.parametrize(("name", "value"), [
    ("columns", 33), ("extension", 3), ("extension", -1), ("ticks", 1 << 16), ("first_tick", 1.5),
    ("columns", None), ("ticks", True),
])  # fmt: skip
def test_registers(name, value, image, tmp_path):
    image.save(tmp_path / "chip")
    facts = json.loads((tmp_path / "chip/chip.json").read_text())
    facts["cores"][0][name] = value
    (tmp_path / "chip/chip.json").write_text(json.dumps(facts))
    with pytest.raises(InputError, match="damaged ChipImage"):
        ChipImage.load(tmp_path / "chip")
