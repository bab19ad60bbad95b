"""Weights that an image holds against those of the Network."""

import numpy as np

from ..network import Network
from .synapses import missing, weights
from .words import Integers, Mistakes, named

__all__ = ["Driven", "check_weights"]

Driven = dict[tuple[str, int], tuple[Integers, Integers]]
"""(source, delay) -> (elements (k,), stored (k, targets)): what each element adds to each target.
An element may be there several times; all that it adds counts together."""


def check_weights(
    network: Network, target: str, targets: Integers, driven: Driven, where: str, found: Mistakes
) -> None:
    """What drives these neurons of `target` adds the Network's weights; none is missing."""
    wanted = {(c.source, c.delay) for c in network.connections if c.target == target}
    nothing = np.zeros(0, np.int64), np.zeros((0, len(targets)), np.int64)
    for source, delay in sorted({*driven, *wanted}):
        driver, stored = driven.get((source, delay), nothing)
        elements, which = np.unique(driver, return_inverse=True)
        together = np.zeros((len(elements), len(targets)), np.int64)
        np.add.at(together, which, stored)
        right = weights(network, target, targets, source, elements, delay)
        _compare(network, together.T, right, (target, targets), (source, elements), where, found)
        lost = missing(network, target, targets, source, delay, elements)
        if len(lost):
            who = named(source, lost[0], network.shape_of(source))
            found.add("missing synapse", f"{who} never reaches {where}, which holds neurons of "
                      f"{target}", len(lost))  # fmt: skip


def _compare(
    network: Network, stored: Integers, right: Integers, target: tuple[str, Integers],
    source: tuple[str, Integers], where: str, found: Mistakes,
) -> None:  # fmt: skip
    """Add to `found` where weights (targets, elements) that are stored are not the right ones.

    target, source: population and its neurons, in the order of the weights
    """
    wrong = stored != right
    kinds = {
        "wrong strength": wrong & (stored != 0) & (right != 0),
        "missing synapse": wrong & (stored == 0), "foreign synapse": wrong & (right == 0),
    }  # fmt: skip
    for kind, places in kinds.items():
        for k, i in np.argwhere(places)[:1]:
            onto, of = (named(name, members[at], network.shape_of(name))
                        for (name, members), at in ((target, k), (source, i)))  # fmt: skip
            found.add(kind, f"{of} to {onto}, {where}: {stored[k, i]}, expected {right[k, i]}",
                      int(places.sum()))  # fmt: skip
