"""The command line. A new command is one file in `flows/commands` and one line there."""

import os
import sys
import warnings
from importlib import import_module
from typing import NoReturn

import click

from mapper.errors import InputError, VerificationError

from .commands import COMMANDS

__all__ = ["cli", "main"]


_LONGEST = 800  # characters of a message


class _Interrupted(Exception):
    """Ctrl-C."""


class _LazyGroup(click.Group):
    """Imports a command when it is used, and lists commands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        return getattr(import_module(f".commands.{module}", __package__), attribute)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Interrupted from error  # click would print an empty line of its own

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(n, text) for n, (_, text) in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="spikeloom")
def cli() -> None:
    """From a trained spiking network to Verilog that is proved bit-exact.

    \b
    spikeloom demo                         the whole chain on embedded digits
    spikeloom zoo                          trained networks that ship with the project
    spikeloom cosim mnist-ternary --data mnist:test --limit 200 -o out
                                           a network through its Verilog, every value compared

    Exit codes: 0 done and everything equal; 1 a comparison failed; 2 bad input.
    Data sets other than digits are read from $SPIKELOOM_DATA, else downloaded once.
    """


def main() -> None:
    """Entry point: one clear message and the right exit code for everything that can go wrong."""
    warnings.simplefilter("default", UserWarning)
    try:
        cli.main(prog_name="spikeloom", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _stop(error.format_message(), error.exit_code)
    except (_Interrupted, click.Abort, KeyboardInterrupt):
        _stop("interrupted; give the same command again to go on from the last checkpoint", 130)
    except InputError as error:
        _stop(str(error), 2)
    except VerificationError as error:
        _stop(f"verification failed: {error}", 1)
    except BrokenPipeError:
        # Python would flush standard output once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:  # a full disk, a folder that may not be read
        _stop(str(error), 2)


def _stop(message: str, code: int) -> NoReturn:
    """Exit with one line on standard error; what is long is shown from both its ends."""
    text = " ".join(message.split())
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 300]} ... {text[-290:]}"
    click.echo(f"spikeloom: {text}", err=True)
    sys.exit(code)
