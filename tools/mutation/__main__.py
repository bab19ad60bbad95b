"""`python -m tools.mutation`: run a campaign."""

from pathlib import Path

import click

from flows.output import progress_bar
from mapper.files import atomic_file, write_json

from .campaign import Campaign, load_suites, sample
from .mutants import find_mutants
from .report import markdown, summary

ROOT = Path(__file__).parents[2]


@click.command(epilog="A run that was killed goes on where it was when it is started again.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    default=("rtl",),
    metavar="PATH",
    help="File or folder to mutate, below the root; repeatable. [rtl]",
)
@click.option(
    "--sample",
    "count",
    type=int,
    default=200,
    show_default=True,
    help="Mutants to try, of every file and kind in proportion.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which ones.")
@click.option("--jobs", type=int, default=2, show_default=True, help="Trials at a time.")
@click.option(
    "--minutes",
    type=float,
    default=1440,
    show_default=True,
    help="Start no trial after so many; the report is about those until then.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("mutation.json"),
              help="Report; .md and .jsonl (every verdict as it comes) lie beside it.")  # fmt: skip
def main(
    parts: tuple[str, ...], count: int, seed: int, jobs: int, minutes: float, out: Path
) -> None:
    """Plant faults in the source, one at a time, and see which ones the tests notice."""
    found = find_mutants(ROOT, parts)
    chosen = sample(found, count, seed)
    campaign = Campaign(ROOT, out.with_suffix(".jsonl"), load_suites())
    with progress_bar(f"{len(chosen)} of {len(found)} mutants", len(chosen)) as bar:
        survivors = 0

        def progress(row: dict) -> None:
            nonlocal survivors
            survivors += row["verdict"] == "passed"
            bar.update(bar.task_ids[0], advance=1, description=f"{survivors} survivors")

        rows = campaign.run(chosen, jobs, minutes, progress)
    facts = {"parts": parts, "mutants": len(found), "sample": len(rows), "seed": seed}
    report = facts | summary(rows) | {"rows": rows}
    page = markdown(report, ROOT)
    write_json(out, report)
    with atomic_file(out.with_suffix(".md")) as path:
        path.write_text(page)
    click.echo(page)


if __name__ == "__main__":
    main()
