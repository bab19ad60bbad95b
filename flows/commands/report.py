"""spikeloom report"""

from pathlib import Path

import click

from ..output import emit, json_option, key_values
from ..report import build_report

__all__ = ["report"]


@click.command()
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR..."
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="HTML page to write.")  # fmt: skip
@json_option
def report(folders: tuple[Path, ...], output: Path, as_json: bool) -> None:
    """Make one self-contained page from Evidence folders, written by `spikeloom cosim`."""
    build_report(list(folders), output)
    facts = {"page": str(output), "runs": len(folders)}
    emit(facts, as_json, key_values("report", facts))
