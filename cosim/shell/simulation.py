"""One simulated chip that stays alive: clock cycles, packets, waveforms."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.files import atomic_file
from mapper.image import Image

from ..engines.pyverilator import PyVerilatorEngine
from ..live.connected import Connected, Progress
from .ports import Ports

__all__ = ["Simulation"]


class Simulation(Connected):
    """The Verilog of an image's chip in PyVerilator, not yet programmed.

    Building it takes a minute or more, once per content (`VerilatedEngine.cached`).
    """

    def __init__(self, image: Image[Any]) -> None:
        super().__init__(image)
        self._engine = PyVerilatorEngine(image.params)
        self._wave = ExitStack()
        self._port, self._fresh = self._engine.open(), True

    @property
    def sim(self) -> Any:
        """The PyVerilator object, with all that it can do."""
        return self._port.sim

    @property
    def io(self) -> Ports:
        """The ports: `chip.io.o__valid`, `chip.io.i__valid = 1`."""
        return Ports(self.sim)

    @property
    def cycle(self) -> int:
        """Clock cycles so far."""
        return self._port.cycle

    @property
    def patience(self) -> int:
        """Cycles without any packet before a chip that owes an answer counts as hung."""
        return self._port.patience

    @patience.setter
    def patience(self, cycles: int) -> None:
        self._port.patience = cycles

    def restart(self) -> None:
        """A new chip: registers after reset, memories full of zeros. A recording ends."""
        self.stop_wave()
        self._port, self._fresh = self._engine.open(), True

    def step(self, cycles: int = 1) -> None:
        """Clock cycles, with the ports as they are; helpers leave them at rest."""
        if cycles < 0:
            raise InputError(f"step({cycles}): time runs forward only")
        self._port.step(cycles)

    def transfer(
        self, packets: Sequence[int], answers: int, progress: Progress
    ) -> npt.NDArray[np.uint64]:
        self._fresh = False
        words = [int(p) for p in packets]
        return np.array(self._port.exchange(words, answers, progress=progress), np.uint64)

    def start_wave(self, path: str | Path) -> None:
        """Record every signal, half cycle by half cycle, as a VCD file, which slows things down.

        The file is there after `stop_wave`.
        """
        if self.sim.vcd_trace is not None:
            raise InputError("a waveform is being recorded; stop_wave() ends it")
        temporary = str(self._wave.enter_context(atomic_file(path)))
        if not temporary.isascii():
            self._wave.close()
            raise InputError(f"{temporary}: PyVerilator takes names of ASCII characters only")
        self.sim.start_vcd_trace(temporary)

    def stop_wave(self) -> None:
        """End the recording, if there is one."""
        if self.sim.vcd_trace is not None:
            self.sim.stop_vcd_trace()
        self._wave.close()

    def close(self) -> None:
        """Nothing is left half written."""
        self.stop_wave()
