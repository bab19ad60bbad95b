"""The mappings that Zou et al. (2021) print beside ours, and what the strategy "cores" saves.

Tables 2, 3, 7, 8, 9 and 10, entry by entry; an entry that differs is shown with both figures and
the reason. Then the cores of every strategy, and the time that mapping takes (best of five).
"""

import time

import click
from rich.console import Console
from rich.table import Table

from mapper.crossbar.published import NETWORKS, Comparison, compare, plan_network
from mapper.crossbar.strategies import STRATEGIES

REPEATS = 5


def entries(rows: list[Comparison], everything: bool) -> Table:
    """Entry by entry; without `everything` only those that differ."""
    table = Table("table", "network", "layer", "quantity", "ours", "printed", "")
    for r in rows:
        if everything or not r.equal:
            verdict = "equal" if r.equal else r.misprint or "DIFFERENT"
            table.add_row(r.table, r.network, r.layer, r.quantity, r.computed, r.printed, verdict)
    return table


def strategies() -> Table:
    """Cores on the chip and milliseconds of mapping, per network and strategy."""
    table = Table("network", *(f"{s}: {what}" for s in STRATEGIES for what in ("cores", "ms")))
    for network in NETWORKS:
        cells = []
        for strategy in STRATEGIES:
            cores = sum(plan.cores for plan in plan_network(network, strategy)[:-1])
            cells += [str(cores), f"{milliseconds(network, strategy):.1f}"]
        table.add_row(network, *cells)
    return table


def milliseconds(network: str, strategy: str) -> float:
    """Time to map a network, the best of REPEATS."""
    found = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        plan_network(network, strategy)
        found.append(time.perf_counter() - start)
    return min(found) * 1000


@click.command(help=__doc__)
@click.option("--all", "everything", is_flag=True, help="Show the entries that are equal, too.")
def main(everything: bool) -> None:
    console = Console()
    rows = list(compare())
    console.print(entries(rows, everything))
    equal = sum(r.equal for r in rows)
    console.print(f"{equal} of {len(rows)} entries equal, {len(rows) - equal} misprints")
    console.print(strategies())


if __name__ == "__main__":
    main()
