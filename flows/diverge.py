"""After a run that failed: its first difference, found again and explained."""

from dataclasses import replace
from pathlib import Path

from cosim.crossbar.alone import core_alone
from cosim.divergence.find import find_divergence
from cosim.divergence.observe import GOLDEN
from cosim.divergence.report import write_divergence
from cosim.evidence import DIVERGENCE
from cosim.golden.record import record_chip
from cosim.scoreboard import Comparison
from cosim.shard_runs import Job
from cosim.shards import Shard
from mapper.crossbar.image import ChipImage
from mapper.errors import InputError, VerificationError

from .resolve import Samples

__all__ = ["explain_failure"]


def explain_failure(
    evidence: Path,
    job: Job,
    samples: Samples,
    found: Comparison,
    shards: list[Shard],
    engine: str,
) -> None:
    """Run the first sample that differs again (see `find_divergence`) and write what is found.

    evidence: the folder that gets one more; shards: as they ran; the samples before the one that
    differs are run too when it does not fail alone. Without a sample that differs, an error bit or
    a memory is to blame, and the first sample is run.
    """
    sample = 0 if found.first is None else int(found.first["sample"])
    first = max(shard.first for shard in shards if shard.first <= sample)
    spikes, image = samples.of_shard(Shard(first, sample - first + 1)), job.image
    if job.by_core and found.first is not None:
        assert isinstance(image, ChipImage)
        core = found.first["core"]
        _, records = record_chip(image, spikes)
        image = core_alone(image, core)
        spikes = records[core].events(*image.input_shape)
    folder = evidence / DIVERGENCE
    folder.mkdir()
    stalls = replace(job.stalls, seed=job.stalls.seed + first)
    try:
        result = find_divergence(image, spikes, (GOLDEN, engine), stalls, job.pace)
        write_divergence(folder, result, samples.first + sample)
    except (InputError, VerificationError) as error:  # the Evidence of the failure is worth more
        (folder / "divergence.txt").write_text(f"{error}\n")
