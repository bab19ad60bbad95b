"""How fast the engines simulate one full core, and a whole data set.

One core of a zoo network, alone, is fed with the spikes that the golden model recorded for it:
once without READs, so that it counts and updates without a pause, and once as in every
verification run, with READs of all potentials. The reference is a cocotb driver that looks at
every cycle, on the same Verilog in the same run. With --all also all samples of --data, every
spike and potential compared, by `spikeloom cosim`. Medians of three.

Prints a JSON list of {name, unit, value, better}, and a table on standard error. CPU seconds are
those of the simulation, on a busy machine the fairer figure; ratios are of CPU seconds.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np

from cosim.crossbar.alone import core_alone
from cosim.crossbar.session import CrossbarSession
from cosim.engines.batch import BatchEngine
from cosim.engines.cocotb_verilator import CocotbEngine
from cosim.golden.record import record_chip
from flows.output import STDERR, key_values
from flows.resolve import find_network, samples_for
from mapper.crossbar.compiler import map_network
from mapper.crossbar.image import ChipImage
from mapper.crossbar.params import PRESETS
from mapper.packets import PACKET, Kind

REPEATS = 3
SLOW = 4
"""Times fewer samples for the per-cycle driver."""
Run = tuple[np.ndarray, int]
"""Packets, and how many answers they cause."""


class PerCycleCocotb(CocotbEngine):
    """The plain driver: Python in every cycle."""

    sleeps = False


def without_reads(run: Run) -> Run:
    """The same ticks, and nothing is read after them."""
    packets, answers = run
    fields = PACKET.unpack(packets)
    reads = fields["kind"] == Kind.READ
    return packets[~reads], answers - int(((fields["data"][reads] & 0xFFFF) + 1).sum())


def clock(work: Callable[[], Any]) -> tuple[float, float]:
    """(wall, CPU) seconds, medians; CPU of this process and of those that it starts."""
    found = []
    for _ in range(REPEATS):
        before = time.perf_counter(), sum(os.times()[:4])
        work()
        found.append((time.perf_counter() - before[0], sum(os.times()[:4]) - before[1]))
    wall, cpu = (statistics.median(values) for values in zip(*found, strict=True))
    return wall, cpu


def speed(engine: CocotbEngine | BatchEngine, cycles: BatchEngine, some: Run, many: Run) -> Any:
    """Cycles per (wall, CPU) second of what `many` does more than `some`: start-up and programming
    do not count. cycles: the engine that tells how many there are.
    """
    extra = int(cycles.stamped(*many)[1][-1]) - int(cycles.stamped(*some)[1][-1])
    times = [clock(lambda run=run: engine.exchange(*run)) for run in (some, many)]
    return [extra / (b - a) for a, b in zip(*times, strict=True)]


def core_rows(image: ChipImage, core: int, events: np.ndarray) -> dict[str, list[float]]:
    """Cycles per second of one core, by engine and work."""
    alone = core_alone(image, core)
    session = CrossbarSession(alone)
    batch, plain = BatchEngine(alone.params), PerCycleCocotb(alone.params)
    batch.build()
    plain.build()

    def run(samples: int) -> Run:
        return session.packets(events[:samples]), session.answers(samples)

    few = max(2, len(events) // SLOW)
    one, some, many = run(1), run(few), run(len(events))
    return {
        "batch, without READs": speed(batch, batch, without_reads(one), without_reads(many)),
        "batch, with READs": speed(batch, batch, one, many),
        "cocotb in every cycle, with READs": speed(plain, batch, one, some),
    }


def whole_data_set(net: str, data: str) -> tuple[float, float]:
    """(wall, CPU) seconds of the command; it fails unless everything is equal."""

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", "from flows.cli import main; main()", "cosim", net,
                       "--data", data, "--engine", "batch", "-o", f"{folder}/evidence",
                       "--json"]  # fmt: skip
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    return clock(work)


@click.command(help=__doc__)
@click.option("--net", default="mnist-ternary", show_default=True, help="Zoo name or NIR file.")
@click.option("--data", default="mnist:test", show_default=True, help="SET:SPLIT.")
@click.option("--samples", default=400, show_default=True, type=click.IntRange(20))
@click.option("--core", default=0, show_default=True, help="Which of the network's cores.")
@click.option("--all", "whole", is_flag=True, help="Also all samples, three times.")
def main(net: str, data: str, samples: int, core: int, whole: bool) -> None:
    image = map_network(find_network(net), PRESETS["full"])
    golden, records = record_chip(image, samples_for(image, data, samples, 0).spikes)
    events = records[core].events(image.params.core.axons << image.cores[core].extension)
    found = core_rows(image, core, events)
    rows = []
    for name, (wall, cpu) in found.items():
        for unit, value in (("cycles/s", wall), ("cycles/CPU s", cpu)):
            rows.append({"name": name, "unit": unit, "value": round(value), "better": "more"})
    *_, batch, plain = (cpu for _, cpu in found.values())
    rows.append({"name": "batch / cocotb in every cycle", "unit": "x",
                 "value": round(batch / plain, 1), "better": "more"})  # fmt: skip
    counted = golden.counters["events"][:, core].sum() / samples
    rows.append({"name": "axon events per sample", "unit": "", "value": float(counted),
                 "better": "less"})  # fmt: skip
    if whole:
        for unit, value in zip(("s", "CPU s"), whole_data_set(net, data), strict=True):
            rows.append({"name": f"{net}, all of {data}", "unit": unit, "value": round(value, 1),
                         "better": "less"})  # fmt: skip
    click.echo(json.dumps(rows, indent=1))
    table = {f"{r['name']} [{r['unit']}]": f"{r['value']:,}" for r in rows}
    STDERR.print(key_values(f"core {core} of {net}, {samples} samples of {data}", table))


if __name__ == "__main__":
    main()
