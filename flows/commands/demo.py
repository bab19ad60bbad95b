"""spikeloom demo"""

import math
import sys
import time
from pathlib import Path

import click

from algo.export import export
from algo.train import train
from cosim.engines import Stalls
from mapper.crossbar.image import ChipImage
from mapper.fabrics import find_fabric
from mapper.nir_io import write_network

from ..cosimulate import cosimulate
from ..map_arguments import MapArguments
from ..output import STDERR, emit, json_option, key_values, step
from ..report import build_report
from ..resolve import find_recipe, samples_for
from ..verilog_folder import write_verilog
from .cosim import cosim_table
from .options import core_option

__all__ = ["demo"]


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("demo-out"),
              show_default=True, help="Folder for everything the demo makes.")  # fmt: skip
@core_option
@json_option
def demo(output: Path, core: str, as_json: bool) -> None:
    """The whole chain on the embedded 8x8 digits, in about a minute.

    Trains a ternary SNN, exports it as integers, maps it onto crossbar cores, writes Verilog, runs
    every test sample through that Verilog (cocotb + Verilator), compares every spike and every
    membrane potential with the golden model, and leaves a report page.
    """
    start = time.perf_counter()
    find_fabric("crossbar").parse(core)  # bad input is refused before any work
    recipe = find_recipe("digits")
    _say(1, f"train {recipe.description}")
    train(recipe, output / "run", progress=STDERR.is_terminal)
    _say(2, "quantize and export: network.nir")
    with step("measuring float, fake-quantized and integer accuracy"):
        network, record = export(output / "run")
    write_network(network, output / "network.nir")
    _say(3, f"map onto crossbar cores ({core}): chip/")
    arguments = MapArguments(net=str(output / "network.nir"), core=core)
    image = arguments.map_rows(network)
    assert isinstance(image, ChipImage)
    image.save(output / "chip")
    _say(4, "write Verilog: verilog/")
    with step("generating Verilog"):
        write_verilog(image, output / "verilog")
    _say(5, "run every test sample through the Verilog and compare: evidence/")
    samples = samples_for(image, "digits:test", None)
    evidence = cosimulate(image, samples, "cocotb", Stalls(), output / "evidence")
    _say(6, "report.html")
    build_report([output / "evidence"], output / "report.html")
    seconds = time.perf_counter() - start
    accuracy = record["accuracy"]
    used = sum(c.columns << c.extension for c in image.cores)
    shown = {
        "float accuracy": f"{100 * accuracy['float']:.2f} %",
        "quantized accuracy": f"{100 * accuracy['integer']:.2f} %",
        "cores": image.summary()["cores"],
        "axons used": sum(math.prod(layer["input_patch"]) for layer in image.layers),
        "neurons used": f"{used:,} of {image.params.cores * image.params.core.neurons:,} basic",
        **cosim_table(evidence),
        "all in seconds": seconds,
        "look at": f"{output}/report.html",
    }
    facts = {"accuracy": accuracy, "cosim": evidence.summary(), "map": image.summary(),
             "seconds": seconds, "output": str(output)}  # fmt: skip
    emit(facts, as_json, key_values("spikeloom demo", shown))
    if not evidence.passed:
        sys.exit(1)


def _say(number: int, what: str) -> None:
    STDERR.print(f"[bold]{number}/6[/bold] {what}", highlight=False)
