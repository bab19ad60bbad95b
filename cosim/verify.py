"""Runs samples through RTL and golden model and compares everything."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.image import Image

from .engines import Engine, Stalls
from .engines.base import NO_STALLS
from .fabrics import find_fabric
from .observers import OBSERVERS, Run
from .scoreboard import Comparison, compare
from .trace import ChipTrace

__all__ = ["Verification", "judge", "run_engine", "verify"]


@dataclass
class Verification:
    """Both traces of a run, their comparison, the seconds that RTL and golden model took."""

    golden: ChipTrace
    rtl: ChipTrace
    comparison: Comparison
    rtl_seconds: float
    golden_seconds: float


def run_engine(
    engine: Engine,
    image: Image,
    spikes: npt.NDArray[np.generic],
    stalls: Stalls = NO_STALLS,
    progress: Callable[[float], None] = lambda samples: None,
    carried: dict[str, npt.NDArray[np.bool_]] | None = None,
    pace: str = "tick",
) -> ChipTrace:
    """Program the chip and run `spikes` (samples, network ticks, inputs) on it.

    carried: the golden model's outputs, for an image of several passes (see `Session`)
    progress: called with the number of samples done. pace: one of `cosim.host.PACES`

    Raises EngineError when the hardware hangs, HostError for answers that make no sense.
    """
    samples = len(spikes)
    if not samples:
        raise InputError("no samples to run")
    session = find_fabric(image, pace).session(image, pace)
    expected = session.answers(samples)
    packets = session.packets(spikes, carried)
    answers = engine.exchange(
        packets, expected, stalls, lambda done: progress(samples * done / expected)
    )
    trace = session.decode(answers, samples)
    for observe in OBSERVERS:
        observe(Run(engine.name, image, stalls, pace, packets, answers, trace))
    return trace


def verify(
    engine: Engine,
    image: Image,
    spikes: npt.NDArray[np.generic],
    stalls: Stalls = NO_STALLS,
    progress: Callable[[float], None] = lambda samples: None,
    pace: str = "tick",
) -> Verification:
    """RTL against golden model on the same samples; see `run_engine`. Many: `cosim.shard_runs`."""
    fabric = find_fabric(image, pace)
    start = time.perf_counter()
    golden = fabric.golden(image, spikes, pace)
    middle = time.perf_counter()
    rtl = run_engine(engine, image, spikes, stalls, progress, golden.outputs, pace)
    end = time.perf_counter()
    return judge(image, golden, rtl, end - middle, middle - start)


def judge(
    image: Image, golden: ChipTrace, rtl: ChipTrace, rtl_seconds: float, golden_seconds: float
) -> Verification:
    """Compare both traces of a run, and see whether either side raised an error."""
    fabric = find_fabric(image)
    errors = [*fabric.raised(rtl), *fabric.raised(golden), *rtl.corrupt]
    comparison = compare(image, golden, rtl, errors)
    return Verification(golden, rtl, comparison, rtl_seconds, golden_seconds)
