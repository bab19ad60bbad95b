"""A HybridImage against its Network."""

from typing import Any

import numpy as np

from ..network import INPUT, Network
from .crossbar_core import Core
from .crossbar_synapses import check_synapses
from .hybrid_converters import check_converters
from .hybrid_kernel import check_kernel
from .hybrid_macro import Macro
from .places import check_places
from .words import Arrays, Integers, Mistakes, named

__all__ = ["audit_hybrid"]


def audit_hybrid(network: Network, facts: dict[str, Any], arrays: Arrays, found: Mistakes) -> None:
    """Add to `found` what is wrong."""
    params, registers = facts["params"], [*enumerate(facts["cores"])]
    first = len(registers) - params["macros"]
    cores = [Core.read(i, own, params["core"], arrays) for i, own in registers[:first]]
    macros = [Macro.read(i, own, params["macro"], arrays) for i, own in registers[first:]]
    run = {"ticks": facts["ticks"], "base": 0, "feeds": [], "lines": facts["lines"]}
    spikes = check_places(network, facts | {"passes": [run]}, arrays, [*cores, *macros], found)
    elements = _elements(network, params["macro"], arrays["values"].astype(np.int64), found)
    for core, driven in zip(cores, spikes, strict=False):
        if core.holds:
            check_synapses(network, core, driven, found)
    for macro in (macro for macro in macros if spikes and macro.holds):
        driver = elements[macro.places]
        check_kernel(network, macro, driver, found)
        check_converters(macro, driver, found)


def _elements(
    network: Network, size: dict[str, int], values: Integers, found: Mistakes
) -> Integers:
    """(places,) input element that lies there in the macros' input buffers; -1: none.

    values: (inputs,) place of each element
    """
    room, width = size["activations"], size["activation_bits"]
    elements = np.full(room, -1)
    if not network.direct:
        found.add("foreign network", "the Network's input is spikes, a macro's is values")
    if network.input_maximum >> width:
        found.add("over capacity", f"macros take input values of {width} bits; the Network's go up "
                  f"to {network.input_maximum}")  # fmt: skip
    if values.max() >= room:
        found.add("over capacity", f"the input needs {values.max() + 1} places in the macros' "
                  f"buffers; they have {room}")  # fmt: skip
        return elements
    elements[values] = np.arange(len(values))
    for i in np.flatnonzero(elements[values] != np.arange(len(values))).tolist():
        both = (named(INPUT, j, network.input_shape) for j in (i, elements[values[i]]))
        found.add("wrong input place", f"{' and '.join(both)} share place {values[i]} of the "
                  "macros' input buffers")  # fmt: skip
    return elements
