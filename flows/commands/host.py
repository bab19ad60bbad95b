"""spikeloom host"""

import sys
from typing import Any

import click

from cosim.board.spi_line import SPI_HZ
from mapper.errors import InputError
from rtl.boards.lines import LINES
from rtl.link.uart_wires import BAUD

from ..metered import Meter
from ..on_board import program, run_on_board
from ..output import emit, json_option, key_values, step
from ..resolve import find_chip, samples_for
from ..way import Way
from .options import Number, core_option, limit_option, noise_options, target_option

__all__ = ["host"]

_ABOVE_0 = Number(0, min_open=True)


@click.command()
@click.argument("chip")
@click.option("--line", default="uart", show_default=True, type=click.Choice([*LINES]),
              help="To the board; the bitstream's.")  # fmt: skip
@click.option("--port", metavar="PORT", help="Serial port of the board, such as /dev/ttyUSB0, or a "
              "URL such as socket://HOST:PORT; of SPI ftdi://ftdi:2232h/1.")  # fmt: skip
@click.option("--baud", type=click.IntRange(min=1), metavar="N",
              help=f"Of the serial port; the bitstream's. Default: {BAUD:,}.")  # fmt: skip
@click.option("--spi-clock", type=click.IntRange(min=1), metavar="HZ",
              help=f"Of SPI, an eighth of the chip's at most. Default: {SPI_HZ:,}.")  # fmt: skip
@click.option("--simulate", is_flag=True, help="Simulate the board in this process.")
@noise_options
@click.option("--data", metavar="SET:SPLIT", help="Samples, for example mnist:test; without them "
              "the board is programmed and checked.")  # fmt: skip
@limit_option
@click.option("--watts", type=_ABOVE_0, metavar="W", help="What a meter showed of the board while "
              "samples ran: adds energy per sample and synaptic operation.")  # fmt: skip
@click.option("--clock", type=_ABOVE_0, metavar="MHZ", help="Of the board's chip, for --watts.")
@target_option
@core_option
@json_option
def host(
    chip: str, line: str, port: str | None, baud: int | None, spi_clock: int | None,
    simulate: bool, noise: float, seed: int, data: str | None, limit: int | None,
    watts: float | None, clock: float | None, target: str, core: str, as_json: bool,
) -> None:  # fmt: skip
    """Program a board with CHIP over its line, run samples on it, compare every value.

    CHIP is a folder written by `spikeloom map`, or a network, which is then mapped onto --core of
    --target; the board must hold that chip, with its link (`spikeloom fpga`). Every spike and
    potential is compared with the golden model. Exit code 1 when anything differs, a memory does
    not hold what was written, or the board falls silent.

    With --simulate, or `spikeloom board-sim` behind --port, the same runs in Verilator.
    """
    meter = _meter(watts, clock, data)
    image = find_chip(chip, target, core)
    samples = samples_for(image, data, limit) if data else None
    way = Way(line, port, simulate, baud, spi_clock, noise, seed)
    with way.open(image) as board:
        title = f"{image.network_name} on {board.port.line.name}"
        if samples is None:
            with step("programming the board and checking its memories"):
                seconds, errors = program(board), board.errors()
            facts = {"design": board.design, "programming_seconds": seconds, "errors": errors}
            emit(facts, as_json, key_values(title, facts | {"errors": _joined(errors)}))
            return
        run = run_on_board(board, samples)
        energy = meter.energy(run.summary, simulate) if meter else None
        facts = run.facts(image, samples, board.design, energy)
    emit(facts, as_json, key_values(f"{title}, {data}", _table(facts)))
    if not facts["passed"]:
        sys.exit(1)


def _meter(watts: float | None, clock: float | None, data: str | None) -> Meter | None:
    if watts is None and clock is None:
        return None
    if watts is None or clock is None:
        raise InputError("give both --watts and --clock, or neither: energy is power times time")
    if data is None:
        raise InputError("--watts is for samples: give --data")
    return Meter(watts, clock)


def _joined(errors: list[str]) -> str:
    return ", ".join(errors) or "none"


def _table(facts: dict[str, Any]) -> dict[str, Any]:
    """What a person wants to know of a run."""
    link = facts["link"]
    return {
        "verdict": "PASSED" if facts["passed"] else "FAILED",
        "design": facts["design"],
        "samples": facts["samples"],
        "accuracy": f"{100 * facts['accuracy']:.2f} %",
        "golden accuracy": f"{100 * facts['golden_accuracy']:.2f} %",
        "spikes compared": facts["spikes_compared"],
        "potentials compared": facts["potentials_compared"],
        "mismatches": facts["mismatches"],
        "first mismatch": str(facts["first_mismatch"]) if facts["first_mismatch"] else "none",
        "sticky errors": _joined(facts["errors"]),
        "cycles per sample": facts["cycles_per_sample"],
        "synaptic operations per sample": facts["synaptic_ops_per_sample"],
        **_energy_rows(facts["energy"]),
        "seconds to program": facts["programming_seconds"],
        "samples per second": facts["samples_per_second"],
        "packets to the board": f"{link['packets_sent']:,}, sent again {link['packets_resent']:,}",
        "packets from the board": link["packets_received"],
        "frames": f"{link['frames_sent']:,} sent, {link['frames_received']:,} received, "
        f"{link['damaged']:,} damaged, {link['out_of_order']:,} out of order",
        "retries": f"{link['rejects']:,} rejected frames, {link['timeouts']:,} timeouts",
    }


def _energy_rows(energy: dict[str, float | None] | None) -> dict[str, str]:
    """What there is of it, in words."""
    if energy is None:
        return {}
    told = {
        "energy per sample": "joules_per_sample",
        "energy per synaptic operation": "joules_per_synaptic_op",
        "energy per sample, line included": "joules_per_sample_on_line",
    }
    found = {title: energy[key] for title, key in told.items()}
    return {title: f"{joules:.3g} J" for title, joules in found.items() if joules is not None}
