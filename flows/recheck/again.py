"""The samples of a record run again."""

import numpy as np

from cosim.digests import Digests
from cosim.evidence import Evidence, make_evidence
from cosim.shard_runs import Job, compare_shards, find_engine, golden_shards
from cosim.shards import Shard, cut
from cosim.summary import Summary, join_summaries
from cosim.tools import tool_versions

from ..cosimulate import default_jobs
from ..output import step
from ..shard_bar import shard_workers
from .result import Recheck
from .things import Things

__all__ = ["golden_again", "rtl_again"]

_RESULTS = ("compared", "mismatches", "first_mismatch", "errors", "accuracy", "golden_accuracy",
            "synaptic_ops_per_sample", "events_per_sample", "spikes_per_sample")  # fmt: skip
"""What a run of all samples gives again, beside the digests."""


def _pieces(evidence: Evidence, chosen: Shard) -> list[Shard]:
    """The chosen samples cut as in the recorded run, where they are all samples."""
    pieces = cut(chosen.count, evidence.shard)
    return [Shard(chosen.first + piece.first, piece.count) for piece in pieces]


def golden_again(
    things: Things, evidence: Evidence, chosen: Shard, jobs: int | None, scheduler: str | None
) -> Digests:
    """Digests (chosen samples, 16) of the golden model."""
    job = Job(things.image, None, pace=evidence.pace)
    pieces = _pieces(evidence, chosen)
    workers = jobs or default_jobs(None)
    with shard_workers("samples through the golden model", pieces, workers, scheduler) as (
        client, progress,
    ):  # fmt: skip
        found = dict(golden_shards(client, job, pieces, things.samples.of_shard, progress))
    return np.concatenate([found[piece] for piece in pieces])


def rtl_again(
    things: Things, evidence: Evidence, chosen: Shard, engine_name: str, jobs: int | None,
    scheduler: str | None, found: Recheck,
) -> Digests:  # fmt: skip
    """Digests (chosen samples, 16) of the hardware, compared with the golden model.

    Compares Verilog and tools with the recorded ones, and where all samples are chosen also the
    recorded results.
    """
    engine = find_engine(engine_name, things.image, evidence.by_core)
    verilog = engine.verilog_sha256()
    if verilog and evidence.verilog_sha256:
        found.may_change("Verilog", evidence.verilog_sha256, verilog)
    for tool, version in tool_versions().items():
        found.may_change(tool, evidence.tools.get(tool), version)
    if not scheduler:
        with step("building the simulation (cached)"):
            engine.build()
    job = Job(things.image, engine, evidence.stalls, evidence.pace, evidence.by_core)
    pieces = _pieces(evidence, chosen)
    workers = jobs or default_jobs(engine_name)
    with shard_workers("samples through RTL", pieces, workers, scheduler) as (client, progress):
        done = dict(compare_shards(client, job, pieces, things.samples.of_shard, progress))
    summary = join_summaries([done[piece] for piece in pieces])
    _compare(things, evidence, chosen, summary, verilog, engine_name, found)
    return summary.digests


def _compare(
    things: Things, evidence: Evidence, chosen: Shard, summary: Summary, verilog: str | None,
    engine: str, found: Recheck,
) -> None:  # fmt: skip
    """Golden model against RTL; and the results, where all samples ran."""
    found.compared = summary.comparison.compared
    if not summary.comparison.passed:
        why = summary.comparison.first or summary.comparison.errors
        found.differences.append(f"RTL and golden model differ: {why}")
    if chosen.count != evidence.data.count:
        return
    now = make_evidence(
        things.image, summary, evidence.data, things.samples.labels, engine, verilog,
        evidence.stalls, evidence.pace, evidence.shard, evidence.by_core,
    )  # fmt: skip
    for name in _RESULTS:
        found.must_equal(name, getattr(evidence, name), getattr(now, name))
    if engine == evidence.engine and verilog == evidence.verilog_sha256:
        found.must_equal("cycles_per_sample", evidence.cycles_per_sample, now.cycles_per_sample)
