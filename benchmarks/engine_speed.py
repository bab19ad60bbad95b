"""How fast the engines simulate, and what a sample costs the chip.

Same chip, same Verilog, same samples in one run; medians of three. Ratios and cycle counts carry
over to other machines, seconds do not. Prints a JSON list of {name, unit, value, better}.
"""

import json
import statistics
import time

import click
import numpy as np

from algo.datasets import load
from algo.encoders import encode
from cosim.crossbar.session import CrossbarSession
from cosim.engines import make_engine
from cosim.golden.crossbar import run_chip
from flows.resolve import find_network
from mapper.crossbar.compiler import map_network
from mapper.fabrics import find_fabric

REPEATS = 3


def measure(engine_name: str, image, spikes: np.ndarray) -> dict[str, float]:
    """Median seconds to program the chip and to run the samples, and the chip's cycles."""
    engine = make_engine(engine_name, image.params)
    engine.build()
    session = CrossbarSession(image)
    carried = run_chip(image, spikes).outputs
    jobs = {
        "program": (session.packets(spikes[:0]), session.answers(0)),
        "all": (session.packets(spikes, carried), session.answers(len(spikes))),
    }
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(REPEATS):
        for name, (packets, answers) in jobs.items():
            start = time.perf_counter()
            received = engine.exchange(packets, answers)
            seconds[name].append(time.perf_counter() - start)
    trace = session.decode(received, len(spikes))
    total, programming = (statistics.median(seconds[n]) for n in ("all", "program"))
    return {
        "samples": len(spikes) / (total - programming),
        "program": programming,
        "cycles": float(trace.cycles.sum() / len(spikes)),
    }


@click.command(help=__doc__)
@click.option("--net", default="digits", show_default=True, help="Zoo name or NIR file.")
@click.option("--data", default="digits:test", show_default=True, help="SET:SPLIT.")
@click.option("--samples", default=100, show_default=True, type=click.IntRange(1))
@click.option("--core", default="full", show_default=True)
def main(net: str, data: str, samples: int, core: str) -> None:
    network = find_network(net)
    image = map_network(network, find_fabric("crossbar").parse(core))
    images = load(*data.split(":")).images[:samples]
    spikes = encode(images, network.encoding, network.ticks).astype(bool)
    found = {name: measure(name, image, spikes) for name in ("cocotb", "batch")}
    rows = []
    for name, m in found.items():
        rows += [
            {"name": f"{name}: samples", "unit": "1/s", "value": m["samples"], "better": "more"},
            {"name": f"{name}: programming", "unit": "s", "value": m["program"], "better": "less"},
        ]
    ratio = found["batch"]["samples"] / found["cocotb"]["samples"]
    rows.append({"name": "batch / cocotb", "unit": "x", "value": ratio, "better": "more"})
    cycles = {m["cycles"] for m in found.values()}
    if len(cycles) != 1:
        raise SystemExit(f"engines disagree on the cycles per sample: {cycles}")
    rows.append({"name": "cycles per sample", "unit": "", "value": cycles.pop(), "better": "less"})
    click.echo(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
