"""The session of `spikeloom shell`: what it shows, what it knows, how it runs code."""

import builtins
import code
import sys
import traceback
from types import CodeType
from typing import Any

import numpy as np

from mapper import packets
from mapper.errors import InputError, VerificationError

from .chip import Chip

__all__ = ["Console", "names_for", "run_script"]

_HELP = """\
chip.program()               program the chip, check every memory
chip.send([0, 5])            input elements that spike in the coming tick; a hybrid chip takes the
                             values of a sample, before its first tick
chip.tick()                  one tick; its length in clock cycles
chip.run(spikes)             a whole sample; the class that the chip decides for
chip.potentials("NAME")      of a population, read from the chip; chip.spikes("NAME") alike
chip.golden.potentials(..)   the same, as the golden model has it
chip.compare()               every value of all complete samples, against the golden model
chip.counters()              counters of every core; chip.errors(): sticky error bits
chip.names                   what chip.read(core, name[, index]) reads, chip.write(core, name,
                             value[, index]) writes
chip.io                      the ports; chip.io.i__valid = 1; chip.step(n): clock cycles
chip.exchange(packets, n)    packets as they are; waits for n answers
chip.start_wave("x.vcd")     record all signals; chip.stop_wave()
chip.sim                     the PyVerilator object

help(chip.send) and so on says more. samples (with --data): .spikes, .labels. np is numpy,
packets is mapper.packets. Populations: {populations}
Tab completes. Ctrl-D ends the session."""


def names_for(chip: Chip, samples: Any = None) -> dict[str, Any]:
    """What a session knows by name."""
    names = {"chip": chip, "np": np, "packets": packets, "help": _help(chip)}
    return names | ({} if samples is None else {"samples": samples})


def _help(chip: Chip) -> Any:
    populations = ", ".join(p.name for p in chip.image.populations)

    def help_(*subject: Any) -> None:
        """help() lists what a session can do, help(subject) explains one thing."""
        if subject:
            builtins.help(*subject)
        else:
            print(_HELP.format(populations=populations))

    return help_


class Console(code.InteractiveConsole):
    """Python's own, where a mistake in the use of the chip is one line."""

    def __init__(self, chip: Chip, names: dict[str, Any]) -> None:
        super().__init__(names)
        params = chip.image.params
        self.banner = (
            f"{chip.image.network_name} on {params.width} x {params.height} cores "
            f"({params.fabric}), simulated by PyVerilator. chip.program() comes first, "
            "help() says what is next."
        )

    def run(self) -> None:
        """Until the end of the input; with completion where Python has readline."""
        try:
            import readline
            import rlcompleter
        except ImportError:  # works without, less comfortably
            pass
        else:
            readline.set_completer(rlcompleter.Completer(self.locals).complete)
            readline.parse_and_bind("tab: complete")
        self.interact(self.banner, "")

    def showtraceback(self) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, InputError | VerificationError):
            self.write(f"{error}\n")
        elif isinstance(error, KeyboardInterrupt):
            self.write("interrupted; if the chip was at work, program() starts anew\n")
        else:
            super().showtraceback()


def run_script(text: str, where: str, names: dict[str, Any]) -> None:
    """Run Python code with `names`.

    Raises InputError, with the line, for what is wrong in the code; errors of the chip pass.
    """
    try:
        exec(_compiled(text, where), names)
    except (InputError, VerificationError, SystemExit):
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = [f.lineno for f in frames if f.filename == where][-1]
        raise InputError(f"{where}, line {line}: {type(error).__name__}: {error}") from error


def _compiled(text: str, where: str) -> CodeType:
    try:
        return compile(text, where, "exec")
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{where}: {type(error).__name__}: {error}") from error
