"""The interface of all engines: packets in, packets out."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError, VerificationError
from mapper.mesh import MeshParams

__all__ = ["NO_STALLS", "Engine", "EngineError", "Stalls"]


class EngineError(VerificationError):
    """The hardware hung, or the simulator could not be built or run."""


@dataclass(frozen=True)
class Stalls:
    """Random stalls on the host port. Probabilities per cycle, 0 <= p < 1.

    source: the host does not offer a packet; sink: the host does not take one.
    """

    source: float = 0.0
    sink: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("source", "sink"):
            value = getattr(self, name)
            if not 0 <= value < 1:
                raise InputError(f"stall probability {name} must be in 0 <= p < 1, not {value}")


NO_STALLS = Stalls()


class Engine(ABC):
    """Runs the chip's RTL. One engine object runs one chip; each `exchange` starts from reset."""

    name: ClassVar[str]

    def __init__(self, params: MeshParams) -> None:
        self.params = params
        self.stopped = threading.Event()
        """Set to make running exchanges end early, with EngineError."""

    def __getstate__(self) -> dict[str, Any]:
        """To another process go the chip and where its build is, not the event."""
        return {name: value for name, value in vars(self).items() if name != "stopped"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.stopped = threading.Event()

    @abstractmethod
    def build(self) -> None:
        """Do what is slow and can be cached. `exchange` calls it when nobody did."""

    @abstractmethod
    def exchange(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> npt.NDArray[np.uint64]:
        """Send `packets`, return all that the chip sends.

        answers: how many DONE and REPLY packets they cause. The run ends when they have come, and
        after a grace period in which the chip must stay silent.
        progress: called with the number of DONE and REPLY packets so far, now and then.
        Raises EngineError when the chip stops answering.
        """

    def verilog_sha256(self) -> str | None:
        """Hash of the Verilog that runs, or None for an engine that runs none."""
        return None
