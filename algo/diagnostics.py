"""What goes wrong in training, said by name while it can still be helped."""

import warnings

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mapper.crossbar.params import PRESETS
from mapper.crossbar.plan import SUPPORTED_KINDS
from mapper.crossbar.proof import width_problem
from mapper.errors import InputError
from mapper.network import Network
from mapper.run import run_network

from .encoders import encode
from .integer_network import build_network
from .recipe import Recipe
from .rules import Rule

__all__ = ["PROBE", "Diagnostics", "TrainingWarning", "check_alive"]

PROBE = 128
"""Images on which silent neurons are counted after each epoch."""
SILENT = 0.95
"""Share of silent neurons from which on a layer is worth a warning."""
_CORE = PRESETS["full"]


class TrainingWarning(UserWarning):
    """Training goes on, but something looks wrong."""


class Diagnostics:
    """Watches one run. Warns of each problem of a layer once, but of a dead layer every epoch.

    shape: of the data set's images
    """

    def __init__(self, recipe: Recipe, shape: tuple[int, ...]) -> None:
        self.recipe, self.shape = recipe, shape
        self._said: set[tuple[str, str]] = set()

    def check_finite(self, finite: bool, what: str, epoch: int) -> None:
        """Raise InputError unless `finite`: training diverged."""
        if not finite:
            raise InputError(
                f"recipe {self.recipe.name}: training diverged in epoch {epoch} ({what} is not "
                "finite); lower training.learning_rate"
            )

    def after_epoch(
        self, rule: Rule, rates: dict[str, float], probe: Tensor, epoch: int
    ) -> dict[str, float]:
        """Look at a calibrated network; returns the share of silent neurons by spiking layer.

        rates: mean spikes per neuron and tick in the epoch, by spiking layer
        probe: spikes (B, T, n_in) of images on which a neuron that lives should fire
        """
        for name, rate in rates.items():
            if rate == 0:
                self._warn(f"layer {name} fired no spike in epoch {epoch}; it cannot learn: lower "
                           "its threshold")  # fmt: skip
        self._check_widths(rule, epoch)
        shares = _silent_shares(rule, probe, set(rates))
        for name, share in shares.items():
            if rates[name] > 0 and share >= SILENT:
                self._warn_once("silent", name, f"{share:.0%} of the neurons of layer {name} fired "
                                f"no spike on {len(probe)} images after epoch {epoch}")  # fmt: skip
        return shares

    def _check_widths(self, rule: Rule, epoch: int) -> None:
        """With the proof that the mapper makes, of the crossbar's full core."""
        network = build_network(self.recipe, rule, self.shape)
        for population in network.populations:
            if population.kind in SUPPORTED_KINDS and ("width", population.name) not in self._said:
                problem = width_problem(network, population, _CORE.potential_bits)
                if problem:
                    self._warn_once("width", population.name, f"after epoch {epoch} the crossbar "
                                    f"cannot hold layer {population.name}: {problem}")  # fmt: skip

    def _warn_once(self, what: str, layer: str, text: str) -> None:
        if (what, layer) not in self._said:
            self._said.add((what, layer))
            self._warn(text)

    def _warn(self, text: str) -> None:
        warnings.warn(f"recipe {self.recipe.name}: {text}", TrainingWarning, stacklevel=3)


def _silent_shares(rule: Rule, probe: Tensor, layers: set[str]) -> dict[str, float]:
    return {
        name: 1 - float((trace.spikes > 0).any(dim=1).any(dim=0).float().mean())
        for name, trace in rule.run(probe).items()
        if name in layers
    }


def check_alive(
    network: Network, images: npt.NDArray[np.uint8], scores: npt.NDArray[np.generic]
) -> None:
    """Raise InputError if the network is silent: it cannot have learned anything.

    images: (N, *shape); each layer that can spike must do so on one of them at least, but for an
            output that decides by potentials
    scores: (N, classes) on the same images; some must differ
    """
    if len(images) and (scores == scores[:, :1]).all():
        raise _silent(network, f"gives all classes the same score on all {len(images)} images")
    waiting = {p.name for p in network.populations if p.neuron.spiking}
    if network.decision == "potential":
        waiting.discard(network.output)
    for start in range(0, len(images), PROBE):
        if not waiting:
            return
        spikes = encode(images[start : start + PROBE], network.encoding, network.ticks)
        trace = run_network(network, spikes)
        waiting = {name for name in waiting if not trace.spikes[name].any()}
    if waiting:
        names = ", ".join(sorted(waiting))
        raise _silent(network, f"has layers that never spike on {len(images)} images: {names}")


def _silent(network: Network, what: str) -> InputError:
    return InputError(
        f"network {network.name} is silent: it {what}; lower the thresholds or the learning rate "
        "and train again"
    )
