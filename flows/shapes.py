"""Networks known only by their shape: what `spikeloom map` says of them."""

import time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from mapper.crossbar.params import CoreParams
from mapper.crossbar.patches import LayerShape
from mapper.crossbar.published import NETWORKS
from mapper.crossbar.strategies import plan_layer
from mapper.errors import InputError
from mapper.topology import Layer, parse_topology

__all__ = ["is_shape", "layer_rows", "plan_shape"]

_PREFIXES = ("paper:", "topology:")


def is_shape(net: str) -> bool:
    """Whether the name of a network is that of a shape."""
    return net.startswith(_PREFIXES)


def layer_rows(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mapper's summary of layers as narrow lines: patches, f, cores, the three densities."""
    return [
        {
            "layer": layer["name"],
            "input patch": "x".join(map(str, layer["input_patch"])),
            "output patch": "x".join(map(str, layer["output_patch"])),
            "f": layer["extension"],
            "cores": layer["cores"],
            **{f"{k}s": _two_digits(layer[f"density_{k}"]) for k in ("axon", "neuron", "synapse")},
        }
        for layer in layers
    ]


def _two_digits(value: float) -> str:
    """Rounded half up, as the paper does: 0.625 is 0.63."""
    return str(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def plan_shape(net: str, core: CoreParams, strategy: str, output: Path | None) -> dict[str, Any]:
    """Cores and patches, layer by layer, of paper:NAME or topology:TEXT (ternary weights).

    The last layer of a paper's network runs off the chip and is not planned.
    Raises InputError for unknown names, layers that do not fit, and when an output is asked for.
    """
    if output:
        raise InputError(f"{net} has no weights, so there is no ChipImage to write: leave out -o")
    start = time.perf_counter()
    layers, k_rep = _layers(net)
    facts = []
    for i, layer in enumerate(layers):
        k_in = 1 if i == 0 and net.startswith("topology:") else k_rep
        try:
            plan = plan_layer(LayerShape.of(layer, k_in, k_rep), core, strategy)
        except InputError as error:
            raise InputError(f"layer {layer.text} does not fit: {error}") from error
        facts.append({
            "name": layer.text,
            "input_patch": [*plan.input_patch], "output_patch": [*plan.output_patch],
            "extension": plan.extension, "cores": plan.cores,
            "density_axon": plan.density_axon, "density_neuron": plan.density_neuron,
            "density_synapse": plan.density_synapse,
        })  # fmt: skip
    return {
        "network": net, "k_rep": k_rep, "strategy": strategy,
        "cores": sum(f["cores"] for f in facts), "layers": facts,
        "seconds": time.perf_counter() - start,
    }  # fmt: skip


def _layers(net: str) -> tuple[tuple[Layer, ...], int]:
    kind, _, name = net.partition(":")
    if kind == "topology":
        return parse_topology(name).layers, 1
    if name not in NETWORKS:
        raise InputError(f"{net}: unknown network of the paper; known: {', '.join(NETWORKS)}")
    topology, k_rep = NETWORKS[name]
    return parse_topology(topology).layers[:-1], k_rep
