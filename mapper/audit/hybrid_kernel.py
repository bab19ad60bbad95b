"""The weights of one PIM macro, at each of its positions, against those of the Network."""

from collections import Counter

import numpy as np
import numpy.typing as npt

from ..network import INPUT, Network
from .hybrid_macro import Macro
from .synapses import in_padding
from .weights import check_weights
from .words import Integers, Mistakes

__all__ = ["check_kernel"]


def check_kernel(network: Network, macro: Macro, driver: Integers, found: Mistakes) -> None:
    """Each neuron hears each input element through its weight; there are no other weights.

    driver: (positions, rows) input element whose value drives the row; -1: none, it stays 0. Adds
    to `found` what is wrong.
    """
    population, *others = sorted({name for name, _ in macro.holds.values()})
    if others:
        found.add("wrong place", f"{macro.where} holds neurons of {population} and {others[0]}")
        return
    neurons = np.array([macro.holds[k][1] for k in range(len(macro.holds))])
    for elements, targets in zip(driver, neurons.reshape(len(driver), -1), strict=True):
        driven = elements >= 0
        own = {(INPUT, 0): (elements[driven], macro.weight.T[driven])}
        check_weights(network, population, targets, own, macro.where, found)
    outside = in_padding(network, population, neurons, INPUT, 0)[:, : len(macro.weight)]
    _check_idle(macro, np.logical_or.reduce(driver >= 0), outside, found)


def _check_idle(
    macro: Macro, driven: npt.NDArray[np.bool_], outside: Integers, found: Mistakes
) -> None:
    """Rows that no input drives hold weights of the kernel that lie `outside` (any, channels), at
    most; no two rows are driven by the same value, through which weights could cancel.
    """
    idle = Counter(map(tuple, macro.weight.T[~driven].tolist()))
    foreign = idle - Counter(map(tuple, outside.tolist()))
    for weights in (weights for weights in foreign if any(weights)):
        found.add("foreign synapse", f"{macro.where} has weights {list(weights)[:3]} ... in a row "
                  "that no input drives", foreign[weights])  # fmt: skip
    for offset, times in Counter(macro.row.tolist()).items():
        if times > 1:
            found.add("foreign synapse", f"{times} rows of {macro.where} are driven by the same "
                      f"value, at offset {offset}")  # fmt: skip
