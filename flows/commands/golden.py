"""spikeloom golden"""

import time
from dataclasses import asdict

import click

from cosim.fabrics import find_fabric
from cosim.golden.hybrid import run_hybrid
from cosim.trace import ChipTrace, decide
from mapper.errors import InputError
from mapper.hybrid.image import HybridImage
from mapper.pim.noise import parse_noise

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
@click.option("--noise", metavar="NOISE",
              help="Noise of a hybrid chip's PIM macros: sigmas, such as bit_line=0.3,dnl=0.2 (of "
              "bit_line, mismatch, inl, dnl, stuck), or a TOML file with a table of sigma and seed "
              "for each. RTL has none.")  # fmt: skip
@click.option("--noise-seed", default=0, show_default=True, type=click.IntRange(0),
              help="Seed of all that --noise gives none.")  # fmt: skip
@json_option
def golden(
    chip: str, data: str, limit: int | None, target: str, core: str, noise: str | None,
    noise_seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Run samples through the golden model of CHIP only: accuracy and activity in seconds."""
    drawn = parse_noise(noise, noise_seed) if noise else None
    image = find_chip(chip, target, core)
    if drawn and not isinstance(image, HybridImage):
        raise InputError("--noise is that of PIM macros: --target hybrid")
    fabric = find_fabric(image, "tick")
    samples = samples_for(image, data, limit)
    start, n = time.perf_counter(), len(samples.labels)
    with progress_bar("golden model", n) as bar:
        task = bar.task_ids[0]
        if drawn and isinstance(image, HybridImage):
            trace = run_hybrid(image, samples.spikes, noise=drawn,
                               progress=lambda done: bar.advance(task, done))  # fmt: skip
        else:
            trace = fabric.golden(
                image, samples.spikes, "tick", lambda done: bar.advance(task, done)
            )
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
        **_conversions(trace),
        "noise": asdict(drawn) if drawn else None,
        "seconds": time.perf_counter() - start,
        "network_sha256": image.network_sha256,
        "verilog_sha256": None,
    }
    shown = {k.replace("_", " "): v for k, v in facts.items() if "compared" not in k and v}
    if facts.get("clipped"):
        shown["clipped"] = f"{facts['clipped']:.2%} of conversions"
    if noise:
        shown["noise"] = f"{noise}, seed {noise_seed}"
    shown["accuracy"] = f"{100 * accuracy:.2f} %"
    emit(facts, as_json, key_values(f"golden model of {image.network_name} on {data}", shown))


def _conversions(trace: ChipTrace) -> dict[str, float]:
    """Of the macros of a hybrid chip; nothing of other chips."""
    if "conversions" not in trace.counters:
        return {}
    made, clipped = (int(trace.counters[name].sum()) for name in ("conversions", "clipped"))
    return {"conversions_per_sample": made / trace.samples, "clipped": clipped / max(made, 1)}
