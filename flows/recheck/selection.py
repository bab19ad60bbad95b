"""Which samples of a record are checked again."""

import re
from dataclasses import dataclass

from cosim.evidence import DataSlice
from cosim.shards import Shard
from mapper.errors import InputError

__all__ = ["Selection"]


@dataclass(frozen=True)
class Selection:
    """At most one of: a sample; samples "100-120", both included, numbered as in the data set; or
    a shard "3/100", the third of 100 parts of the record, alike up to one sample. None: all.

    Raises InputError for several of them.
    """

    sample: int | None = None
    samples: str | None = None
    part: str | None = None

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.sample, self.samples, self.part)) > 1:
            raise InputError("--sample, --samples and --shard exclude each other")

    def shard(self, data: DataSlice) -> Shard:
        """The samples, counted from the first one of the record.

        Raises InputError for samples that the record does not hold.
        """
        if self.part is not None:
            return _part(self.part, data.count)
        if self.sample is None and self.samples is None:
            return Shard(0, data.count)
        first, last = (self.sample, self.sample) if self.samples is None else _range(self.samples)
        assert first is not None and last is not None
        end = data.first + data.count - 1
        if not data.first <= first <= last <= end:
            wanted = f"sample {first}" if first == last else f"samples {first} to {last}"
            raise InputError(f"{wanted}: the record holds samples {data.first} to {end}")
        return Shard(first - data.first, last - first + 1)


def _range(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,12})-([0-9]{1,12})", text)
    if not match or int(match[1]) > int(match[2]):
        raise InputError(f"samples {text!r}: expected FIRST-LAST, such as 100-120")
    return int(match[1]), int(match[2])


def _part(text: str, count: int) -> Shard:
    match = re.fullmatch(r"([0-9]{1,12})/([0-9]{1,12})", text)
    index, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= index <= parts <= count:
        raise InputError(f"shard {text!r}: expected K/N with 1 <= K <= N <= {count}, the number of "
                         "samples of the record; such as 3/100")  # fmt: skip
    start, stop = (count * k // parts for k in (index - 1, index))
    return Shard(start, stop - start)
