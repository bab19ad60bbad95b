"""spikeloom sweep-macro"""

from pathlib import Path
from typing import Any

import click

from algo.settings import combinations, parse_setting
from mapper.errors import InputError
from mapper.hybrid.first_layer import find_first_layer
from mapper.network import Network

from ..cluster import cluster, jobs_option, scheduler_option
from ..cosimulate import default_jobs
from ..energy.constants import Constants, read_constants
from ..macro_sweep.picture import draw_sweep
from ..macro_sweep.point import Point, plan_points, run_point
from ..macro_sweep.table import rows_of, sweep_table, write_table
from ..output import emit, json_option, progress_bar, rows
from ..resolve import Samples, find_network, samples_for
from .options import data_option, limit_option

__all__ = ["sweep_macro"]


@click.command("sweep-macro")
@click.argument("nets", nargs=-1, required=True, metavar="NET...")
@data_option
@limit_option
@click.option("--set", "settings", multiple=True, required=True, metavar="KEY=VALUE,...",
              help="A setting of the hybrid chip (macro.adc_bits, macro.rows_active, adc_shift, "
              "adc_offset, ...) or a sigma of noise (noise.bit_line, noise.mismatch, noise.inl, "
              "noise.dnl, noise.stuck), and the values to try. Keys joined by a comma change "
              "together. Given again, every combination is tried.")  # fmt: skip
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1, 1000),
              help="Macros drawn per combination with noise, seeds 0, 1, ...")  # fmt: skip
@click.option("--core", default="full", show_default=True, metavar="CORE",
              help="What is swept from: a core as `map --target hybrid` takes it.")  # fmt: skip
@click.option("--constants", type=click.Path(path_type=Path), metavar="FILE",
              help="Constants of energy, as `spikeloom energy` takes them.")  # fmt: skip
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Folder of macro.json, macro.md and macro.png.")  # fmt: skip
@jobs_option
@scheduler_option
@json_option
def sweep_macro(
    nets: tuple[str, ...], data: str, limit: int | None, settings: tuple[str, ...], seeds: int,
    core: str, constants: Path | None, output: Path, jobs: int | None, scheduler: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Try settings of PIM macros under networks: accuracy, conversions, energy of the first layer.

    \b
    spikeloom sweep-macro digits-direct --data digits:test -o out \\
        --set macro.rows_active=4,8,16 --set macro.adc_bits=1,2,3,4,5
    spikeloom sweep-macro digits-direct --data digits:test -o out \\
        --set noise.bit_line=0,0.25,0.5,1,2 --seeds 10
    spikeloom sweep-macro digits-direct --data digits:test -o out \\
        --set noise.inl,noise.dnl=0,0.25,0.5 --set macro.adc_bits=3,5

    Every combination runs through the golden model of the hybrid chip, whose RTL does the same bit
    for bit as long as there is no noise. Lossy converters are allowed. Combinations that no other
    one beats, in accuracy or in energy (docs/energy.md, as counted), are marked where all have the
    same noise.

    NET is a directly coded network, a zoo name or a NIR file; several are compared. The picture
    shows accuracy against energy, or where a sigma is swept, against the first such sigma, with
    the range over seeds.
    """
    known, names = read_constants(constants), list(dict.fromkeys(nets))
    points = plan_points(core, combinations([parse_setting(text) for text in settings]), seeds)
    loads = {name: _load(name, data, limit) for name in names}
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write folder {output}: {error.strerror}") from error
    table = _run(loads, points, known, jobs, scheduler)
    count = len(loads[names[0]][1])
    facts = {"networks": names, "data": data, "samples": count, "core": core, "points": table}
    write_table(facts, output)
    title = f"{', '.join(names)} on {count} samples of {data}"
    draw_sweep(table, title, output)
    emit(facts, as_json, rows(f"{title}, written to {output}", rows_of(table)))


def _load(name: str, data: str, limit: int | None) -> tuple[Network, Samples]:
    """A network and its samples; what no macro can compute is refused before any work."""
    network = find_network(name)
    find_first_layer(network)
    return network, samples_for(network, data, limit)


def _run(
    loads: dict[str, tuple[Network, Samples]], points: list[Point], known: Constants,
    jobs: int | None, scheduler: str | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The table's rows, network by network."""
    total, table = len(points) * len(loads), list[dict[str, Any]]()
    with (
        cluster(scheduler, min(jobs or default_jobs(None), total), processes=False) as client,
        progress_bar(f"{total} runs of the golden model", total) as bar,
    ):
        futures = {
            name: [client.submit(run_point, *load, point, known, pure=False) for point in points]
            for name, load in loads.items()
        }
        for name, waiting in futures.items():
            found = []
            for future in waiting:
                found.append(future.result())
                bar.advance(bar.task_ids[0])
            table += sweep_table(name, points, found)
    return table
