"""Runs samples through RTL and golden model and compares everything."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.image import Image

from .engines import Engine, Stalls
from .engines.base import NO_STALLS
from .fabrics import find_fabric
from .scoreboard import Comparison, compare
from .trace import ChipTrace, join_traces

__all__ = ["Verification", "run_engine", "verify"]


@dataclass
class Verification:
    """Both traces of a run, their comparison, the seconds that RTL and golden model took, the
    pace at which the host went.
    """

    golden: ChipTrace
    rtl: ChipTrace
    comparison: Comparison
    rtl_seconds: float
    golden_seconds: float
    pace: str = "tick"


def run_engine(
    engine: Engine,
    image: Image,
    spikes: npt.NDArray[np.bool_],
    stalls: Stalls = NO_STALLS,
    jobs: int = 1,
    progress: Callable[[float], None] = lambda samples: None,
    carried: dict[str, npt.NDArray[np.bool_]] | None = None,
    pace: str = "tick",
) -> ChipTrace:
    """Program the chip and run `spikes` (samples, network ticks, inputs) on it.

    carried: the golden model's outputs, for an image of several passes (see `Session`)
    jobs: simulations at a time, each with a part of the samples; results do not depend on it
    (stall patterns do). progress: called with the number of samples done.
    pace: one of `cosim.host.PACES`

    Raises EngineError when the hardware hangs, HostError for answers that make no sense.
    """
    if not len(spikes):
        raise InputError("no samples to run")
    engine.build()
    session = find_fabric(image, pace).session(image, pace)
    shards = [s for s in np.array_split(np.arange(len(spikes)), min(jobs, len(spikes))) if len(s)]
    done = [0.0] * len(shards)

    def run(index: int) -> ChipTrace:
        shard = shards[index]
        carry = {name: fired[shard] for name, fired in (carried or {}).items()}
        expected = session.answers(len(shard))

        def report(answers: int) -> None:
            done[index] = len(shard) * answers / expected
            progress(sum(done))

        answers = engine.exchange(
            session.packets(spikes[shard], carry),
            expected,
            Stalls(stalls.source, stalls.sink, stalls.seed + index),
            report,
        )
        done[index] = len(shard)
        progress(sum(done))
        return session.decode(answers, len(shard))

    with ThreadPoolExecutor(len(shards)) as pool:
        try:
            return join_traces(list(pool.map(run, range(len(shards)))))
        except BaseException:  # Ctrl-C too: the other shards must not run on
            engine.stopped.set()
            raise


def verify(
    engine: Engine,
    image: Image,
    spikes: npt.NDArray[np.bool_],
    stalls: Stalls = NO_STALLS,
    jobs: int = 1,
    progress: Callable[[float], None] = lambda samples: None,
    pace: str = "tick",
) -> Verification:
    """RTL against golden model on the same samples; see `run_engine`."""
    fabric = find_fabric(image, pace)
    start = time.perf_counter()
    golden = fabric.golden(image, spikes, pace)
    middle = time.perf_counter()
    rtl = run_engine(engine, image, spikes, stalls, jobs, progress, golden.outputs, pace)
    end = time.perf_counter()
    errors = [*fabric.raised(rtl), *fabric.raised(golden), *rtl.corrupt]
    comparison = compare(image, golden, rtl, errors)
    return Verification(golden, rtl, comparison, end - middle, middle - start, pace)
