"""The workers of a command: of this machine, or of a Dask scheduler that runs already."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click
from distributed import Client, LocalCluster

from mapper.errors import InputError

__all__ = ["cluster", "jobs_option", "scheduler_option"]

_CONNECT = 10  # seconds to find a scheduler

jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Shards of samples at a time. Default: one per processor core.",
)
scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS",
    help="Use the workers of a Dask scheduler, tcp://host:8786, instead of this machine's. They "
    "need the same Spikeloom.",
)  # fmt: skip


@contextmanager
def cluster(scheduler: str | None, workers: int, processes: bool) -> Iterator[Client]:
    """The workers of the scheduler at this address, or for the block `workers` of our own.

    processes: processes of one thread each, else threads of this process, which start at once and
    share its memory. Raises InputError when the scheduler cannot be reached.
    """
    if scheduler:
        try:
            client = Client(scheduler, timeout=_CONNECT)
        except (OSError, ValueError) as error:
            raise InputError(f"scheduler {scheduler}: {error}") from error
        with client:
            yield client
        return
    count, threads = (workers, 1) if processes else (1, workers)
    with (
        LocalCluster(
            n_workers=count, threads_per_worker=threads, processes=processes, memory_limit=None,
            dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
        ) as local,
        Client(local) as client,
    ):  # fmt: skip
        yield client
