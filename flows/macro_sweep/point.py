"""One point of a sweep: a macro's settings, and noise drawn from one seed."""

import json
from dataclasses import dataclass
from typing import Any

from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.hybrid.image import HybridImage
from mapper.network import Network
from mapper.pim.noise import Noise

from ..energy.compare import COUNTED, compare
from ..energy.constants import Constants
from ..energy.measure import measure_hybrid
from ..resolve import Samples

__all__ = ["Point", "plan_points", "run_point"]

_NOISE = "noise."


@dataclass(frozen=True)
class Point:
    """changes: as typed; core: of the hybrid chip, as `--core`; sigmas: of `Noise`; seed: None
    where nothing is drawn.
    """

    changes: dict[str, Any]
    core: str
    sigmas: dict[str, float]
    seed: int | None


def plan_points(core: str, found: list[dict[str, Any]], seeds: int) -> list[Point]:
    """Combination by combination (see `algo.settings.combinations`), with noise once per seed.

    Raises InputError for settings of neither a hybrid chip nor its noise.
    """
    points = []
    for changes in found:
        flat = {name: v for names, v in changes.items() for name in names.split(",")}
        sigmas = {n.removeprefix(_NOISE): v for n, v in flat.items() if n.startswith(_NOISE)}
        _check(sigmas)
        settings = [f"{n}={v}" for n, v in flat.items() if not n.startswith(_NOISE)]
        text = ",".join([core, "lossy=1", *settings])
        find_fabric("hybrid").parse(text)
        drawn = range(seeds) if any(sigmas.values()) else [None]
        points += [Point(changes, text, sigmas, seed) for seed in drawn]
    return points


def _check(sigmas: dict[str, Any]) -> None:
    for name, sigma in sigmas.items():
        if type(sigma) not in (int, float):
            raise InputError(f"setting noise.{name}: sigma must be a number, not "
                             f"{json.dumps(sigma)}")  # fmt: skip
    Noise.of(sigmas, 0)


def run_point(
    network: Network, samples: Samples, point: Point, constants: Constants
) -> dict[str, float]:
    """accuracy; conversions and energy (nJ, of the first layer as counted) per sample; the share
    of conversions that clip. Raises InputError when the first layer does not fit.
    """
    fabric = find_fabric("hybrid")
    image = fabric.map(network, fabric.parse(point.core))
    assert isinstance(image, HybridImage)
    noise = None if point.seed is None else Noise.of(point.sigmas, point.seed)
    measured = measure_hybrid(network, image, samples, noise)
    assert measured.counters and measured.converted and measured.accuracy is not None
    conversions = measured.converted.conversions
    return {
        "accuracy": measured.accuracy,
        "conversions": conversions,
        "clipped": measured.counters["clipped"] / max(conversions, 1),
        "energy": compare(constants, measured).layers[0][COUNTED].energy / 1e3,
    }
