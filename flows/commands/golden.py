"""spikeloom golden"""

import time

import click

from cosim.fabrics import find_fabric
from cosim.trace import decide

from ..output import emit, json_option, key_values, progress_bar
from ..resolve import find_chip, samples_for
from .options import core_option, data_option, limit_option, target_option

__all__ = ["golden"]


@click.command()
@click.argument("chip")
@data_option
@limit_option
@target_option
@core_option
@json_option
def golden(chip: str, data: str, limit: int | None, target: str, core: str, as_json: bool) -> None:
    """Run samples through the golden model of CHIP only: accuracy and activity in seconds."""
    image = find_chip(chip, target, core)
    fabric = find_fabric(image, "tick")
    samples = samples_for(image, data, limit)
    start, n = time.perf_counter(), len(samples.labels)
    with progress_bar("golden model", n) as bar:
        task = bar.task_ids[0]
        trace = fabric.golden(image, samples.spikes, "tick", lambda done: bar.advance(task, done))
    accuracy = float((decide(image, trace) == samples.labels).mean())
    facts = {
        "samples": n,
        "accuracy": accuracy,
        "cycles_per_sample": None,
        "events_per_sample": float(trace.counters["events"].sum() / n),
        "synaptic_ops_per_sample": float(trace.counters["synaptic_ops"].sum() / n),
        "spikes_per_sample": float(trace.counters["spikes"].sum() / n),
        "spikes_compared": 0,
        "potentials_compared": 0,
        "mismatches": 0,
        "errors": fabric.raised(trace),
        "seconds": time.perf_counter() - start,
        "network_sha256": image.network_sha256,
        "verilog_sha256": None,
    }
    shown = {k.replace("_", " "): v for k, v in facts.items() if "compared" not in k and v}
    shown["accuracy"] = f"{100 * accuracy:.2f} %"
    emit(facts, as_json, key_values(f"golden model of {image.network_name} on {data}", shown))
