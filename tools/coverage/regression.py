"""The runs that are counted: random networks with stalls on small chips, as in tests/cosim."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cosim.engines import Stalls
from cosim.engines.counting import CountingEngine
from cosim.host import PACES
from cosim.verify import verify
from mapper.crossbar.compiler import map_network as map_to_crossbar
from mapper.errors import InputError, VerificationError
from mapper.hybrid.compiler import map_network as map_to_hybrid
from mapper.yoso.compiler import map_network as map_to_grid
from tests.cosim import grid_networks, hybrid_networks, networks

__all__ = ["FABRICS", "run"]

_SAMPLES = 2


@dataclass(frozen=True)
class _Fabric:
    """network: seed -> Network; place: Network -> image; samples: Network, seed -> spikes."""

    network: Callable[[int], Any]
    place: Callable[[Any], Any]
    samples: Callable[[Any, int], Any]
    paces: Sequence[str] = PACES[:1]


FABRICS = {
    "crossbar": _Fabric(
        networks.random_network,
        lambda network: map_to_crossbar(network, networks.CORE, mesh=networks.MESH),
        lambda network, seed: networks.random_spikes(network, _SAMPLES, seed),
    ),
    "yoso": _Fabric(
        grid_networks.grid_network,
        lambda network: map_to_grid(network, grid_networks.PE, grid_networks.GRID),
        lambda network, seed: grid_networks.single_spikes(network, _SAMPLES, seed),
        PACES,
    ),
    "hybrid": _Fabric(
        hybrid_networks.direct_network,
        lambda network: map_to_hybrid(network, hybrid_networks.CORES, hybrid_networks.MESH),
        lambda network, seed: hybrid_networks.random_values(network, _SAMPLES, seed),
    ),
}
"""The chips of tests/cosim. A new fabric's belongs here."""


def run(name: str, runs: int, progress: Callable[[], None]) -> CountingEngine:
    """Compare random networks with the golden model, seeds 0 to `runs`, and count.

    Networks that a pace is not for are passed over. Raises VerificationError when one differs.
    """
    fabric = FABRICS[name]
    engine: CountingEngine | None = None
    for seed in range(runs):
        network = fabric.network(seed)
        image = fabric.place(network)
        engine = engine or CountingEngine(image.params)
        stalls = Stalls(0.3 * (seed % 3), 0.3 * (seed // 3 % 3), seed)
        samples, pace = fabric.samples(network, seed), fabric.paces[seed % len(fabric.paces)]
        try:
            result = verify(engine, image, samples, stalls, pace=pace)
        except InputError:
            continue
        finally:
            progress()
        if not result.comparison.passed:
            raise VerificationError(f"{name}, seed {seed}: {result.comparison}")
    assert engine
    return engine
