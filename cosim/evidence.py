"""Evidence: what a verification run compared, with which exact things, so that it can be redone.

Schema version 1: one folder with `evidence.json` (this record) and `figures.npz` (what a report
draws). A run that compared nothing has failed.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mapper.errors import InputError
from mapper.files import atomic_directory, read_json, write_json
from mapper.image import Image

from .tools import tool_versions
from .trace import ChipTrace, decide, sample_digests
from .verify import Verification

__all__ = ["DataSlice", "Evidence", "make_evidence", "read_evidence", "write_evidence"]

SCHEMA_VERSION = 1
_FACTS, _FIGURES = "evidence.json", "figures.npz"
_RASTER_SAMPLE = 0


@dataclass(frozen=True)
class DataSlice:
    """Samples first..first+count-1 of a data set's split; `sha256` of their input spikes."""

    name: str
    split: str
    first: int
    count: int
    sha256: str


@dataclass
class Evidence:
    """The record. Accuracies are fractions of the slice; None when there were no labels.

    compared, mismatches: per kind, see `scoreboard.Comparison`
    digests: per sample, of the *hardware's* spikes and potentials (`trace.sample_digests`)
    pace: one of `host.PACES`
    """

    network_name: str
    network_sha256: str
    image_sha256: str
    verilog_sha256: str | None
    engine: str
    tools: dict[str, str]
    data: DataSlice
    stalls: dict[str, float]
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
    digests: list[str] = field(default_factory=list)
    pace: str = "tick"
    schema: int = SCHEMA_VERSION

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


def _accuracy(image: Image, trace: ChipTrace, labels: np.ndarray | None) -> float | None:
    return None if labels is None else float((decide(image, trace) == labels).mean())


def make_evidence(
    image: Image,
    run: Verification,
    data: DataSlice,
    labels: np.ndarray | None,
    engine: str,
    verilog_sha256: str | None,
    stalls: dict[str, float],
) -> Evidence:
    """The record of a run. labels: (samples,) or None."""
    rtl, n = run.rtl, run.rtl.samples
    return Evidence(
        network_name=image.network_name,
        network_sha256=image.network_sha256,
        image_sha256=image.sha256(),
        verilog_sha256=verilog_sha256,
        engine=engine,
        tools=tool_versions(),
        data=data,
        stalls=stalls,
        passed=run.comparison.passed,
        compared=run.comparison.compared,
        mismatches=run.comparison.mismatches,
        first_mismatch=run.comparison.first,
        errors=run.comparison.errors,
        accuracy=_accuracy(image, rtl, labels),
        golden_accuracy=_accuracy(image, run.golden, labels),
        cycles_per_sample=float(rtl.cycles.sum() / n),
        synaptic_ops_per_sample=float(rtl.measured["synaptic_ops"].sum() / n),
        events_per_sample=float(rtl.measured["events"].sum() / n),
        spikes_per_sample=float(rtl.measured["spikes"].sum() / n),
        seconds=run.rtl_seconds,
        golden_seconds=run.golden_seconds,
        chip=image.summary(),
        record=image.record,
        digests=sample_digests(rtl),
        pace=run.pace,
    )


def _figures(image: Image, run: Verification, labels: np.ndarray | None,
             spikes: np.ndarray) -> dict[str, np.ndarray]:  # fmt: skip
    """Arrays for pictures: occupancy per core, one sample's spikes, all samples' spike counts,
    labels and classes.
    """
    s = _RASTER_SAMPLE
    arrays = {
        "input": spikes[s],
        "counts/input": _counts(spikes),
        "classes": decide(image, run.rtl),
        "cycles": run.rtl.cycles,
        **image.occupancy(),
    }
    if labels is not None:
        arrays["labels"] = labels
    for name, fired in run.rtl.spikes.items():
        arrays[f"spikes/{name}"] = fired[s]
        arrays[f"potentials/{name}"] = run.rtl.potentials[name][s]
        arrays[f"counts/{name}"] = _counts(fired)
    return arrays


def _counts(spikes: np.ndarray) -> np.ndarray:
    """Spikes of a population per sample and tick, from (samples, ticks, n)."""
    return np.count_nonzero(spikes, axis=2).astype(np.int32)


def write_evidence(
    path: str | Path,
    evidence: Evidence,
    image: Image,
    run: Verification,
    labels: np.ndarray | None,
    spikes: np.ndarray,
) -> None:
    """Write the folder `path`, atomically."""
    with atomic_directory(path) as folder:
        write_json(folder / _FACTS, asdict(evidence))
        np.savez_compressed(folder / _FIGURES, allow_pickle=False,
                            **_figures(image, run, labels, spikes))  # fmt: skip


def read_evidence(path: str | Path) -> tuple[Evidence, dict[str, np.ndarray]]:
    """Read a folder written by `write_evidence`: the record and the figures' arrays.

    Raises InputError for missing, damaged or foreign files.
    """
    path = Path(path)
    facts = read_json(path / _FACTS, "Evidence")
    if facts.get("schema") != SCHEMA_VERSION:
        raise InputError(f"{path}: Evidence schema {facts.get('schema')!r}, expected "
                         f"{SCHEMA_VERSION}")  # fmt: skip
    try:
        evidence = Evidence(**(facts | {"data": DataSlice(**facts["data"])}))
        with np.load(path / _FIGURES, allow_pickle=False) as stored:
            return evidence, {name: stored[name] for name in stored.files}
    except Exception as error:  # numpy and zipfile raise whatever damaged bytes lead them to
        raise InputError(f"{path}: damaged Evidence: {error}") from error
