"""The memory contents of one PE."""

from dataclasses import replace

from ..network import INPUT
from .kinds import is_psp
from .layout import MODE, ROW
from .lists import WeightLists
from .params import GridParams
from .pe_image import PeImage
from .plan import GridPlan
from .routes import Routes, target_words
from .slices import Slice

__all__ = ["fill_pe"]


def fill_pe(plan: GridPlan, index: int, routes: Routes, params: GridParams) -> PeImage:
    """The PE that holds slice `index` of a plan."""
    part = plan.slices[index]
    p, n = part.population, len(part.neurons)
    memory = PeImage.empty(params.pe)
    if part.lists is None:
        _write_weights(memory, part, plan)
    else:
        _write_lists(memory, part.lists, index, plan, routes)
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
            psp=int(is_psp(p)), silent=int(not p.neuron.spiking),
            listed=int(part.lists is not None), host=int(output),
            lazy=int(not p.neuron.spiking or (p.threshold > 0).all()),
        )),
        line=int(part.neurons[0]) if output else 0,
        targets=target_words(routes.targets[index]),
        stop=target_words([routes.everyone])[0] if output and _exits(plan) else 0,
    )  # fmt: skip


def _exits(plan: GridPlan) -> bool:
    """Whether the output may stop a sample, see `GridImage.exit_core`."""
    network = plan.network
    return network.decision == "first_spike" and len(plan.slices_of(network.output)) == 1


def _write_weights(memory: PeImage, part: Slice, plan: GridPlan) -> None:
    """Word element * stride + j is the weight of local neuron j from that element."""
    (weights,) = plan.weights[part.population.name].values()
    stride = plan.layer(part.population.name).stride
    words = memory.weight[: weights.shape[1] * stride].reshape(-1, stride)
    words[:, : len(part.neurons)] = weights[part.neurons].toarray().T


def _write_lists(
    memory: PeImage, lists: WeightLists, index: int, plan: GridPlan, routes: Routes
) -> None:
    memory.weight[: len(lists.weight)] = lists.weight
    memory.run[: len(lists.run)] = lists.run
    if INPUT in lists.start:
        rows = ROW.pack(start=lists.start[INPUT], count=lists.count[INPUT])
        memory.row[: len(rows)] = rows
    for a in routes.senders[index]:
        name, neurons = plan.slices[a].population.name, plan.slices[a].neurons
        memory.row[routes.addresses[a]] = ROW.pack(
            start=lists.start[name][neurons], count=lists.count[name][neurons]
        )
