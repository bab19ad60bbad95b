"""One framework's training steps, timed in a process of its own; see training_speed.py.

Usage: training_step.py FRAMEWORK FOLDER THREADS STEPS. Prints {"step": seconds, "processor":
seconds of all threads, "peak_mib": ...}, medians of the steps.
Imports of Spikeloom stay inside its functions: the peers' environment does not have it.
"""

import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

N_IN, HIDDEN, CLASSES = 784, 800, 10
LEAK = 1 - 2**-3
Step = Callable[[torch.Tensor, torch.Tensor], None]


def gradient_step(network: nn.Module) -> Step:
    """An Adam step on the cross entropy of what `network` makes of spikes (B, T, n_in)."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step(spikes: torch.Tensor, labels: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(network(spikes), labels).backward()
        optimizer.step()

    return step


def spikeloom() -> Step:
    """As `spikeloom train` does it."""
    from training_speed import recipe

    from algo.allocator import keep_freed_memory
    from algo.run import build_rule

    keep_freed_memory()
    torch.use_deterministic_algorithms(True)
    rule = build_rule(recipe())
    optimizer = rule.optimizer(1e-3)
    return lambda spikes, labels: rule.update(spikes, labels, optimizer) and None


def plain() -> Step:
    """Spikeloom's oracle: dense products, neurons stepped by autograd."""
    from unittest import mock

    from algo.layers import lif, linear
    from algo.layers.lif_scan import lif_plain

    mock.patch.object(lif, "lif_scan", lif_plain).start()
    mock.patch.object(linear, "event_sums", functional.linear).start()
    return spikeloom()


def snntorch() -> Step:
    """snnTorch's tutorial network: Leaky neurons in a loop over ticks, potentials of the output."""
    import snntorch as snn
    from snntorch import surrogate

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            gradient = surrogate.fast_sigmoid()
            self.fc1, self.fc2 = nn.Linear(N_IN, HIDDEN), nn.Linear(HIDDEN, CLASSES)
            self.lif1 = snn.Leaky(LEAK, spike_grad=gradient)
            self.lif2 = snn.Leaky(1.0, spike_grad=gradient, reset_mechanism="none")

        def forward(self, spikes: torch.Tensor) -> torch.Tensor:
            v1, v2 = self.lif1.init_leaky(), self.lif2.init_leaky()
            for x in spikes.unbind(dim=1):
                fired, v1 = self.lif1(self.fc1(x), v1)
                _, v2 = self.lif2(self.fc2(fired), v2)
            return v2

    return gradient_step(Network())


def spikingjelly() -> Step:
    """SpikingJelly in its fast way: layers over all ticks at once (step mode "m")."""
    from spikingjelly.activation_based import functional as jelly
    from spikingjelly.activation_based import layer, neuron, surrogate

    body = nn.Sequential(
        layer.Linear(N_IN, HIDDEN),
        neuron.LIFNode(
            tau=1 / (1 - LEAK), decay_input=False, v_reset=None,
            surrogate_function=surrogate.ATan(), detach_reset=True,
        ),
        layer.Linear(HIDDEN, CLASSES),
    )  # fmt: skip
    jelly.set_step_mode(body, "m")

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, spikes: torch.Tensor) -> torch.Tensor:
            jelly.reset_net(self.body)
            return self.body(spikes.transpose(0, 1).contiguous()).sum(dim=0)

    return gradient_step(Network())


def products() -> Step:
    """Only the two large dense products that a plain implementation needs, as a yardstick."""
    weight, g = torch.randn(HIDDEN, N_IN), torch.randn(128 * 16, HIDDEN)

    def step(spikes: torch.Tensor, labels: torch.Tensor) -> None:
        x = spikes.reshape(-1, N_IN)
        functional.linear(x, weight)
        g[: len(x)].t() @ x

    return step


FRAMEWORKS = {f.__name__: f for f in (spikeloom, plain, snntorch, spikingjelly, products)}


def main(name: str, folder: str, threads: str, steps: str) -> None:
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    batches = [
        (
            torch.from_numpy(np.load(path)).float(),
            torch.from_numpy(np.load(path.with_name(path.name.replace("spikes", "labels")))),
        )
        for path in sorted(Path(folder).glob("spikes*.npy"))
    ]
    step = FRAMEWORKS[name]()
    wall, processor = [], []
    for i in range(int(steps) + 2):
        start = time.perf_counter(), time.process_time()
        step(*batches[i % len(batches)])
        wall.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    # Not resource.getrusage: its maximum includes the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
    medians = statistics.median(wall[2:]), statistics.median(processor[2:])
    print(json.dumps({"step": medians[0], "processor": medians[1], "peak_mib": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
