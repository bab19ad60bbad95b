"""Networks known only by their shape: what `spikeloom map` says of them."""

import time
from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from mapper.crossbar.params import CoreParams
from mapper.crossbar.patches import LayerShape, PatchPlan
from mapper.crossbar.published import NETWORKS
from mapper.crossbar.published_speed import SPEED, assumptions, paper_cycles
from mapper.crossbar.shape_cost import Assumptions, shape_schedule
from mapper.crossbar.strategies import find_strategy, plan_layer
from mapper.errors import InputError
from mapper.topology import Layer, parse_topology

__all__ = ["is_shape", "layer_rows", "plan_shape", "shape_rows"]

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


def plan_shape(
    net: str, core: CoreParams, strategy: str, samples: int, output: Path | None
) -> dict[str, Any]:
    """Cores and patches, layer by layer, of paper:NAME or topology:TEXT (ternary weights).

    The last layer of a paper's network runs off the chip and is not planned. `schedule` assumes
    spike rates and shares of zero weights (`shape_cost.Assumptions`), and two banks per core.
    Raises InputError for unknown names, layers that do not fit, and when an output is asked for.
    """
    if output:
        raise InputError(f"{net} has no weights, so there is no ChipImage to write: leave out -o")
    find_strategy(strategy)
    start = time.perf_counter()
    layers, k_rep = _layers(net)
    facts, plans = [], list[PatchPlan]()
    for i, layer in enumerate(layers):
        k_in = 1 if i == 0 and net.startswith("topology:") else k_rep
        try:
            plan = plan_layer(LayerShape.of(layer, k_in, k_rep), core, strategy)
        except InputError as error:
            raise InputError(f"layer {layer.text} does not fit: {error}") from error
        plans.append(plan)
        facts.append({
            "name": layer.text,
            "input_patch": [*plan.input_patch], "output_patch": [*plan.output_patch],
            "extension": plan.extension, "cores": plan.cores,
            "density_axon": plan.density_axon, "density_neuron": plan.density_neuron,
            "density_synapse": plan.density_synapse,
        })  # fmt: skip
    seconds = time.perf_counter() - start
    published = _published(net, plans)
    assumed = assumptions(net.partition(":")[2]) if published else Assumptions()
    return {
        "network": net, "k_rep": k_rep, "strategy": strategy,
        "cores": sum(f["cores"] for f in facts), "layers": facts, "seconds": seconds,
        "assumed": asdict(assumed), "schedule": shape_schedule(plans, assumed, samples).to_json(),
        **published,
    }  # fmt: skip


def _published(net: str, plans: list[PatchPlan]) -> dict[str, Any]:
    """What the paper prints of its network, and cycles by its own model; nothing for others."""
    speed = SPEED.get(net.partition(":")[2]) if net.startswith("paper:") else None
    if speed is None:
        return {}
    return {"published": asdict(speed) | {"cycles_by_its_model": paper_cycles(plans)}}


def shape_rows(facts: dict[str, Any]) -> dict[str, Any]:
    """What a person wants to know of a shape as a whole."""
    schedule, assumed = facts["schedule"], facts["assumed"]
    found = {
        "cores": facts["cores"],
        "mapped in": f"{facts['seconds']:.3f} s",
        "assumed": f"{assumed['spike_rate']:g} spikes per neuron, {assumed['density']:.0%} of the "
        "weights' digits not 0",
        "loads of 64 cores": len(schedule["passes"]),
        "cycles per sample": f"{schedule['cycles_per_sample']:,.0f}, "
        f"{schedule['compute_cycles_per_sample']:,.0f} without loading",
        "frames per second at 252 MHz": f"{schedule['frames_per_second']:,.0f}, "
        f"{schedule['samples']:,} samples per load",
        "energy": f"{schedule['energy_uj']:.3g} uJ (0.57 pJ per synaptic operation, nothing else)",
    }
    if "published" in facts:
        speed = facts["published"]
        found["published"] = (
            f"{speed['fps']:,} frames per second, {speed['millijoules']} mJ, "
            f"{speed['cycles_by_its_model']:,} cycles by its model"
        )
    return found


def _layers(net: str) -> tuple[tuple[Layer, ...], int]:
    kind, _, name = net.partition(":")
    if kind == "topology":
        layers = parse_topology(name).layers
        for layer in layers:
            if layer.recurrent:
                raise InputError(
                    f"{net}: the shape of the recurrent layer {layer.text} depends on its weights; "
                    "map a network instead"
                )
        return layers, 1
    if name not in NETWORKS:
        raise InputError(f"{net}: unknown network of the paper; known: {', '.join(NETWORKS)}")
    topology, k_rep = NETWORKS[name]
    return parse_topology(topology).layers[:-1], k_rep
