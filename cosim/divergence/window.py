"""The waveform of the tick in which two runs part, and of the tick before."""

from dataclasses import dataclass
from pathlib import Path

from mapper.errors import VerificationError

from ..engines.waveform import Recording, WaveformEngine
from .find import Divergence
from .inspectors import find_inspector

__all__ = ["Window", "record_window"]


@dataclass(frozen=True)
class Window:
    """cycles: first and last one, counted from the reset; 10 ns each in the file

    scope: of the core concerned; potential: the signal that holds its potential, None if no
    neuron is concerned; reproduced: whether this run too had the value that differs
    """

    cycles: tuple[int, int]
    scope: str
    potential: str | None
    reproduced: bool


def record_window(found: Divergence, path: Path) -> Window:
    """Run once more, with Verilator, and record the window as an FST file.

    The packets are those of the run that differed, so without stalls on the host's port, or with
    the batch engine's, the cycles are the same too. Raises EngineError and HostError as engines
    and hosts do.
    """
    first, run = found.first, found.run
    assert first is not None and found.chip_tick is not None
    image, probed = run.image, run.probed()
    engine = WaveformEngine(image.params, first["core"] % image.params.cores)
    begin = run.done(first["core"], first["sample"], max(0, found.chip_tick - 1))
    recording = Recording(path, int(probed.begin[begin]), int(probed.done[found.done]) + 1)
    answers, cycles = engine.record(recording, probed.packets, probed.answers, run.stalls)
    potential = None
    if "neuron" in first:
        column = int(image[first["name"]].column[first["neuron"]])
        potential = find_inspector(image).lane(image, first["core"], column)
    try:
        trace, _ = run.decode(probed, answers)
    except VerificationError:
        reproduced = False
    else:
        values = getattr(trace, first["what"])[first["name"]]
        index = (first["sample"], first["tick"], first["neuron"]) if "neuron" in first else (
            first["sample"], first["core"])  # fmt: skip
        shown = {first["expected"], first["actual"]} - {_golden_value(found)}
        reproduced = int(values[index]) in shown
    return Window((cycles[0], cycles[-1]), engine.scope, potential, reproduced)


def _golden_value(found: Divergence) -> int:
    first = found.first
    assert first is not None
    values = getattr(found.run.golden(), first["what"])[first["name"]]
    if "neuron" in first:
        return int(values[first["sample"], first["tick"], first["neuron"]])
    return int(values[first["sample"], first["core"]])
