"""Build, run, compare, record: the step that `cosim` and `demo` share."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from cosim.engines import Stalls, make_engine
from cosim.evidence import DataSlice, Evidence, make_evidence, write_evidence
from cosim.verify import verify
from mapper.files import check_directory
from mapper.image import Image

from .output import progress_bar, step
from .resolve import Samples

__all__ = ["cosimulate"]


def cosimulate(
    image: Image[Any],
    samples: Samples,
    engine_name: str,
    stalls: Stalls,
    jobs: int | None,
    output: Path,
    pace: str = "tick",
) -> Evidence:
    """Run samples through RTL and golden model; write Evidence to `output`, also of a failure.

    jobs: simulations at a time, by default one per processor core
    pace: one of `cosim.host.PACES`

    Raises InputError for an
    unknown engine, EngineError when the hardware hangs.
    """
    check_directory(output, marker="evidence.json")
    engine = make_engine(engine_name, image.params)
    with step("building the simulation (cached)"):
        engine.build()
    count = len(samples.labels)
    workers = jobs or (1 if engine_name == "amaranth" else os.cpu_count() or 1)
    with progress_bar(f"{image.network_name}: samples through RTL", count) as bar:
        run = verify(
            engine, image, samples.spikes, stalls, workers,
            lambda done: bar.update(bar.task_ids[0], completed=done), pace,
        )  # fmt: skip
    data = DataSlice(samples.name, samples.split, samples.first, count,
                     hashlib.sha256(np.packbits(samples.spikes).tobytes()).hexdigest())  # fmt: skip
    evidence = make_evidence(
        image, run, data, samples.labels, engine_name, engine.verilog_sha256(),
        {"source": stalls.source, "sink": stalls.sink, "seed": stalls.seed, "jobs": workers},
    )  # fmt: skip
    write_evidence(output, evidence, image, run, samples.labels, samples.spikes)
    return evidence
