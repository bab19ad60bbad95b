"""Reads an Evidence folder and checks all that a report relies on."""

from pathlib import Path

import numpy as np

from cosim.evidence import Evidence, read_evidence, read_figures
from mapper.errors import InputError

from .checks import require, require_numbers
from .fabrics import FABRICS
from .run import Run

__all__ = ["load_run"]

_NUMBERS = ("cycles_per_sample", "synaptic_ops_per_sample", "events_per_sample",
            "spikes_per_sample", "seconds", "golden_seconds")  # fmt: skip


def load_run(folder: Path) -> Run:
    """Read `folder`; InputError when it is missing, damaged or contradicts itself."""
    evidence = read_evidence(folder)
    run = Run(Path(folder).resolve().name, evidence, read_figures(folder))
    try:
        _check_facts(evidence)
        _check_chip(run)
        _check_figures(run)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        problem = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{folder}: damaged Evidence: {problem}") from error
    return run


def _check_facts(evidence: Evidence) -> None:
    count = evidence.data.count
    require(isinstance(count, int) and count > 0, f"{count!r} samples")
    for name in ("compared", "mismatches"):
        values = getattr(evidence, name).values()
        require(all(type(v) is int and v >= 0 for v in values), f"{name} holds no counts")
    require(type(evidence.passed) is bool, f"passed is {evidence.passed!r}")
    compared = all(evidence.compared.get(k, 0) for k in ("spikes", "potentials", "counters"))
    clean = not any(evidence.mismatches.values()) and not evidence.errors
    require(compared and clean or not evidence.passed,
            "it says that the run passed, its counts say that it did not")  # fmt: skip
    require_numbers(getattr(evidence, name) for name in _NUMBERS)
    require_numbers(a for a in (evidence.accuracy, evidence.golden_accuracy) if a is not None)


def _check_chip(run: Run) -> None:
    chip = run.evidence.chip
    known = ", ".join(FABRICS)
    require(run.fabric in FABRICS, f"fabric {run.fabric!r}; known: {known}")
    fabric = FABRICS[run.fabric]
    paces = ", ".join(fabric.paces)
    require(run.evidence.pace in fabric.paces, f"pace {run.evidence.pace!r}; known: {paces}")
    fabric.check(chip)
    (places,) = fabric.shapes(chip)["columns"]
    require(0 < chip["cores"] <= places, "more cores than places on the mesh")


def _check_figures(run: Run) -> None:
    """Every array that gets drawn has the shape that the facts demand."""
    arrays, count = run.figures, run.evidence.data.count
    ticks, inputs = arrays["input"].shape
    require(ticks > 0 and inputs > 0, "no input spikes")
    shapes = {"classes": (count,)} | FABRICS[run.fabric].shapes(run.evidence.chip)
    if "labels" in arrays:
        shapes["labels"] = (count,)
    require(len(run.populations) > 0, "no populations")
    for name in run.populations:
        size = arrays[f"spikes/{name}"].shape[-1]
        require(size > 0, f"{name} has no neurons")
        kept = ticks if run.evidence.pace == "tick" else 1
        shapes |= {f"spikes/{name}": (ticks, size), f"potentials/{name}": (kept, size)}
    shapes |= {f"counts/{name}": (count, ticks) for name in ("input", *run.populations)}
    for name, shape in shapes.items():
        found = arrays[name].shape
        require(found == shape, f"{name} has shape {found}, expected {shape}")
    cycles = arrays["cycles"]
    require(cycles.ndim == 2 and len(cycles) in (0, count), "cycles do not match the samples")
    for name, array in arrays.items():
        require(array.dtype.kind in "biuf" and bool(np.isfinite(array).all()),
                f"{name} holds values that are no numbers")  # fmt: skip
