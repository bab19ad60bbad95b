"""The mappings that Zou et al. (2021) print, and ours beside them.

The first layer of their networks runs off the chip, so its output is our input; the last one
runs off the chip too, but its patches are printed. "single", "two" and "four spike" mean k_rep
1, 2 and 4; the weights are ternary (k_wei 2).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ..topology import parse_topology
from .params import CoreParams
from .patches import LayerShape, PatchPlan, regular_plan
from .strategies import plan_layer

__all__ = ["NETWORKS", "TICK_CYCLES", "Comparison", "compare", "plan_network"]

_LENET = "28x28x16-16C5-2P2-32C5-2P2-256FC-10FC"
_VGG = "24x24x64-64C3p1-64C3p1-2P2-128C3p1-128C3p1-2P2-256C3p1-256C3p1-2P2-512C3p1-512C3-10FC"
NETWORKS = {
    f"{name}-{k_rep}": (topology, k_rep)
    for name, topology in (("lenet", _LENET), ("vgg", _VGG))
    for k_rep in (1, 2, 4)
}
"""The paper's networks as mapped: name -> (topology, k_rep)."""

_EXAMPLE = "4x4x128-256C2s2"  # of tables 2 and 3

# A line per layer: input patch, output patch, f, densities of axons, neurons and synapses.
_TABLE_2_3 = {
    "plan 1": "4x4x128 2x2x64 2 0.89 1.00 0.22",
    "plan 2": "4x2x128 2x1x256 1 0.89 1.00 0.44",
}
_TABLE_2_CORES = {"plan 1": 4, "plan 2": 2}
_TABLE_7_8 = {
    "lenet-1": """
        9x8x16 5x4x16 1 1.0 0.63 0.22
        8x8x16 4x4x16 1 0.89 0.50 0.03
        8x8x16 4x4x32 1 0.89 1.0 0.35
        4x8x32 2x4x32 1 0.89 0.5 0.03
        4x4x32 1x1x256 1 0.44 0.5 0.22
        1x1x256 1x1x10 1 0.22 0.02 0.01""",
    "lenet-2": """
        8x6x16 4x2x16 2 0.67 1.0 0.35
        6x6x16 3x3x16 1 1.0 0.56 0.06
        6x6x16 2x2x32 1 1.0 0.5 0.35
        4x4x32 2x2x32 1 0.89 0.5 0.06
        4x4x32 1x1x256 1 0.89 1.0 0.89
        1x1x256 1x1x10 1 0.44 0.04 0.02""",
    "lenet-4": """
        6x6x16 2x2x16 2 1.0 1.0 0.69
        4x4x16 2x2x16 1 0.89 0.5 0.11
        6x5x16 2x1x32 2 0.83 1.0 0.69
        4x2x32 2x1x32 1 0.89 0.5 0.22
        4x4x32 1x1x64 2 0.89 1.0 0.89
        1x1x256 1x1x10 1 0.89 0.08 0.07""",
    "vgg-1": """
        4x4x64 2x2x64 1 0.89 0.5 0.25
        4x4x64 2x2x64 1 0.89 0.5 0.25
        4x4x64 2x2x64 1 0.89 0.5 0.11
        4x4x64 2x2x128 1 0.89 1.0 0.5
        4x3x128 2x1x128 2 0.67 1.0 0.5
        4x2x128 2x1x128 1 0.89 0.5 0.22
        3x3x128 1x1x256 1 1.0 0.5 0.5
        3x3x256 1x1x256 2 1.0 1.0 1.0
        2x2x256 1x1x256 1 0.89 0.5 0.44
        3x3x256 1x1x256 2 1.0 1.0 1.0
        3x3x512 1x1x128 4 1.0 1.0 1.0
        1x1x512 1x1x10 1 0.44 0.02 0.01""",
    "vgg-2": """
        4x3x64 2x1x64 2 0.67 1.0 0.5
        4x3x64 2x1x64 2 0.67 1.0 0.5
        4x2x64 2x1x64 1 0.89 0.5 0.22
        3x3x64 1x1x128 1 1.0 0.5 0.5
        3x3x128 1x1x128 2 1.0 1.0 0.5
        2x2x128 1x1x128 1 0.89 0.5 0.44
        3x3x128 1x1x128 2 1.0 1.0 1.0
        3x3x256 1x1x64 4 1.0 1.0 1.0
        2x2x256 1x1x128 2 0.89 1.0 0.89
        3x3x256 1x1x64 4 1.0 1.0 1.0
        3x3x512 1x1x32 8 1.0 1.0 1.0
        1x1x512 1x1x10 1 0.89 0.04 0.03""",
    "vgg-4": """
        3x3x64 1x1x64 2 1.0 1.0 1.0
        3x3x64 1x1x64 2 1.0 1.0 1.0
        2x2x64 1x1x64 1 0.89 0.5 0.44
        3x3x64 1x1x64 2 1.0 1.0 1.0
        3x3x128 1x1x32 4 1.0 1.0 1.0
        2x2x128 1x1x64 2 0.89 1.0 0.89
        3x3x128 1x1x32 4 1.0 1.0 1.0
        3x3x256 1x1x16 8 1.0 1.0 1.0
        2x2x256 1x1x32 4 0.89 1.0 1.0
        3x3x256 1x1x16 8 1.0 1.0 1.0
        3x3x512 1x1x8 16 1.0 1.0 1.0
        1x1x512 1x1x10 2 0.89 0.16 0.14""",
}
_TABLE_9_10 = {  # cores and latency in ms, per layer on the chip, then their totals
    "lenet-1": """36 9 4 2 1 52
        0.0549 0.0549 0.0549 0.0549 0.0549 0.2745""",
    "lenet-2": """72 16 16 4 1 109
        0.1097 0.0549 0.0549 0.0549 0.0549 0.3293""",
    "lenet-4": """144 36 32 8 1 221
        0.1646 0.0549 0.0549 0.0549 0.0549 0.3842""",
    "vgg-1": """144 144 36 36 72 18 36 36 9 18 4 553
        0.1646 0.1646 0.0549 0.0549 0.1097 0.0549 0.0549 0.0549 0.0549 0.0549 0.0549 0.8781""",
    "vgg-2": """288 288 72 144 144 36 72 144 18 72 16 1294
        0.2743 0.2743 0.1097 0.1646 0.1646 0.0549 0.1097 0.1646 0.0549 0.1097 0.0549 1.5362""",
    "vgg-4": """576 576 144 288 576 72 288 576 72 288 64 3520
        0.4937 0.4937 0.1646 0.2743 0.4937 0.1097 0.2743 0.4937 0.1097 0.2743 0.0549 3.2366""",
}
_MESH = 64
TICK_CYCLES = 13_824
"""Cycles that a mesh of 64 cores takes for a tick, at 252 MHz. The paper prints 0.0549 ms and its
multiples; of whole cycles only 13,823 and 13,824 give them all, and 13,824 is 12 per axon."""

_ROW_ABOVE = "by eq. 16 not of the printed patch (fan-in 4 x 32); the figure of the 2P2 above"
_MISPRINTS = {
    ("lenet-1", 4, "synapses"): _ROW_ABOVE,
    ("lenet-2", 4, "synapses"): _ROW_ABOVE,
    ("lenet-1", 6, "synapses"): "0.0043 by eq. 16",
    ("vgg-2", 5, "synapses"): "by eq. 16 A, N and S are 1 together: the kernel is the whole patch",
    ("vgg-4", 9, "synapses"): "by eq. 16 S is A x N = 0.89: the kernel is the whole patch",
    ("lenet-1", 1, "cores"): "by eq. 20 and 21, 5 x 4 outputs tile 24 x 24 in 5 x 6 = 30 patches",
    ("lenet-4", 5, "cores"): "by eq. 22, 256 channels at 64 a core take 4 cores",
    ("lenet-1", 0, "cores"): "the sum, with 16C5 at 36",
    ("lenet-4", 0, "cores"): "the sum, with 256FC at 1",
}
"""(network, layer from 1 or 0 for the total, quantity) of entries that contradict the paper's own
equations -> why."""


@dataclass(frozen=True)
class Comparison:
    """One printed entry beside ours.

    table:    its number in the paper
    network:  of NETWORKS, or the topology of the example of tables 2 and 3
    layer:    its number and how it is written, "total", or a plan of table 2
    quantity: "patches" (input -> output, the longer side first), "f", "axons", "neurons",
              "synapses" (densities, as printed to two digits), "cores" or "latency" (ms)
    misprint: why the printed entry cannot be right by the paper's own equations; or ""
    """

    table: str
    network: str
    layer: str
    quantity: str
    computed: str
    printed: str
    misprint: str = ""

    @property
    def equal(self) -> bool:
        """Whether the entry is reproduced exactly."""
        return self.computed == self.printed


def plan_network(name: str, strategy: str = "paper") -> tuple[PatchPlan, ...]:
    """Plans of one of NETWORKS on the full core, layer by layer; the last runs off the chip."""
    topology, k_rep = NETWORKS[name]
    return tuple(
        plan_layer(LayerShape.of(layer, k_rep, k_rep), CoreParams(), strategy)
        for layer in parse_topology(topology).layers
    )


def compare() -> Iterator[Comparison]:
    """Every entry of tables 2, 3, 7, 8, 9 and 10."""
    yield from _compare_example()
    plans = {name: plan_network(name) for name in NETWORKS}
    for name, printed in _TABLE_7_8.items():
        table, lines = _table(name, "7", "8"), printed.strip().splitlines()
        for i, (plan, line) in enumerate(zip(plans[name], lines, strict=True), 1):
            yield from _compare_patch(table, name, i, _layer(name, i), plan, line)
    for name, printed in _TABLE_9_10.items():
        yield from _compare_cores(name, plans[name][:-1], printed)


def _compare_example() -> Iterator[Comparison]:
    shape = LayerShape.of(parse_topology(_EXAMPLE).layers[0])
    core = CoreParams()
    plans = {"plan 1": regular_plan(shape, core, (2, 2)), "plan 2": plan_layer(shape, core)}
    for name, plan in plans.items():
        yield from _compare_patch("2, 3", _EXAMPLE, 1, name, plan, _TABLE_2_3[name])
        cores = str(_TABLE_2_CORES[name])
        yield Comparison("2", _EXAMPLE, name, "cores", str(plan.cores), cores)


def _compare_patch(
    table: str, network: str, index: int, layer: str, plan: PatchPlan, line: str
) -> Iterator[Comparison]:
    patch_in, patch_out, f, *printed = line.split()
    ours = _patches(plan.input_patch, plan.output_patch)
    theirs = _patches(_sizes(patch_in), _sizes(patch_out))
    yield Comparison(table, network, layer, "patches", ours, theirs)
    yield Comparison(table, network, layer, "f", str(plan.extension), f)
    densities = {
        "axons": plan.density_axon,
        "neurons": plan.density_neuron,
        "synapses": plan.density_synapse,
    }
    for (quantity, density), figure in zip(densities.items(), printed, strict=True):
        why = _MISPRINTS.get((network, index, quantity), "")
        yield Comparison(table, network, layer, quantity, _rounded(density), _rounded(figure), why)


def _compare_cores(
    network: str, plans: tuple[PatchPlan, ...], printed: str
) -> Iterator[Comparison]:
    cores = [plan.cores for plan in plans]
    # The printed totals are sums of the printed, rounded latencies.
    latency = [_rounded(-(-n // _MESH) * Decimal(TICK_CYCLES) / 252_000, "0.0001") for n in cores]
    ours = {
        "cores": [*map(str, cores), str(sum(cores))],
        "latency": [*latency, str(sum(map(Decimal, latency)))],
    }
    for (quantity, figures), line in zip(ours.items(), printed.splitlines(), strict=True):
        for i, (a, b) in enumerate(zip(figures, line.split(), strict=True), 1):
            index = i if i <= len(plans) else 0
            why = _MISPRINTS.get((network, index, quantity), "")
            layer = _layer(network, index)
            yield Comparison(_table(network, "9", "10"), network, layer, quantity, a, b, why)


def _table(network: str, lenet: str, vgg: str) -> str:
    return lenet if network.startswith("lenet") else vgg


def _layer(network: str, index: int) -> str:
    if not index:
        return "total"
    return f"{index} {parse_topology(NETWORKS[network][0]).layers[index - 1].text}"


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.split("x"))


def _patches(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> str:
    """ "4x2x128 -> 2x1x256": width and height may be swapped, in both patches together."""
    if len(inputs) == 1:
        inputs, outputs = (1, 1, *inputs), (1, 1, *outputs)
    sides = sorted(zip(inputs[:-1], outputs[:-1], strict=True), reverse=True)
    first, second = zip(*sides, strict=True)
    return " -> ".join(
        "x".join(map(str, p)) for p in ((*first, inputs[-1]), (*second, outputs[-1]))
    )


def _rounded(value: float | str | Decimal, digits: str = "0.01") -> str:
    return str(Decimal(value).quantize(Decimal(digits), ROUND_HALF_UP))
