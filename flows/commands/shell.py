"""spikeloom shell"""

import json
import sys
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any

import click

from cosim.shell import Chip
from cosim.shell.console import Console, names_for, run_script
from mapper.errors import InputError

from ..output import emit, json_option, step
from ..resolve import find_chip, samples_for
from .options import core_option, limit_option, target_option

__all__ = ["shell"]


def _script(code: str | None, script: Path | None) -> tuple[str, str] | None:
    """(text, where it is from) of what to run instead of a session."""
    if code is not None and script is not None:
        raise InputError(f"-c and {script}: give one of them")
    if script is None:
        return None if code is None else (code, "-c")
    try:
        return script.read_text(), str(script)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{script}: cannot be read as text: {error}") from error


@click.command()
@click.argument("chip")
@click.argument("script", required=False, type=click.Path(path_type=Path))
@click.option("-c", "code", metavar="CODE", help="Run Python code instead of a session.")
@click.option("--data", metavar="SET:SPLIT", help="Samples for `samples`, such as digits:test.")
@limit_option
@target_option
@core_option
@json_option
def shell(
    chip: str, script: Path | None, code: str | None, data: str | None, limit: int | None,
    target: str, core: str, as_json: bool,
) -> None:  # fmt: skip
    """Play with the Verilog of CHIP: ports, clock cycles, spikes, ticks, potentials.

    An interactive Python session in which `chip` is the simulated chip; help() there lists what it
    can do. With SCRIPT, a Python file, or -c CODE that is run instead.

    \b
    spikeloom shell digits --core small --data digits:test
    >>> chip.program()
    >>> chip.run(samples.spikes[0])
    >>> chip.potentials("out")

    With --json the last line is an object with the clock cycles, the chip's error bits, and what
    your code called `result`; all that it printed goes to standard error.

    Made by PyVerilator, which compiles the chip the first time: a minute or more.
    """
    found = _script(code, script)
    image = find_chip(chip, target, core)
    samples = samples_for(image, data, limit) if data else None
    with step("building the simulation (cached)"):
        simulated = Chip(image)
    names = names_for(simulated, samples)
    with closing(simulated), redirect_stdout(sys.stderr if as_json else sys.stdout):
        if found:
            run_script(*found, names)
        else:
            Console(simulated, names).run()
    if as_json:
        emit(_facts(simulated, names), as_json)


def _facts(chip: Chip, names: dict[str, Any]) -> dict[str, Any]:
    """What --json prints; InputError for a `result` that JSON cannot say."""
    result = names.get("result")
    try:
        value = json.loads(json.dumps(result, default=lambda array: array.tolist()))
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"result: a {type(result).__name__} cannot be JSON: {error}") from error
    return {"cycles": chip.cycle, "errors": chip.errors(), "result": value}
