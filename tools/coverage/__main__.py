"""`python -m tools.coverage`: line, branch and toggle coverage of the Verilog."""

import sys
from pathlib import Path

import click

from flows.output import progress_bar
from mapper.files import atomic_file, write_json

from .page import KINDS, page, tables
from .regression import FABRICS, run


@click.command()
@click.option(
    "--fabric", "fabrics", type=click.Choice([*FABRICS]), multiple=True, default=tuple(FABRICS),
    help="Repeatable. [all]",
)  # fmt: skip
@click.option(
    "--runs", type=click.IntRange(1), default=40, show_default=True,
    help="Random networks per fabric.",
)  # fmt: skip
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("coverage"),
    show_default=True, help="Folder for coverage.html and coverage.json.",
)  # fmt: skip
@click.option(
    "--least", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT",
    help="Exit code 1 when fewer of the lines were passed.",
)  # fmt: skip
def main(fabrics: tuple[str, ...], runs: int, out: Path, least: float) -> None:
    """Run random networks on chips that count, and say what they have not exercised.

    Every run is compared with the golden model. Each fabric is built first, which takes a minute.
    """
    engines = {}
    with progress_bar("random networks", len(fabrics) * runs) as bar:
        for name in fabrics:
            engines[name] = run(name, runs, lambda: bar.advance(bar.task_ids[0]))
    out.mkdir(parents=True, exist_ok=True)
    found = {name: tables(engine) for name, engine in engines.items()}
    write_json(out / "coverage.json", found)
    with atomic_file(out / "coverage.html") as path:
        path.write_text(page(engines))
    low = []
    for name, table in found.items():
        parts = (f"{kind} {hit}/{of} ({100 * hit / of:.1f} %)" for kind in KINDS
                 for hit, of in [table["all"][kind]])  # fmt: skip
        click.echo(f"Verilog coverage, {name}: {', '.join(parts)}")
        hit, of = table["all"]["line"]
        low += [name] if 100 * hit < least * of else []
    if low:
        sys.exit(f"fewer than {least:g} % of the lines: {', '.join(low)}")


if __name__ == "__main__":
    main()
