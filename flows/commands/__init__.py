"""The commands, in the order of the help text: name -> (module:attribute, one line of help).

A module is imported when its command is used, so that `--help` does not wait for torch.
"""

__all__ = ["COMMANDS"]

COMMANDS = {
    "demo": ("demo:demo", "The whole chain on embedded digits, in about a minute."),
    "zoo": ("zoo:zoo", "List the trained networks that ship with the project."),
    "train": ("train:train", "Train a recipe; resumes an interrupted run."),
    "sweep": ("sweep:sweep", "Train a recipe with several seeds and settings; one table."),
    "sweep-macro": ("sweep_macro:sweep_macro", "Try settings and noise of PIM macros."),
    "export": ("export:export", "Export a finished run as an integer Network."),
    "import": ("import_:import_", "Quantize a network that another tool trained (NIR)."),
    "evaluate": ("evaluate:evaluate", "Run samples through an integer Network; by class."),
    "check": ("check:check", "Does a network fit a fabric, and if not why."),
    "map": ("map:map_", "Map a network onto a chip: a ChipImage."),
    "golden": ("golden:golden", "Run samples through the golden model only."),
    "cosim": ("cosim:cosim", "Run samples through the Verilog; compare every value."),
    "verify": ("verify:verify", "Check Evidence again, all of it or some samples."),
    "diff": ("diff:diff", "Name the first difference of two engines on a sample."),
    "shell": ("shell:shell", "Play with a chip: ports, spikes, ticks, potentials."),
    "verilog": ("verilog:verilog", "Write portable Verilog with memory images."),
    "fpga": ("fpga:fpga", "Make an FPGA bitstream with figures."),
    "energy": ("energy:energy", "Energy and delay beside ANNs, from counted operations."),
    "host": ("host:host", "Run samples on a board, or on its simulation; compare every value."),
    "board-sim": ("board_sim:board_sim", "Simulate a board behind a serial port."),
    "report": ("report:report", "Make one self-contained page from Evidence."),
}
