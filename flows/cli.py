"""The command line. A new command is one file in `flows/commands` and one line there."""

import sys
import warnings
from importlib import import_module

import click

from mapper.errors import InputError, VerificationError

from .commands import COMMANDS

__all__ = ["cli", "main"]


class _LazyGroup(click.Group):
    """Imports a command when it is used, and lists commands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        return getattr(import_module(f".commands.{module}", __package__), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(n, text) for n, (_, text) in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; the same command goes on from the last checkpoint", err=True)
        sys.exit(130)
    except InputError as error:
        click.echo(f"spikeloom: {error}", err=True)
        sys.exit(2)
    except VerificationError as error:
        click.echo(f"spikeloom: verification failed: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)
