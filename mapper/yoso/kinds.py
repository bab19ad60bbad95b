"""Which populations a PE can be, and why another cannot."""

from ..network import INPUT, Network, Population
from ..semantics import DecayKind, Reset

__all__ = ["is_psp", "kind_problem"]

_PSP = ("rel_psp", "rel_psp_readout")
_PLAIN = ("threshold", "readout")


def is_psp(population: Population) -> bool:
    """Whether the accumulator keeps its sum from tick to tick (MODE.psp)."""
    return population.kind in _PSP


def kind_problem(network: Network, population: Population) -> str | None:
    """Why a PE cannot compute this population's neurons, whatever its size; None if it can."""
    p = population
    if network.direct and any(c.source == INPUT for c in network.incoming(p.name)):
        return "its input is values (encoding 'pixels'), a YOSO PE takes spikes"
    if p.kind not in _PSP + _PLAIN:
        return f"neuron kind {p.kind!r} is not in the YOSO PE; it has {', '.join(_PSP + _PLAIN)}"
    if p.decay.kind != DecayKind.NONE and not is_psp(p):
        return f"its potentials decay ({p.decay.kind}); a YOSO PE has no leak, only decay none"
    if p.kind == "threshold" and p.reset != Reset.ONCE:
        return (
            f"reset {p.reset}: a neuron of a YOSO PE fires once per sample and holds its "
            "potential, reset once"
        )
    for name in ("bias", "initial"):
        values = getattr(p, name)
        if values.any():
            neuron = int((values != 0).argmax())
            return (
                f"neuron {neuron} has {name} {int(values[neuron])}; a YOSO PE has none, its "
                "potentials start at 0 and only spikes change them"
            )
    delays = [c for c in network.incoming(p.name) if c.delay]
    if delays:
        return (
            f"{delays[0].where} has delay {delays[0].delay}; a YOSO PE uses spikes in the tick in "
            "which they were fired, delay 0"
        )
    return None
