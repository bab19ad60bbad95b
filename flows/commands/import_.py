"""spikeloom import"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from algo.encoders import ENCODERS, check_encoding
from algo.foreign import AUTO, Imported, ImportSettings, LayerFit, import_file
from algo.quantize import QUANTIZED_FORMATS
from mapper.decisions import DECISIONS
from mapper.errors import InputError
from mapper.nir_io import write_network
from mapper.semantics import Reset

from ..output import emit, json_option, key_values, rows, step
from ..resolve import data_slice
from .options import Number, limit_option

__all__ = ["import_"]


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Network to write, a NIR file with integers.")  # fmt: skip
@click.option("--ticks", required=True, type=click.IntRange(1, 65535), metavar="T",
              help="Time steps per sample, as in training.")  # fmt: skip
@click.option("--data", metavar="SET:SPLIT", help="Samples to measure on, for example mnist:test; "
              "training samples of SET choose the integers.")  # fmt: skip
@click.option("--encoding", default="rate_if,maximum=255", show_default=True, metavar="ENC",
              help=f"How images become inputs, with parameters: {', '.join(ENCODERS)}. pixels: "
              "values divided by 255, for networks that take the image itself.")  # fmt: skip
@click.option("--weights", "format", default="int6", show_default=True, metavar="FORMAT",
              type=click.Choice(QUANTIZED_FORMATS[1:]), help="int2 to int8.")  # fmt: skip
@click.option("--dt", default=1e-4, show_default=True, type=Number(0, min_open=True),
              help="Time step, in the unit of the file's time constants. snnTorch and "
              "SpikingJelly write 1e-4.")  # fmt: skip
@click.option("--reset", default="zero", show_default=True, type=click.Choice(["zero", "subtract"]),
              help="What a spike does to its neuron's potential. NIR says zero, but some tools "
              "train with subtraction and do not tell.")  # fmt: skip
@click.option("--decision", default=AUTO, show_default=True, type=click.Choice([AUTO, *DECISIONS]),
              help="Which output wins. auto: most spikes, or the largest potential of a "
              "readout.")  # fmt: skip
@click.option("--calibration", default=200, show_default=True, type=click.IntRange(min=1),
              help="Training samples that choose the integers.")  # fmt: skip
@limit_option
@json_option
def import_(
    file: Path, output: Path, ticks: int, data: str | None, encoding: str, format: str, dt: float,
    reset: str, decision: str, calibration: int, limit: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Quantize a network that another tool trained: FILE is its NIR graph, of floats.

    \b
    spikeloom import mine.nir --ticks 25 --data mnist:test -o net.nir
    spikeloom cosim net.nir --data mnist:test --limit 100 -o evidence

    Neurons: IF, LIF, LI, I. Between them: Linear, Affine, Conv1d, Conv2d, SumPool2d, AvgPool2d,
    Flatten, Scale. Weights and thresholds become integers, leaks those of the hardware; with
    --data such that the spikes of each population change least. Prints the accuracy before and
    after, and what became of each population. What NIR cannot say, options must.
    """
    settings = ImportSettings(ticks=ticks, encoding=_encoding(encoding), dt=dt, reset=Reset(reset),
                              format=format, decision=decision)  # fmt: skip
    with step(f"importing {file.name}") as progress:
        found = import_file(
            file, settings, None if data is None else data_slice(data), calibration=calibration,
            limit=limit, progress=progress,
        )  # fmt: skip
    write_network(found.network, output)
    facts = {
        "network": str(output), "sha256": found.network.sha256(), "accuracy": found.accuracy,
        "test_images": found.test_images, "decision": found.network.decision,
        "populations": [asdict(fit) for fit in found.fits],
    }  # fmt: skip
    emit(facts, as_json, rows(f"{file.name}: populations", [_row(fit) for fit in found.fits]),
         key_values(f"imported as {output}", _summary(found)))  # fmt: skip


def _encoding(text: str) -> dict[str, Any]:
    """ "latency,maximum=255" -> {"name": "latency", "maximum": 255}"""
    name, *parameters = text.split(",")
    found: dict[str, Any] = {"name": name.strip()}
    for parameter in parameters:
        key, equals, value = parameter.partition("=")
        if not equals or not value.strip().isdecimal():
            raise InputError(f"encoding {text!r}: expected NAME,KEY=INTEGER, such as "
                             "rate_if,maximum=255")  # fmt: skip
        found[key.strip()] = int(value)
    check_encoding(found)
    return found


def _row(fit: LayerFit) -> dict[str, Any]:
    threshold = "readout"
    if fit.threshold:
        low, high = fit.threshold
        threshold = f"{low:,}" if low == high else f"{low:,}..{high:,}"
    return {
        "name": fit.name, "neurons": fit.neurons, "leak": f"{fit.leak:.4f}",
        "used": f"{fit.used:.4f}", "step": f"{fit.step:.3g}",
        "threshold": threshold,
        "rate, floats": _rate(fit.float_rate), "rate, integers": _rate(fit.rate),
    }  # fmt: skip


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _summary(found: Imported) -> dict[str, Any]:
    measured: dict[str, Any] = {}
    if found.accuracy:
        measured = {
            "float accuracy": f"{found.accuracy['float']:.2%}",
            "integer accuracy": f"{found.accuracy['integer']:.2%}",
            "same decision": f"{found.accuracy['same']:.2%}",
            "test images": found.test_images,
        }
    return measured | {"decision": found.network.decision, "sha256": found.network.sha256()}
