"""What is on the FPGA is what was proved: the netlist that synthesis makes, simulated."""

from collections.abc import Mapping
from pathlib import Path

from cosim.board.simulator import BoardSimulator
from mapper.mesh import MeshParams
from rtl.boards.board import Board
from rtl.boards.design import linked_design

from .build import NETLIST, Build
from .tools import Tool, run_tool

__all__ = ["NetlistSimulator"]

_RESULT = "simulated.v"


class NetlistSimulator(BoardSimulator):
    """A simulated board made of FPGA cells: LinkedChip after synthesis for the FPGA of a board.

    Yosys puts the cells' models (its own, and ours for the memory) in their places and drops what
    their parameters switch off.

    tools: see `Build`; folder: where synthesis works, its netlist stays
    """

    name = "netlist"
    blocks = False
    make = ("OPT_FAST=-O1",)  # it is compiled longer than it runs

    def __init__(
        self, params: MeshParams, board: type[Board], tools: Mapping[str, Tool], folder: Path
    ) -> None:
        super().__init__(params)
        design = linked_design(self.linked(), self.top)
        self.synthesis = Build(design, board, folder, tools, board.clock_hz)
        self._verilog: dict[str, str] | None = None

    def verilog(self) -> dict[str, str]:
        if self._verilog is None:
            self._verilog = {_RESULT: self._simulated()}
        return self._verilog

    def _simulated(self) -> str:
        build = self.synthesis
        build.write()
        build.synthesize(lambda line: None)
        models = build.family.models
        for name, text in models.items():
            (build.folder / name).write_text(text)
        script = (
            f"read_json {NETLIST}", "delete =A:blackbox =A:whitebox =A:lib_whitebox",
            f"read_verilog -overwrite {build.family.library}",
            *(f"read_verilog -overwrite {name}" for name in models),
            f"hierarchy -check -top {self.top}",
            "setattr -mod -unset whitebox -unset lib_whitebox =*",  # or they would not be flattened
            "proc", "flatten", "delete t:$scopeinfo", "memory_collect",
            "opt -nodffe -nosdff -purge", "opt_mem", "opt_clean -purge",
            f"write_verilog -noattr {_RESULT}",
        )  # fmt: skip
        (build.folder / "simulated.ys").write_text("\n".join(script) + "\n")
        yosys = build.tools["synthesis"]
        run_tool(yosys, ["simulated.ys"], build.folder, "simulated.log", lambda line: None)
        return (build.folder / _RESULT).read_text()
