"""How commands speak: one JSON object on standard output, or tables; all else on standard error."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

__all__ = ["STDERR", "emit", "json_option", "key_values", "progress_bar", "rows", "say", "step"]

STDERR = Console(stderr=True)
_STDOUT = Console()
_LIVE: dict[str, Any] = {"console": STDERR, "disable": not STDERR.is_terminal}

json_option = click.option(
    "--json", "as_json", is_flag=True,
    help="Print one JSON object on standard output instead of tables.",
)  # fmt: skip


def emit(value: dict[str, Any], as_json: bool, *tables: Table) -> None:
    """Print the JSON object, or the tables for people."""
    if as_json:
        click.echo(json.dumps(value, indent=1))
    else:
        for table in tables:
            _STDOUT.print(table)


def key_values(title: str, facts: dict[str, Any]) -> Table:
    """A two-column table."""
    table = Table(title=Text(title), title_justify="left", show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for key, value in facts.items():
        table.add_row(Text(key), Text(text(value)))
    return table


def rows(title: str, found: list[dict[str, Any]]) -> Table:
    """A table with a column per key."""
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE, pad_edge=False)
    for key in found[0] if found else []:
        table.add_column(key.replace("_", " "), overflow="fold", no_wrap=key == "name")
    for row in found:
        table.add_row(*(Text(text(v)) for v in row.values()))
    return table


def text(value: Any) -> str:
    """A value as a person writes it: thousands separators, lists as a x b."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3f}"
    if isinstance(value, (list, tuple)):
        return " x ".join(str(v) for v in value)
    return "" if value is None else str(value)


def say(message: str) -> None:
    """A line on standard error."""
    STDERR.print(Text(message))


def _log(description: str) -> None:
    """Where no bar can move, a line says what is done."""
    if not STDERR.is_terminal:
        say(f"done: {description}")


@contextmanager
def _until_failure(progress: Progress) -> Iterator[Progress]:
    """Show `progress`; when the work fails it goes, so that the message stands alone."""
    with progress:
        try:
            yield progress
        except BaseException:
            progress.live.transient = True
            raise


@contextmanager
def progress_bar(description: str, total: float) -> Iterator[Progress]:
    """A bar on standard error with count, elapsed and remaining time; task 0 is yours."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(),
        MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with _until_failure(Progress(*columns, **_LIVE)) as progress:
        progress.add_task(description, total=total)
        yield progress
    _log(description)


@contextmanager
def step(description: str) -> Iterator[Callable[[str], None]]:
    """A spinner on standard error for work whose length is unknown; yields what is told, from time
    to time, how far it is.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with _until_failure(Progress(*columns, **_LIVE)) as progress:
        task = progress.add_task(description, total=1)
        yield lambda now: progress.update(task, description=f"{description}: {now}")
        progress.update(task, completed=1)
    _log(description)
