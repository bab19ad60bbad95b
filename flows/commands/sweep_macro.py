"""spikeloom sweep-macro"""

from pathlib import Path

import click

from algo.settings import combinations, parse_setting
from mapper.errors import InputError
from mapper.hybrid.first_layer import find_first_layer

from ..cluster import cluster, jobs_option, scheduler_option
from ..cosimulate import default_jobs
from ..energy.constants import read_constants
from ..macro_sweep.picture import draw_sweep
from ..macro_sweep.point import plan_points, run_point
from ..macro_sweep.table import rows_of, sweep_table, write_table
from ..output import emit, json_option, progress_bar, rows
from ..resolve import find_network, samples_for
from .options import data_option, limit_option

__all__ = ["sweep_macro"]


@click.command("sweep-macro")
@click.argument("net")
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
    net: str, data: str, limit: int | None, settings: tuple[str, ...], seeds: int, core: str,
    constants: Path | None, output: Path, jobs: int | None, scheduler: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Try settings of the PIM macros under NET: accuracy, conversions, energy of the first layer.

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

    NET is a directly coded network, a zoo name or a NIR file. The picture shows accuracy against
    energy, or where a sigma is swept, against the first such sigma, with the range over seeds.
    """
    known, network = read_constants(constants), find_network(net)
    points = plan_points(core, combinations([parse_setting(text) for text in settings]), seeds)
    find_first_layer(network)  # what no macro can compute is refused before any work
    samples = samples_for(network, data, limit)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write folder {output}: {error.strerror}") from error
    workers = min(jobs or default_jobs(None), len(points))
    with (
        cluster(scheduler, workers, processes=False) as client,
        progress_bar(f"{len(points)} runs of the golden model", len(points)) as bar,
    ):
        futures = client.map(lambda p: run_point(network, p, samples, known), points, pure=False)
        found = []
        for future in futures:
            found.append(future.result())
            bar.advance(bar.task_ids[0])
    table = sweep_table(points, found)
    facts = {"network": network.name, "data": data, "samples": len(samples), "core": core,
             "points": table}  # fmt: skip
    write_table(facts, output)
    draw_sweep(table, f"{network.name} on {len(samples)} samples of {data}", output)
    emit(facts, as_json, rows(f"{network.name}: macros on {data}, written to {output}",
                              rows_of(table)))  # fmt: skip
