"""Builds one simulation: `python -m cosim.engines.pyverilator_build TOP.v ARG ...`.

ARG: more arguments for Verilator. A process of its own because PyVerilator works through
environment and working directory, and because its module is changed for the build.
"""

import sys
from pathlib import Path

from .pyverilator_compat import build_model

if __name__ == "__main__":
    build_model(Path(sys.argv[1]), Path("obj"), sys.argv[2:])
