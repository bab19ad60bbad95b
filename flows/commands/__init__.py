"""The commands, in the order of the help text."""

from .check import check
from .cosim import cosim
from .demo import demo
from .export import export
from .golden import golden
from .map import map_
from .report import report
from .train import train
from .verilog import verilog
from .zoo import zoo

__all__ = ["COMMANDS"]

COMMANDS = (demo, zoo, train, export, check, map_, golden, cosim, verilog, report)
