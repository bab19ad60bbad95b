"""NIR graphs as other tools write them."""

from itertools import pairwise

import nir
import numpy as np

DT = 1e-4


def chain(shape, *nodes):
    """A graph of nodes in a row, named "0", "1", ..."""
    named = {str(i): node for i, node in enumerate(nodes)}
    every = {"input": nir.Input({"input": np.array(shape)}), **named,
             "output": nir.Output({"output": np.array([1])})}  # fmt: skip
    return nir.NIRGraph(every, [*pairwise(every)], type_check=False)


def leaky(n, beta, threshold=1.0):
    """A LIF as snnTorch writes it."""
    tau = np.full(n, DT / (1 - beta))
    return nir.LIF(tau=tau, r=tau / DT, v_leak=np.zeros(n), v_threshold=np.full(n, threshold))


def integrating(n, threshold):
    """An IF as SpikingJelly writes it; `threshold` broadcasts."""
    return nir.IF(r=np.full(n, 1 / DT), v_threshold=np.broadcast_to(threshold, n).astype(float))
