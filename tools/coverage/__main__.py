"""`python -m tools.coverage`: line, branch and toggle coverage of the Verilog."""

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
def main(fabrics: tuple[str, ...], runs: int, out: Path) -> None:
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
    for name, table in found.items():
        parts = (f"{kind} {hit}/{of} ({100 * hit / of:.1f} %)" for kind in KINDS
                 for hit, of in [table["all"][kind]])  # fmt: skip
        click.echo(f"Verilog coverage, {name}: {', '.join(parts)}")


if __name__ == "__main__":
    main()
