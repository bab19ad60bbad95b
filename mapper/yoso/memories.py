"""The memory contents of one PE."""

from dataclasses import replace

from .kinds import is_psp
from .layout import MODE
from .params import GridParams
from .pe_image import PeImage
from .plan import GridPlan
from .routes import Routes, target_words
from .slices import LayerPlan, Slice

__all__ = ["fill_pe"]


def fill_pe(plan: GridPlan, index: int, routes: Routes, params: GridParams) -> PeImage:
    """The PE that holds slice `index` of a plan."""
    part = plan.slices[index]
    p, n = part.population, len(part.neurons)
    layer = plan.layer(p.name)
    memory = PeImage.empty(params.pe)
    _write_weights(memory, layer, part, plan)
    if p.neuron.spiking:
        memory.threshold[:n] = p.threshold[part.neurons]
    memory.spike[:n] = routes.addresses[index]
    output = p.name == plan.network.output and p.neuron.spiking
    return replace(
        memory,
        neurons=n,
        sources=routes.sources[index],
        ticks=plan.network.ticks,
        mode=int(MODE.pack(
            psp=int(is_psp(p)), silent=int(not p.neuron.spiking), host=int(output)
        )),
        line=int(part.neurons[0]) if output else 0,
        targets=target_words(routes.targets[index]),
        stop=target_words([routes.everyone])[0] if output and _exits(plan) else 0,
    )  # fmt: skip


def _exits(plan: GridPlan) -> bool:
    """Whether the output may stop a sample, see `GridImage.exit_core`."""
    network = plan.network
    return network.decision == "first_spike" and len(plan.slices_of(network.output)) == 1


def _write_weights(memory: PeImage, layer: LayerPlan, part: Slice, plan: GridPlan) -> None:
    """Word element * stride + j is the weight of local neuron j from that element."""
    (weights,) = plan.weights[part.population.name].values()
    words = memory.weight[: weights.shape[1] * layer.stride].reshape(-1, layer.stride)
    words[:, : len(part.neurons)] = weights[part.neurons].toarray().T
