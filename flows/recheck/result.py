"""What a check of Evidence found."""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Recheck"]

_NAMED = 5  # samples that a message names


@dataclass
class Recheck:
    """What was checked, and how.

    engine:      what ran the samples; "golden" for the golden model alone
    same:        things that are as recorded
    notes:       things that are not, on which results should not depend
    differences: what is not as recorded, in words
    first, samples: which samples ran again, numbered as in the data set
    wrong:       those of them that did not do what is recorded
    compared:    values of the RTL that were compared with the golden model's, by kind
    """

    evidence: str
    engine: str
    first: int = 0
    samples: int = 0
    same: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Everything that was checked is as recorded, and samples were."""
        return not self.differences and self.samples > 0

    def must_equal(self, name: str, recorded: Any, found: Any) -> bool:
        """A thing on which results depend."""
        if recorded == found:
            self.same.append(name)
        else:
            self.differences.append(_changed(name, recorded, found))
        return recorded == found

    def may_change(self, name: str, recorded: Any, found: Any) -> None:
        """A thing on which results should not depend: the digests tell."""
        if recorded == found:
            self.same.append(name)
        else:
            self.notes.append(_changed(name, recorded, found))

    def name_samples(self, wrong: list[int]) -> None:
        """Samples that did something else than what is recorded."""
        self.wrong = wrong
        if wrong:
            which = ", ".join(str(sample) for sample in wrong[:_NAMED])
            more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
            what = "samples" if len(wrong) > 1 else "sample"
            self.differences.append(f"{what} {which}{more}: not what is recorded")
        else:
            self.same.append("digests of these samples")


def _changed(name: str, recorded: Any, found: Any) -> str:
    return f"{name}: recorded {_short(recorded)}, now {_short(found)}"


def _short(value: Any) -> str:
    """A value in a message; the beginning of a hash."""
    text = str(value)
    return f"{text[:12]}..." if len(text) == 64 else text
