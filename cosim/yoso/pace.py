"""What the host's pace changes: how the grid is programmed, and what can be compared.

With early exit the other PEs stop whenever the news reaches them. So all that depends on them
alone is not compared then: their neurons, their counters, and packets that came too late.
"""

from dataclasses import replace

import numpy as np

from mapper.errors import InputError
from mapper.yoso.image import GridImage
from mapper.yoso.layout import MODE

from ..host import PACES
from ..trace import ChipTrace, empty_trace

__all__ = ["compared", "grid_trace", "programmed"]


def programmed(image: GridImage, pace: str) -> GridImage:
    """The image as the host programs it: at pace "exit" with MODE.exit.

    Raises InputError for an unknown pace, and when no PE can end a sample early.
    """
    if pace not in PACES:
        raise InputError(f"unknown pace {pace!r}; known: {', '.join(PACES)}")
    if pace != "exit":
        return image
    if image.exit_core is None:
        raise InputError(
            "pace exit: the first spike must decide (decision first_spike) and one PE must hold "
            f"the whole output; here the decision is {image.decision!r}, the output lies in "
            f"{len(np.unique(image[image.output].core))}"
        )
    cores = list(image.cores)
    core = cores[image.exit_core]
    cores[image.exit_core] = replace(core, mode=core.mode | int(MODE.pack(exit=1)))
    return replace(image, cores=tuple(cores))


def grid_trace(image: GridImage, samples: int, pace: str) -> ChipTrace:
    """A trace of zeros; potentials of all ticks at pace "tick", else of the last one."""
    return empty_trace(image, samples, image.lines, image.network_ticks if pace == "tick" else 1)


def compared(trace: ChipTrace, image: GridImage, pace: str) -> ChipTrace:
    """The trace without what is not compared at this pace; the arrays are shared."""
    if pace != "exit":
        return trace
    output, exits = image.output, np.array([image.exit_core])
    return replace(
        trace,
        spikes={output: trace.spikes[output]},
        potentials={output: trace.potentials[output]},
        counters={n: v[:, exits] for n, v in trace.counters.items() if n != "stray"},
    )
