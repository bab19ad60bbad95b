"""What every core of a golden run is fed and does: enough to run one of them alone."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import CONTROL

from ..trace import ChipTrace
from .crossbar import run_chip

__all__ = ["CoreRecord", "record_chip"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CoreRecord:
    """One core in every chip tick of its pass.

    axons: uint8 (samples, ticks, bytes), which axons carry a spike, 8 to a byte, first highest
    fired: bool (samples, ticks, neurons), of the complete neurons in the order of their columns;
           nobody where the core's window is closed
    """

    axons: npt.NDArray[np.uint8]
    fired: Bools

    def events(self, axons: int) -> Bools:
        """(samples, ticks, axons), unpacked."""
        return np.unpackbits(self.axons, axis=2, count=axons).astype(bool)


def record_chip(
    image: ChipImage, spikes: npt.NDArray[np.generic]
) -> tuple[ChipTrace, list[CoreRecord]]:
    """Run the golden model (`run_chip`); its trace, and a record of every core of every pass.

    spikes: (samples, network ticks, inputs). A sample takes a bit per axon, tick and core.
    """
    records = [_empty(image, core, len(spikes)) for core in range(len(image.cores))]

    def watch(core: int, tick: int, chosen: slice, axons: Bools, fired: Bools | None) -> None:
        records[core].axons[chosen, tick] = np.packbits(axons, axis=1)
        if fired is not None:
            records[core].fired[chosen, tick] = fired

    return run_chip(image, spikes, watch=watch), records


def _empty(image: ChipImage, core: int, samples: int) -> CoreRecord:
    memory, ticks = image.cores[core], image.passes[image.pass_of(core)].ticks
    axons = len(memory.synapse) << memory.extension
    neurons = int(CONTROL.unpack(memory.control[: memory.columns])["last"].sum())
    return CoreRecord(
        np.zeros((samples, ticks, -(-axons // 8)), np.uint8),
        np.zeros((samples, ticks, neurons), bool),
    )
