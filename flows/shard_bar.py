"""Workers and a progress bar for samples that run shard by shard."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from distributed import Client

from cosim.shards import Shard

from .cluster import cluster
from .output import progress_bar

__all__ = ["shard_workers"]


@contextmanager
def shard_workers(
    title: str, shards: Sequence[Shard], jobs: int, scheduler: str | None, before: int = 0
) -> Iterator[tuple[Client, Callable[[float], None]]]:
    """Yield the client that runs `shards`, and what is told how many of their samples are done.

    before: samples that were done earlier. Threads of this process: simulations and numpy let
    others run, the rest is a small part of a shard's time, and threads start at once.
    """
    total = before + sum(shard.count for shard in shards)
    with (
        progress_bar(title, total) as bar,
        cluster(scheduler, max(1, min(jobs, len(shards))), processes=False) as client,
    ):
        yield client, lambda done: bar.update(bar.task_ids[0], completed=before + done)
