"""spikeloom board-sim"""

import click

from cosim.board.noise import Noise
from cosim.board.simulator import BoardSimulator
from cosim.board.terminal import open_terminal

from ..output import emit, json_option, say, step
from ..resolve import find_chip
from .options import core_option, noise_options, target_option

__all__ = ["board_sim"]


@click.command()
@click.argument("chip")
@noise_options
@target_option
@core_option
@json_option
def board_sim(chip: str, noise: float, seed: int, target: str, core: str, as_json: bool) -> None:
    """Simulate a board with CHIP behind a serial port: the Verilog, UART included.

    Prints the port, a pseudo-terminal, and serves it until Ctrl-C. To whoever opens it the port
    is that of a board, at any baud rate:

    \b
    spikeloom board-sim digits --core small &
    spikeloom host --port /dev/pts/N digits --core small --data digits:test --limit 20
    """
    image, line = find_chip(chip, target, core), Noise(noise, seed)
    with step("building the simulated board (cached)"):
        board = BoardSimulator(image.params).switch_on()
    with open_terminal(board, line) as terminal:
        if as_json:
            emit({"port": terminal.path}, as_json)
        else:
            click.echo(terminal.path)
        try:
            terminal.serve()
        except KeyboardInterrupt:
            say(f"{terminal.moved:,} bytes passed, {line.hits:,} of them hit by noise; "
                f"{board.cycle:,} clock cycles")  # fmt: skip
