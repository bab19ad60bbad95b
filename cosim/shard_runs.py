"""Runs of many samples, shard by shard, in bounded memory: against the RTL, or golden alone.

What comes back is small (`Summary`, digests), so that the number of samples and the size of the
network do not matter. Results do not depend on how samples are cut; only stalls begin anew with
each shard, with a seed that depends on its first sample.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from distributed import Client

from mapper.crossbar.image import ChipImage
from mapper.errors import InputError
from mapper.image import Image

from .crossbar.alone import alone_params
from .crossbar.by_core import verify_by_core
from .digests import Digests, sample_digests
from .engines import Engine, Stalls, make_engine
from .engines.base import NO_STALLS
from .fabrics import find_fabric
from .shards import Control, Shard, run_shards
from .summary import Summary, summarize
from .verify import verify

__all__ = ["Job", "compare_shards", "find_engine", "golden_shards", "shard_size"]

T = TypeVar("T")
SpikesOf = Callable[[Shard], npt.NDArray[np.generic]]
"""Input spikes (samples, ticks, inputs) of a shard."""
Progress = Callable[[float], None]

_ANSWERS = 1 << 24  # of a shard, at most: 128 MB
_BY_CORE = 4  # times the memory: of a run core by core all packets are compared, too
_SHARDS = 8  # as few when programming takes long
_LEAST, _MOST = 4, 16  # times the samples in whose time the chip is programmed


@dataclass(frozen=True)
class Job:
    """A chip, and how it is run.

    engine: None where only the golden model runs
    by_core: each core alone, see `crossbar.by_core`; the engine is that of a core alone then
    """

    image: Image[Any]
    engine: Engine | None
    stalls: Stalls = NO_STALLS
    pace: str = "tick"
    by_core: bool = False


@dataclass(frozen=True)
class _Payload:
    """Spikes are packed; values, which are the same at every tick, are those of the first."""

    shard: Shard
    shape: tuple[int, ...]
    packed: npt.NDArray[np.uint8]
    values: bool

    @property
    def spikes(self) -> npt.NDArray[np.generic]:
        if self.values:
            return np.broadcast_to(self.packed[:, None], self.shape)
        count = int(np.prod(self.shape))
        return np.unpackbits(self.packed, count=count).reshape(self.shape).astype(bool)


def find_engine(name: str, image: Image[Any], by_core: bool) -> Engine:
    """The engine of this name for a `Job`; InputError for an image without cores of that kind."""
    if not by_core:
        return make_engine(name, image.params)
    return make_engine(name, alone_params(_crossbar(image).params))


def _crossbar(image: Image[Any]) -> ChipImage:
    if not isinstance(image, ChipImage):
        raise InputError(f"fabric {image.fabric} cannot be run core by core, only crossbar can")
    return image


def shard_size(image: Image[Any], pace: str, samples: int, by_core: bool = False) -> int:
    """Samples of a shard, of a run of so many: the same for the same run, whoever runs it.

    Each shard programs the chip. Counted in packets and scanned words, that should take little of
    its time (a sixteenth where there are samples enough), and there should be shards for all
    processor cores.
    """
    session = find_fabric(image, pace).session(image, pace)
    none = np.zeros((0, image.network_ticks, int(np.prod(image.input_shape))), bool)
    answers = session.answers(1) - session.answers(0)
    # The packets of a sample without spikes, and their answers.
    silent = len(session.packets(np.zeros((1, *none.shape[1:]), bool), _carried(image, 1)))
    programming = len(session.packets(none, _carried(image, 0)))
    each = max(1, silent - programming + answers)
    ratio = (programming + session.scanned) / each
    size = min(max(samples / _SHARDS, _LEAST * ratio), _MOST * ratio)
    return max(1, min(round(size), _ANSWERS // (answers * (_BY_CORE if by_core else 1))))


def _carried(image: Image[Any], samples: int) -> dict[str, npt.NDArray[np.bool_]]:
    return {
        p.name: np.zeros((samples, image.network_ticks, len(p.core)), bool)
        for p in image.populations
    }


def _compare_shard(job: Job, payload: _Payload, control: Control) -> Summary:
    assert job.engine is not None
    job.engine.stopped = control.stopped
    stalls = replace(job.stalls, seed=job.stalls.seed + payload.shard.first)
    spikes = payload.spikes
    if job.by_core:
        run = verify_by_core(
            job.engine, _crossbar(job.image), spikes.astype(bool), stalls, control.report
        )
    else:
        run = verify(job.engine, job.image, spikes, stalls, control.report, job.pace)
    return summarize(job.image, run, spikes)


def _golden_shard(job: Job, payload: _Payload, control: Control) -> Digests:
    spikes = payload.spikes
    golden = find_fabric(job.image, job.pace).golden(job.image, spikes, job.pace)
    return sample_digests(golden, spikes)


def compare_shards(
    client: Client, job: Job, shards: Sequence[Shard], spikes: SpikesOf,
    progress: Progress = lambda samples: None,
) -> Iterator[tuple[Shard, Summary]]:  # fmt: skip
    """RTL against golden model, shard by shard as they finish; see `run_shards`."""
    yield from run_shards(client, _compare_shard, job, shards, _payload(spikes), progress)


def golden_shards(
    client: Client, job: Job, shards: Sequence[Shard], spikes: SpikesOf,
    progress: Progress = lambda samples: None,
) -> Iterator[tuple[Shard, Digests]]:  # fmt: skip
    """The golden model's digests, likewise."""
    yield from run_shards(client, _golden_shard, job, shards, _payload(spikes), progress)


def _payload(spikes: SpikesOf) -> Callable[[Shard], _Payload]:
    def make(shard: Shard) -> _Payload:
        found = spikes(shard)
        values = found.dtype != bool
        packed = found[:, 0].astype(np.uint8) if values else np.packbits(found.astype(bool))
        return _Payload(shard, found.shape, packed, values)

    return make
