"""The command line. A new command is one file in `flows/commands` and one line there."""

import sys
import warnings

import click

from cosim.engines.base import EngineError
from cosim.host import HostError
from mapper.errors import InputError

from .commands import COMMANDS

__all__ = ["cli", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


for _command in COMMANDS:
    cli.add_command(_command)


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
    except (EngineError, HostError) as error:
        click.echo(f"spikeloom: verification failed: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)
