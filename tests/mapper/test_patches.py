"""Patches: whatever the layer and the core, tiles are the layer's output and fit their cores."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import PRESETS, CoreParams
from mapper.crossbar.patches import LayerShape, regular_plan
from mapper.crossbar.strategies import STRATEGIES, plan_layer
from mapper.errors import InputError
from mapper.network import Conv, Dense, Network, Population
from mapper.topology import parse_topology

FULL, TINY = PRESETS["full"], PRESETS["tiny"]


@st.composite
def shapes(draw, ranks=(0, 1, 2, 3)):
    """Layers of any rank, dense ones included; most of them fit the tiny core."""
    size = draw(st.lists(st.integers(1, 8), min_size=min(ranks), max_size=max(ranks)))
    whole = draw(st.booleans())
    kernel = size if whole else [draw(st.integers(1, min(n, 3))) for n in size]
    small = st.integers(1, 3)
    return LayerShape(
        size=tuple(size),
        depth_in=draw(small),
        depth_out=draw(st.integers(1, 20)),
        kernel=tuple(kernel),
        stride=tuple(1 if whole else draw(small) for _ in size),
        padding=tuple(0 if whole else draw(st.integers(0, k - 1)) for k in kernel),
        k_rep_in=draw(small),
        k_rep_out=draw(small),
        k_wei=draw(small),
    )


def planned(shape, core, strategy):
    """The plan, or None where the layer fits at no f."""
    try:
        return plan_layer(shape, core, strategy)
    except InputError:
        return None


def receptive_field(shape, place):
    """Inputs of one output, counted out: every kernel position that is on the map."""
    return {
        tuple(x)
        for taps in product(*map(range, shape.kernel))
        for x in [[o * s - p + t for o, s, p, t in
                   zip(place, shape.stride, shape.padding, taps, strict=True)]]
        if all(0 <= i < n for i, n in zip(x, shape.size, strict=True))
    }  # fmt: skip


BORDER = LayerShape(
    size=(1, 2, 3), depth_in=3, depth_out=11, kernel=(1, 2, 3), stride=(1, 1, 1),
    padding=(0, 0, 1), k_rep_in=2,
)  # fmt: skip
"""All of its patches are at a border and see less than the kernel."""


@given(shapes(), st.sampled_from([TINY, PRESETS["small"]]), st.sampled_from(list(STRATEGIES)))
@example(BORDER, TINY, "cores")
def test_tiles_are_the_output_and_fit(shape, core, strategy):
    plan = planned(shape, core, strategy)
    if plan is None:
        return
    seen = []
    for tile in plan.tiles:
        places = list(product(*(range(*r) for r in tile.outputs)))
        window = set(product(*(range(*r) for r in tile.inputs)))
        assert all(receptive_field(shape, place) <= window for place in places)
        depth = tile.channels[1] - tile.channels[0]
        assert tile.axons == len(window) * shape.depth_in * shape.k_rep_in
        assert tile.columns == len(places) * depth * shape.k_rep_out * shape.k_wei
        f = tile.extension
        assert f & (f - 1) == 0 and f <= core.max_extension  # eq 11 from here on
        assert tile.axons <= f * core.axons and tile.columns * f <= core.neurons
        seen += product(places, range(*tile.channels))
    everything = list(product(product(*map(range, shape.output_size)), range(shape.depth_out)))
    assert sorted(seen) == everything
    assert max(plan.density_axon, plan.density_neuron, plan.density_synapse) <= 1


@given(shapes())
def test_it_fits_if_the_smallest_patch_does(shape):
    """One output channel of one place, all taps: if that fits at some f, so does the layer."""
    inputs = math.prod(min(n, k) for n, k in zip(shape.size, shape.kernel, strict=True))
    axons, columns = inputs * shape.depth_in * shape.k_rep_in, shape.k_rep_out * shape.k_wei
    fits = any(axons <= f * TINY.axons and columns * f <= TINY.neurons for f in (1, 2, 4))
    for strategy in STRATEGIES:
        assert (planned(shape, TINY, strategy) is not None) == fits


@given(shapes())
def test_cores_never_takes_more_than_paper(shape):
    paper, cores = (planned(shape, TINY, name) for name in ("paper", "cores"))
    assert (paper is None) == (cores is None)
    assert paper is None or cores.cores < paper.cores or cores == paper


@given(shapes(ranks=(2, 3)))
def test_cores_has_no_favourite_dimension(shape):
    turned = {n: getattr(shape, n)[::-1] for n in ("size", "kernel", "stride", "padding")}
    one, other = (planned(s, TINY, "cores") for s in (shape, replace(shape, **turned)))
    assert one is other is None or one.cores == other.cores


@given(shapes(ranks=(1, 2)))
def test_paper_takes_most_channels_first(shape):
    plan = planned(shape, TINY, "paper")
    if plan is None:
        return
    for sizes in product(*(range(1, n + 1) for n in shape.output_size)):
        try:
            other = regular_plan(shape, TINY, sizes)
        except InputError:
            continue
        assert other.output_patch[-1] <= plan.output_patch[-1]


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 3))
def test_cores_is_exact_along_a_line(length, kernel, depth):
    """Against every way to cut a line of outputs, by dynamic programming over the cuts."""
    if kernel > length:
        return
    shape = LayerShape(
        size=(length,), depth_in=depth, depth_out=5, kernel=(kernel,), stride=(1,),
        padding=(kernel - 1,),
    )  # fmt: skip
    plan = planned(shape, TINY, "cores")
    if plan is None:
        return
    n = shape.output_size[0]

    def price(a, b):
        window = min(length, b) - max(0, a - kernel + 1)
        rooms = [TINY.neurons // (f * (b - a) * 2) for f in (1, 2, 4)
                 if window * depth <= f * TINY.axons]  # fmt: skip
        room = max(rooms, default=0)
        return -(-5 // room) if room else math.inf

    best = [0]
    for b in range(1, n + 1):
        best.append(min(best[a] + price(a, b) for a in range(b)))
    assert plan.cores == best[n]


def test_smaller_windows_at_padded_borders():
    """18 places fit the axons: 2 x 2 outputs inside the map, at its corner 2 x 4 (3 x 5 inputs)."""
    (layer,) = parse_topology("24x24x64-64C3p1").layers
    plan = plan_layer(LayerShape.of(layer), FULL, "cores")
    assert plan_layer(LayerShape.of(layer), FULL).cores == 144 and plan.cores == 122
    assert plan.tiles[0].inputs == ((0, 3), (0, 5)) and plan.tiles[0].axons == 15 * 64
    assert plan.output_patch == (2, 4, 64) and plan.input_patch == (3, 5, 64)


def test_bands_of_unequal_patches():
    """The pooling of the single-spike LeNet: 8 cores of 6 x 3 outputs, square ones take 9."""
    layer = parse_topology("28x28x16-16C5-2P2").layers[1]
    assert plan_layer(LayerShape.of(layer), FULL).output_patch == (4, 4, 16)
    plan = plan_layer(LayerShape.of(layer), FULL, "cores")
    assert plan.cores == 8 and sorted(plan.output_patch) == [3, 6, 16]


@pytest.mark.parametrize(("text", "core", "patch", "cores"), [
    ("784-800-10", "full", (512,), 2),
    ("20-15", "tiny", (15,), 1), ("90-15", "tiny", (4,), 4),
    ("1d:128x2-16C7", "full", (32, 16), 4),
    ("1d:1000-4C3", "small", (32, 4), 32),
    ("1x30-2C1", "tiny", (1, 8, 2), 4),
    ("4x9x9x1-4C3", "small", (2, 4, 4, 4), 4),
])  # fmt: skip
def test_other_ranks(text, core, patch, cores):
    plan = plan_layer(LayerShape.of(parse_topology(text).layers[0]), PRESETS[core])
    assert (plan.output_patch, plan.cores) == (patch, cores)


@pytest.mark.parametrize(("layer", "match"), [
    ({"depth_in": 20480},
     (r"input patch 3x3x20480 x k_rep 1 = 184320 axons needs axon extension 256; "
     "the core reaches 64 x 1152 = 73728 axons")),
    ({"depth_in": 2048, "k_rep_in": 4, "k_rep_out": 4, "k_wei": 8},
     (r"input patch 3x3x2048 x k_rep 4 = 73728 axons needs axon extension 64, which leaves 16 of "
     "1024 columns; an output patch 1x1x1 x k_rep 4 x k_wei 8 takes 32")),
])  # fmt: skip
def test_layers_that_fit_at_no_extension(layer, match):
    base = {"size": (8, 8), "depth_in": 1, "depth_out": 8, "kernel": (3, 3), "stride": (1, 1),
            "padding": (0, 0)}  # fmt: skip
    for strategy in STRATEGIES:
        with pytest.raises(InputError, match=match):
            plan_layer(LayerShape(**base | layer), FULL, strategy)


@pytest.mark.parametrize(("change", "match"), [
    ({"kernel": (3,)}, "one number per dimension of the map"), ({"depth_out": 0}, "at least 1"),
    ({"kernel": (9, 9)}, "kernel 9 on a map of 8 with padding 0"), ({"stride": (0, 1)}, "at least"),
    ({"padding": (3, 0)}, "padding must be smaller"), ({"padding": (-1, 0)}, "padding -1"),
    ({"k_wei": 0}, "at least 1"), ({"size": (0, 8)}, "at least 1"),
])  # fmt: skip
def test_impossible_shapes(change, match):
    base = {"size": (8, 8), "depth_in": 1, "depth_out": 8, "kernel": (3, 3), "stride": (1, 1),
            "padding": (0, 0)}  # fmt: skip
    with pytest.raises(InputError, match=match):
        LayerShape(**base | change)


def test_unknown_strategy():
    layer = parse_topology("784-10").layers[0]
    with pytest.raises(InputError, match="unknown strategy 'best'; known: paper, cores"):
        plan_layer(LayerShape.of(layer), CoreParams(), "best")


def test_a_part_of_a_dense_layer_is_one_position_with_many_channels():
    source = Population("a", (6,)), Population("b", (5,)), Population("out", (4,))
    ones = [Dense("input", "a", np.ones((6, 9), int)), Dense("input", "b", np.ones((5, 9), int)),
            Dense("a", "out", np.ones((4, 6), int)), Dense("b", "out", np.ones((4, 5), int)),
    ]  # fmt: skip
    network = Network("two-sources", (9,), source, tuple(ones), "out", ticks=2, decision="spikes")
    patches = {
        layer["name"]: (layer["input_patch"], layer["output_patch"])
        for layer in map_network(network, PRESETS["small"]).layers
    }
    assert patches == {
        "a": ([1, 1, 9], [1, 1, 6]), "b": ([1, 1, 9], [1, 1, 5]), "out": ([1, 1, 11], [1, 1, 4])
    }  # fmt: skip


def test_a_part_of_a_layer_without_patches_tells_its_size_and_densities():
    """Its neurons have a convolution and themselves as sources."""
    conv = Conv("input", "out", np.ones((2, 1, 2, 2), int), input_shape=(1, 3, 3))
    loop = Dense("out", "out", np.eye(8, dtype=int), delay=1)
    network = Network(
        "loop", (1, 3, 3), (Population("out", (2, 2, 2)),), (conv, loop), "out", ticks=2,
        decision="spikes",
    )  # fmt: skip
    core = CoreParams(
        axons=32, neurons=64, lanes=8, update_lanes=8, max_extension=2, routes=64
    )  # fmt: skip
    (layer,) = map_network(network, core).layers
    columns = {"ternary": 2, "binary": 1}[layer["format"]]
    assert layer["input_patch"] == [1, 1, 9 + 8] and layer["output_patch"] == [1, 1, 8]
    assert layer["extension"] == 1
    assert layer["density_axon"] == 17 / 32
    assert layer["density_neuron"] == 8 * columns / 64
    assert layer["density_synapse"] == 8 * 17 * columns / (32 * 64)
