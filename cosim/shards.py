"""Work on shards of samples, spread over the workers of a Dask client.

The same path serves threads of this process and workers of a cluster. A caller cuts its samples
with `cut`, gives a function from one shard to a small result, and takes the results as they come:

    def work(job, payload, control):   # on a worker; all of it can be pickled
        control.report(samples_done)   # now and then
        return small_result            # what stays in memory

    with local_or_given_client as client:
        for shard, result in run_shards(client, work, job, shards, payload_of, progress): ...

`job` is sent once to each worker, `payload_of(shard)` is called just before a shard is sent, so
few payloads are in memory at a time. A failure in a shard is raised here and stops the others,
as Ctrl-C does; `control.stopped` tells the work.
"""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from distributed import Client, Future, as_completed, get_worker
from distributed.scheduler import KilledWorker

from .engines.base import EngineError

__all__ = ["Control", "Shard", "cut", "run_shards"]

T = TypeVar("T")
Work = Callable[[Any, Any, "Control"], T]

_AHEAD = 2  # shards per thread that are sent before they can run
_STOPPED: dict[str, threading.Event] = {}
"""On a worker, by run."""


@dataclass(frozen=True, order=True)
class Shard:
    """Samples first..first+count-1, counted from the first one of the run."""

    first: int
    count: int

    @property
    def samples(self) -> slice:
        """Its samples among those of the run."""
        return slice(self.first, self.first + self.count)


def cut(samples: int, size: int) -> list[Shard]:
    """As few shards as possible of at most `size` samples, alike up to one sample, in order."""
    pieces = -(-samples // size)
    edges = [samples * i // pieces for i in range(pieces + 1)]
    return [Shard(a, b - a) for a, b in zip(edges, edges[1:], strict=False)]


@dataclass
class Control:
    """What work can say and hear: `report(samples done)`, and whether it should stop."""

    report: Callable[[float], None]
    stopped: threading.Event


@dataclass
class _Progress:
    """Samples done, over all shards."""

    tell: Callable[[float], None]
    done: dict[int, float] = field(default_factory=dict)

    def heard(self, event: tuple[float, Any]) -> None:
        """A worker's report; late ones of finished shards change nothing."""
        _, (first, samples) = event
        self.set(first, max(samples, self.done.get(first, 0.0)))

    def set(self, first: int, samples: float) -> None:
        self.done[first] = samples
        self.tell(sum(self.done.copy().values()))


def run_shards(
    client: Client,
    work: Work[T],
    job: Any,
    shards: Sequence[Shard],
    payload: Callable[[Shard], Any],
    progress: Callable[[float], None] = lambda samples: None,
) -> Iterator[tuple[Shard, T]]:
    """Yield (shard, work(job, payload(shard), control)) as they finish.

    progress: called with the number of samples done, from another thread

    Raises what the work raises, EngineError when workers die again and again.
    """
    run = f"spikeloom-{uuid.uuid4().hex}"
    told = _Progress(progress)
    client.subscribe_topic(run, told.heard)
    try:
        for shard, result in _results(client, run, work, job, shards, payload):
            told.set(shard.first, shard.count)
            yield shard, result
    except KilledWorker as error:
        raise EngineError(f"the workers died: {error}") from error
    finally:
        client.run(_stop, run)
        client.unsubscribe_topic(run)


def _results(
    client: Client, run: str, work: Work[T], job: Any, shards: Sequence[Shard],
    payload: Callable[[Shard], Any],
) -> Iterator[tuple[Shard, T]]:  # fmt: skip
    (sent,) = client.scatter([job], broadcast=True, hash=False)
    waiting = iter(shards)
    running: dict[Future, Shard] = {}
    found = as_completed()

    def submit() -> None:
        for shard in waiting:
            future = client.submit(_task, run, shard.first, work, sent, payload(shard), pure=False)
            running[future] = shard
            found.add(future)
            return

    try:
        for _ in range(_AHEAD * sum(client.nthreads().values())):
            submit()
        for future in found:
            result = future.result()
            yield running.pop(future), result
            submit()
    finally:
        client.cancel([*running])


def _task(run: str, first: int, work: Work[T], job: Any, payload: Any) -> T:
    worker = get_worker()
    control = Control(
        lambda samples: worker.log_event(run, (first, samples)),
        _STOPPED.setdefault(run, threading.Event()),
    )
    return work(job, payload, control)


def _stop(run: str) -> None:
    """Everything that still runs on this worker is wanted no more."""
    _STOPPED.setdefault(run, threading.Event()).set()
