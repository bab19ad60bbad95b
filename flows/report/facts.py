"""What a page says about a run, as plain words and numbers."""

from dataclasses import dataclass
from typing import Any

from .run import Run

__all__ = ["Accuracy", "Verdict", "accuracies", "accuracy_tile", "dataset", "joined", "number",
           "ops_per_cycle", "percent", "time_tile", "verdict"]  # fmt: skip

_KINDS = ("spikes", "potentials", "outputs", "counters")
"""What a verification compares, in the order in which reports name it."""


@dataclass(frozen=True)
class Verdict:
    """passed; what was compared; why it failed; where the first difference is, name by name."""

    passed: bool
    compared: str
    mismatches: int
    reasons: list[str]
    first: list[tuple[str, str]]


@dataclass(frozen=True)
class Accuracy:
    """One line of the table of accuracies; value in 0..1."""

    stage: str
    meaning: str
    samples: int | None
    value: float


def number(value: float) -> str:
    """With thousands separated, and as many digits as one can use."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.1f}" if abs(value) >= 10 \
        else f"{value:.2g}"  # fmt: skip


def percent(value: float | None, digits: int = 2) -> str:
    """A fraction as percent, "-" for None."""
    return "–" if value is None else f"{value:.{digits}%}"


def joined(parts: list[str]) -> str:
    """ "a, b and c" """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def dataset(run: Run) -> str:
    """The slice, as "mnist:test, samples 0 to 999"."""
    data = run.evidence.data
    if data.count == 1:
        return f"{data.name}:{data.split}, sample {data.first}"
    return f"{data.name}:{data.split}, samples {data.first:,} to {data.first + data.count - 1:,}"


def verdict(run: Run) -> Verdict:
    """Did hardware and golden model agree, and if not, where did they part?"""
    evidence = run.evidence
    counts = [f"{evidence.compared[k]:,} {k}" for k in _KINDS if evidence.compared.get(k)]
    reasons = [
        f"{n:,} of {evidence.compared.get(k, 0):,} {k} differ"
        for k, n in evidence.mismatches.items() if n
    ]  # fmt: skip
    reasons += [f"sticky error: {e}" for e in dict.fromkeys(evidence.errors)]
    missing = [k for k in ("spikes", "potentials", "counters") if not evidence.compared.get(k)]
    if missing:
        reasons.append(f"no {joined(missing)} were compared")
    return Verdict(
        evidence.passed, joined(counts) if counts else "nothing", sum(evidence.mismatches.values()),
        reasons or ["the run recorded no reason"],
        _place(evidence.first_mismatch, evidence.data.first) if evidence.first_mismatch else [],
    )  # fmt: skip


def _place(first: dict[str, Any], offset: int) -> list[tuple[str, str]]:
    """A difference's coordinates, in the order in which one would look for it.

    offset: number of the slice's first sample in the data set.
    """
    names = {
        "sample": "sample", "tick": "tick",
        "core": "core", "name": "counter" if first["what"] == "counters" else "population",
        "neuron": "neuron", "what": "what", "expected": "expected", "actual": "actual",
    }  # fmt: skip
    first = first | {"sample": first["sample"] + offset}
    return [(title, str(first[key])) for key, title in names.items() if key in first]


def accuracies(run: Run) -> list[Accuracy]:
    """From the float network to the hardware, as far as known."""
    evidence, record = run.evidence, run.evidence.record
    found, images = record.get("accuracy", {}), record.get("test_images")
    measured = [
        ("float", "weights not rounded", images, found.get("float")),
        ("fake-quantized", "quantized, in torch", images, found.get("fake_quantized")),
        ("integer", "the exported Network, in numpy", images, found.get("integer")),
        ("golden", "the chip's golden model", evidence.data.count, evidence.golden_accuracy),
        ("RTL", "the hardware, simulated", evidence.data.count, evidence.accuracy),
    ]
    return [Accuracy(s, m, n, float(v)) for s, m, n, v in measured if v is not None]


def accuracy_tile(run: Run) -> tuple[str, str, str]:
    """Of the numbers to see first, the one of the hardware: (value, what it is, remark)."""
    return percent(run.evidence.accuracy), "RTL accuracy", f"{run.evidence.data.count:,} samples"


def time_tile(run: Run) -> tuple[str, str, str]:
    """How long the simulation took."""
    e = run.evidence
    return f"{number(e.seconds)} s", "simulated in", f"golden model {number(e.golden_seconds)} s"


def ops_per_cycle(run: Run) -> str:
    """Synaptic operations per clock cycle; nothing when nobody counted the cycles."""
    e = run.evidence
    ops = e.synaptic_ops_per_sample / e.cycles_per_sample if e.cycles_per_sample else 0.0
    return f"{ops:.1f} per cycle" if ops else ""
