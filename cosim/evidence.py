"""Evidence: what a verification run compared, with which exact things, so that it can be redone.

Schema version 2: one folder with `evidence.json` (this record), `digests.bin` (what the hardware
did, a digest per sample) and `figures.npz` (what a report draws; it may be missing). A run that
compared nothing has failed.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from mapper.errors import InputError
from mapper.files import atomic_directory, read_json, write_json
from mapper.image import Image
from mapper.npz import Arrays, read_arrays

from .digests import Digests, overall_digest, read_digests, write_digests
from .engines import Stalls
from .summary import Summary
from .tools import tool_versions

__all__ = ["DIVERGENCE", "FACTS", "DataSlice", "Evidence", "make_evidence", "read_digests_of",
           "read_evidence", "read_figures", "write_evidence"]  # fmt: skip

SCHEMA_VERSION = 2
_MAX_BYTES = 1 << 28  # 10,000 samples of 16 ticks take 10 MB
FACTS, _DIGESTS, _FIGURES = "evidence.json", "digests.bin", "figures.npz"
DIVERGENCE = "divergence"
"""Folder in that of a run that failed: what `spikeloom diff` writes of its first difference."""
_CONFIG = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class DataSlice:
    """Samples first..first+count-1 of a data set's split; `sha256` of their images and labels."""

    name: str
    split: str
    first: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=1)]
    sha256: str

    __pydantic_config__ = _CONFIG


@dataclass
class Evidence:
    """The record. Accuracies are fractions of the slice; None when there were no labels.

    mapping: arguments of `spikeloom map` that make the image again; {} when they are not known
    compared, mismatches: per kind, see `scoreboard.Comparison`
    digests_sha256: of `digests.bin`, per sample what the *hardware* did (`cosim.digests`)
    pace: one of `host.PACES`; shard: samples at most that the chip was programmed for at a time
    by_core: each core ran alone (`crossbar.by_core`); the Verilog is that of a core alone then
    """

    network_name: str
    network_sha256: str
    image_sha256: str
    mapping: dict[str, Any]
    verilog_sha256: str | None
    engine: str
    tools: dict[str, str]
    data: DataSlice
    output: str
    decision: str
    pace: str
    stalls: Stalls
    shard: Annotated[int, Field(ge=1)]
    passed: bool
    compared: dict[str, int]
    mismatches: dict[str, int]
    first_mismatch: dict[str, Any] | None
    errors: list[str]
    accuracy: float | None
    golden_accuracy: float | None
    cycles_per_sample: float
    synaptic_ops_per_sample: float
    events_per_sample: float
    spikes_per_sample: float
    seconds: float
    golden_seconds: float
    chip: dict[str, Any]
    record: dict[str, Any]
    digests_sha256: str
    by_core: bool = False
    schema: int = SCHEMA_VERSION

    __pydantic_config__ = _CONFIG

    def summary(self) -> dict[str, Any]:
        """What `spikeloom cosim --json` prints; the names are part of the interface."""
        return {
            "samples": self.data.count,
            "accuracy": self.accuracy,
            "golden_accuracy": self.golden_accuracy,
            "cycles_per_sample": self.cycles_per_sample,
            "synaptic_ops_per_sample": self.synaptic_ops_per_sample,
            "spikes_compared": self.compared.get("spikes", 0),
            "potentials_compared": self.compared.get("potentials", 0),
            "outputs_compared": self.compared.get("outputs", 0),
            "counters_compared": self.compared.get("counters", 0),
            "mismatches": sum(self.mismatches.values()),
            "first_mismatch": self.first_mismatch,
            "errors": self.errors,
            "passed": self.passed,
            "seconds": self.seconds,
            "engine": self.engine,
            "network_sha256": self.network_sha256,
            "image_sha256": self.image_sha256,
            "verilog_sha256": self.verilog_sha256,
        }


def make_evidence(
    image: Image[Any],
    summary: Summary,
    data: DataSlice,
    labels: npt.NDArray[np.int64] | None,
    engine: str,
    verilog_sha256: str | None,
    stalls: Stalls,
    pace: str,
    shard: int,
    by_core: bool = False,
) -> Evidence:
    """The record of a run. labels: (samples,) or None; shard: see `Evidence`."""

    def accuracy(classes: npt.NDArray[np.int64]) -> float | None:
        return None if labels is None else float((classes == labels).mean())

    found, n = summary.comparison, summary.samples
    return Evidence(
        network_name=image.network_name,
        network_sha256=image.network_sha256,
        image_sha256=image.sha256(),
        mapping=image.mapping,
        verilog_sha256=verilog_sha256,
        engine=engine,
        tools=tool_versions(),
        data=data,
        output=image.output,
        decision=image.decision,
        pace=pace,
        stalls=stalls,
        shard=shard,
        passed=found.passed,
        compared=found.compared,
        mismatches=found.mismatches,
        first_mismatch=found.first,
        errors=found.errors,
        accuracy=accuracy(summary.classes),
        golden_accuracy=accuracy(summary.golden_classes),
        cycles_per_sample=float(summary.cycles.sum() / n),
        synaptic_ops_per_sample=float(summary.measured["synaptic_ops"].sum() / n),
        events_per_sample=float(summary.measured["events"].sum() / n),
        spikes_per_sample=float(summary.measured["spikes"].sum() / n),
        seconds=summary.seconds,
        golden_seconds=summary.golden_seconds,
        chip=image.summary(),
        record=image.record,
        digests_sha256=overall_digest(summary.digests),
        by_core=by_core,
    )


def _figures(image: Image[Any], summary: Summary, labels: npt.NDArray[np.int64] | None) -> Arrays:
    """Arrays for pictures: occupancy per core, one sample's spikes, all samples' spike counts,
    labels and classes.
    """
    arrays = {"classes": summary.classes, "cycles": summary.cycles, **image.occupancy(),
              **summary.first_sample}  # fmt: skip
    arrays |= {f"counts/{name}": counts for name, counts in summary.counts.items()}
    if labels is not None:
        arrays["labels"] = labels
    # numpy writes an array as it lies in memory, which depends on how shards were joined.
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def write_evidence(
    path: str | Path,
    evidence: Evidence,
    image: Image[Any],
    summary: Summary,
    labels: npt.NDArray[np.int64] | None,
    figures: bool = True,
    more: Callable[[Path], None] = lambda folder: None,
) -> None:
    """Write the folder `path`, atomically. Without figures there can be no report.

    more: writes what else belongs into the folder
    """
    with atomic_directory(path, (_FIGURES, DIVERGENCE)) as folder:
        write_json(folder / FACTS, asdict(evidence))
        write_digests(folder / _DIGESTS, summary.digests)
        if figures:
            np.savez_compressed(folder / _FIGURES, allow_pickle=False,
                                **_figures(image, summary, labels))  # fmt: skip
        more(folder)


def read_evidence(path: str | Path) -> Evidence:
    """The record in a folder written by `write_evidence`.

    Raises InputError for missing, damaged or foreign files.
    """
    path = Path(path)
    facts = read_json(path / FACTS, "Evidence")
    if facts.get("schema") != SCHEMA_VERSION:
        raise InputError(f"{path}: Evidence schema {facts.get('schema')!r}, expected "
                         f"{SCHEMA_VERSION}: run `spikeloom cosim` again")  # fmt: skip
    try:
        return TypeAdapter(Evidence).validate_json(json.dumps(facts))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: damaged Evidence: {where}: {first['msg']}") from error


def read_digests_of(path: str | Path, evidence: Evidence) -> Digests:
    """The digests (samples, 16) beside the record; InputError when they are not as many."""
    return read_digests(Path(path) / _DIGESTS, evidence.data.count)


def read_figures(path: str | Path) -> Arrays:
    """The arrays for pictures; InputError when they are missing or damaged."""
    file = Path(path) / _FIGURES
    if not file.is_file():
        raise InputError(f"{path}: this Evidence has no {_FIGURES}, which a report needs: run "
                         "`spikeloom cosim` again")  # fmt: skip
    try:
        return read_arrays(file, _MAX_BYTES)
    except Exception as error:  # numpy and zipfile raise whatever damaged bytes lead them to
        raise InputError(f"{path}: damaged Evidence: {error}") from error
