"""spikeloom export"""

from pathlib import Path
from typing import Any

import click

from algo.export import export as export_run
from mapper.nir_io import write_network

from ..output import emit, json_option, key_values, step
from .options import limit_option

__all__ = ["export"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="NIR file to write.")  # fmt: skip
@limit_option
@json_option
def export(run: Path, output: Path, limit: int | None, as_json: bool) -> None:
    """Export the finished RUN as an integer Network, a NIR file.

    Measures it on the test images three ways: without quantization, fake-quantized in torch, and
    as integers; the last two agree on every score of every sample, or the export fails.
    """
    with step("measuring on the test split"):
        network, record = export_run(run, limit)
    write_network(network, output)
    facts = {"network": str(output), "sha256": network.sha256(), **record}
    shown = {f"{k} accuracy": f"{100 * v:.2f} %" for k, v in record["accuracy"].items()}
    shown |= _early_exit(record)
    emit(facts, as_json, key_values(f"exported {network.name} to {output}", {
        **shown, "test images": record["test_images"], "sha256": network.sha256(),
    }))  # fmt: skip


def _early_exit(record: dict[str, Any]) -> dict[str, str]:
    if "early_exit" not in record:
        return {}
    e = record["early_exit"]
    return {
        "decision at tick": f"{e['decision_tick']:.2f} +- {e['decision_tick_std']:.2f}",
        "before the last": f"{100 * e['decided_early']:.2f} % of the samples",
        "hidden fired then": f"{100 * e['hidden_fired']:.1f} % of the neurons",
        "hidden fired ever": f"{100 * e['hidden_fired_ever']:.1f} %",
    }
