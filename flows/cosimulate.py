"""Build, run shard by shard, compare, record: the step that `cosim` and `demo` share."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cosim.engines import Stalls
from cosim.evidence import FACTS, Evidence, make_evidence, write_evidence
from cosim.partial import Partial, open_partial, source_sha256
from cosim.shard_runs import Job, compare_shards, find_engine, shard_size
from cosim.shards import Shard, cut
from cosim.summary import Summary, join_summaries
from cosim.tools import tool_versions
from mapper.files import check_directory
from mapper.image import Image

from .diverge import explain_failure
from .output import say, step
from .resolve import Samples
from .shard_bar import shard_workers

__all__ = ["cosimulate", "default_jobs"]


def default_jobs(engine: str | None) -> int:
    """Shards at a time on this machine: Amaranth's simulator is Python, which runs one at a time.

    engine: None for the golden model
    """
    return 1 if engine == "amaranth" else os.cpu_count() or 1


def cosimulate(
    image: Image[Any],
    samples: Samples,
    engine_name: str,
    stalls: Stalls,
    output: Path,
    pace: str = "tick",
    jobs: int | None = None,
    scheduler: str | None = None,
    figures: bool = True,
    by_core: bool = False,
) -> Evidence:
    """Run samples through RTL and golden model; write Evidence to `output`, also of a failure.

    An interrupted run goes on where it was, see `cosim.partial`.
    pace: one of `cosim.host.PACES`. jobs: shards at a time, by default one per processor core;
    scheduler: of Dask workers, which run them instead. figures: also write what a report needs.
    by_core: run each core alone, see `cosim.crossbar.by_core`

    Raises InputError for an unknown engine, EngineError when the hardware hangs.
    """
    check_directory(output, marker=FACTS)
    engine, data = find_engine(engine_name, image, by_core), samples.facts()
    size = shard_size(image, pace, len(samples), by_core)
    if not scheduler:
        with step("building the simulation (cached)"):
            engine.build()
    verilog = engine.verilog_sha256()
    facts = {
        "network": image.network_sha256, "image": image.sha256(), "engine": engine_name,
        "Verilog": verilog, "code": source_sha256(), "tools": tool_versions(),
        "data": asdict(data), "stalls": asdict(stalls), "pace": pace, "shards": size,
        "by core": by_core,
    }  # fmt: skip
    job, workers = Job(image, engine, stalls, pace, by_core), jobs or default_jobs(engine_name)
    with open_partial(output, facts, say) as partial:
        shards = cut(len(samples), size)
        summary = _finish(job, samples, shards, partial, workers, scheduler)
        evidence = make_evidence(
            image, summary, data, samples.labels, engine_name, verilog, stalls, pace, size, by_core
        )

        def diverge(folder: Path) -> None:
            if not evidence.passed:
                with step("finding the first difference"):
                    explain_failure(folder, job, samples, summary.comparison, shards, engine_name)

        write_evidence(output, evidence, image, summary, samples.labels, figures, diverge)
    return evidence


def _finish(
    job: Job, samples: Samples, shards: list[Shard], partial: Partial, workers: int,
    scheduler: str | None,
) -> Summary:  # fmt: skip
    """Run the shards that an earlier, interrupted run did not finish."""
    kept = {shard: arrays for shard in shards if (arrays := partial.load(shard))}
    found = {shard: Summary.load(arrays) for shard, arrays in kept.items()}
    missing = [shard for shard in shards if shard not in found]
    before = sum(shard.count for shard in found)
    if found:
        say(f"going on: {before:,} of {len(samples):,} samples were compared before")
    title = f"{job.image.network_name}: samples through RTL"
    with shard_workers(title, missing, workers, scheduler, before) as (client, progress):
        for shard, summary in compare_shards(client, job, missing, samples.of_shard, progress):
            partial.store(shard, summary.arrays())
            found[shard] = summary
    return join_summaries([found[shard] for shard in shards])
