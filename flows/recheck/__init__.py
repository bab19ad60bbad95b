"""Evidence checked again: are its things still the same, and do they still do what it says?"""

from pathlib import Path

import numpy as np

from cosim.evidence import read_digests_of, read_evidence
from mapper.errors import InputError

from ..zoo import evidence_names, evidence_path, zoo_names
from .again import golden_again, rtl_again
from .result import Recheck
from .selection import Selection
from .things import Sources, check_things, recorded_network

__all__ = ["Recheck", "Selection", "Sources", "find_evidence", "recheck", "recorded_network"]


def find_evidence(name: str) -> Path:
    """An Evidence folder, or that of a zoo entry, which ships; InputError when it ships none."""
    if name in evidence_names():
        return evidence_path(name)
    if name in zoo_names():
        raise InputError(f"zoo entry {name} ships no Evidence: name a folder")
    return Path(name)


def recheck(
    folder: Path,
    selection: Selection,
    sources: Sources,
    engine: str | None = None,
    golden: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
) -> Recheck:
    """Check the Evidence in `folder` on the selected samples.

    engine: by default the recorded one; golden: only the golden model runs. jobs, scheduler: see
    `flows.cosimulate`

    When a thing has changed on which results depend, nothing runs. Raises InputError for what is
    missing or damaged, and for samples that the record does not hold.
    """
    evidence = read_evidence(folder)
    shard, digests = selection.shard(evidence.data), read_digests_of(folder, evidence)
    engine = engine or evidence.engine
    found = Recheck(str(folder), "golden" if golden else engine)
    things = check_things(folder, evidence, digests, sources, found)
    if things is None:
        return found
    if golden:
        done = golden_again(things, evidence, shard, jobs, scheduler)
    else:
        done = rtl_again(things, evidence, shard, engine, jobs, scheduler, found)
    found.first, found.samples = evidence.data.first + shard.first, shard.count
    wrong = np.flatnonzero((done != digests[shard.samples]).any(axis=1))
    found.name_samples([found.first + int(i) for i in wrong])
    return found
