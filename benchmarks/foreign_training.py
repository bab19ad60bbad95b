"""Train a small network with another tool and write its NIR file; see foreign_networks.py.

Usage: foreign_training.py TOOL DATA.npz OUT.nir. Prints the tool's own test accuracy. Runs in the
tools' environment, which does not have Spikeloom.
"""

import sys

import nir
import numpy as np
import torch
from torch import nn

TICKS, EPOCHS, BATCH, RATE = 16, 30, 64, 4e-3


def rate_code(images: torch.Tensor) -> torch.Tensor:
    """Spikes (T, N, ...) of values 0..1, as Spikeloom's encoding rate_if makes them."""
    sums, spikes = torch.zeros_like(images), []
    for _ in range(TICKS):
        sums = sums + images
        spikes.append((sums >= 1 - 1e-6).float())
        sums = sums - spikes[-1]
    return torch.stack(spikes)


class Dense(nn.Module):
    """snnTorch: 64-100-10, leaky integrate-and-fire."""

    shape = (64,)

    def __init__(self, reset: str) -> None:
        super().__init__()
        import snntorch

        def leaky(n: int, **more: bool) -> nn.Module:
            return snntorch.Leaky(beta=torch.full((n,), 0.9), threshold=torch.ones(n),
                                  init_hidden=True, reset_mechanism=reset, **more)  # fmt: skip

        self.net = nn.Sequential(nn.Linear(64, 100), leaky(100),
                                 nn.Linear(100, 10), leaky(10, output=True))  # fmt: skip

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Output spikes per class."""
        from snntorch import utils

        utils.reset(self.net)
        return sum(self.net(now)[0] for now in spikes)

    def nir(self) -> nir.NIRGraph:
        """As snnTorch writes it."""
        from snntorch.export_nir import export_to_nir

        return export_to_nir(self.net, torch.zeros(1, *self.shape), ignore_dims=[0])


class Convolutional(nn.Module):
    """SpikingJelly: 8x8-12C3-P2-24C3p1-10, IF and LIF neurons."""

    shape = (1, 8, 8)

    def __init__(self) -> None:
        super().__init__()
        from spikingjelly.activation_based.neuron import IFNode, LIFNode

        self.net = nn.Sequential(
            nn.Conv2d(1, 12, 3), IFNode(v_reset=0.0), nn.AvgPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), LIFNode(tau=2.0, decay_input=False, v_reset=0.0),
            nn.Flatten(), nn.Linear(24 * 9, 10), IFNode(v_reset=0.0),
        )  # fmt: skip

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Output spikes per class."""
        from spikingjelly.activation_based.functional import reset_net

        reset_net(self.net)
        return sum(self.net(now) for now in spikes)

    def nir(self) -> nir.NIRGraph:
        """As SpikingJelly writes it."""
        from spikingjelly.activation_based.functional import reset_net
        from spikingjelly.activation_based.nir_exchange.to_nir import export_to_nir

        reset_net(self.net)
        return export_to_nir(self.net, torch.zeros(1, *self.shape))


TOOLS = {
    "snntorch-zero": lambda: Dense("zero"),
    "snntorch-subtract": lambda: Dense("subtract"),
    "spikingjelly": Convolutional,
}


def main(tool: str, data: str, out: str) -> None:
    """Train, tell the accuracy, write the file."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network, arrays = TOOLS[tool](), np.load(data)
    images, labels, test, wanted = (
        torch.from_numpy(arrays[n]) for n in ("images", "labels", "test_images", "test_labels")
    )
    images, test = (x.float().reshape(-1, *network.shape) / 16 for x in (images, test))
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            counts = network(rate_code(images[chosen]))
            nn.functional.cross_entropy(counts, labels[chosen]).backward()
            optimizer.step()
    with torch.no_grad():
        right = network(rate_code(test)).argmax(dim=1) == wanted
    nir.write(out, network.nir())
    print(float(right.double().mean()))


if __name__ == "__main__":
    main(*sys.argv[1:])
