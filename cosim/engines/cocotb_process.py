"""Runs one cocotb simulation: `python -m cosim.engines.cocotb_process BUILD_FOLDER TOP`.

A process of its own because cocotb's runner works through environment and working directory.
"""

import os
import sys
from pathlib import Path

from cocotb_tools.runner import get_runner

if __name__ == "__main__":
    build, top = Path(sys.argv[1]), sys.argv[2]
    here = Path(os.environ["SPIKELOOM_BENCH"])
    runner = get_runner("verilator")
    runner.test(
        test_module="cosim.benches.tb_packets",
        hdl_toplevel=top,
        hdl_toplevel_lang="verilog",
        build_dir=build,
        test_dir=here,
        results_xml=str(here / "results.xml"),
    )
