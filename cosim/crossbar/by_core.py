"""Core by core: every core of a chip alone, fed with what the golden model recorded for it.

Proves each core's RTL against its golden model at the cost of one core, whatever the size of the
chip: one simulation, of a 1 x 1 mesh, serves all cores of all networks on such cores. The mesh
between the cores is not run.
"""

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import ROUTE
from mapper.packets import SPIKE

from ..engines import Engine, Stalls
from ..engines.base import NO_STALLS
from ..golden.record import CoreRecord, record_chip
from ..trace import COUNTED, ChipTrace, empty_trace
from ..verify import Verification, judge
from .alone import NEURONS, ROUTES, complete_neurons, core_alone, route_columns
from .session import CrossbarSession

__all__ = ["record_by_core", "run_by_core", "verify_by_core"]

Bools = npt.NDArray[np.bool_]


def record_by_core(
    image: ChipImage, spikes: npt.NDArray[np.bool_]
) -> tuple[ChipTrace, list[CoreRecord]]:
    """What `run_by_core` must give, `packets` too, says the golden model; what it needs."""
    golden, records = record_chip(image, spikes)
    for i, (core, record) in enumerate(zip(image.cores, records, strict=True)):
        sender = np.searchsorted(complete_neurons(core), route_columns(core)[1])
        golden.packets[i] = record.fired[:, :, sender]
    return golden, records


def run_by_core(
    engine: Engine,
    image: ChipImage,
    records: list[CoreRecord],
    stalls: Stalls = NO_STALLS,
    progress: Callable[[float], None] = lambda samples: None,
) -> ChipTrace:
    """Run every core of `image`, of all passes, on its own; the trace of the whole chip.

    engine: of the chip `alone_params(image.params)`
    records: of `record_by_core`
    progress: called with the number of samples done, where a sample counts a share in every core

    The trace is that of a run of the whole mesh, but for `packets`, which only this run can see,
    and `cycles`, which are those of all cores one after the other. OUTPUT packets, too, are known
    by the route entries that were sent.

    Raises EngineError when a core hangs, HostError for answers that make no sense, InputError for
    an image with cores that cannot be run alone.
    """
    samples = len(records[0].fired)
    received = {name for run in image.passes for name in run.lines}
    trace = empty_trace(image, samples, received)
    trace.measured = {n: np.zeros_like(trace.counters["events"]) for n in ("cycles", *COUNTED)}
    cycles = []
    for core, record in enumerate(records):
        alone = _run(engine, image, core, record, stalls)
        _enter(trace, image, core, alone)
        cycles.append(alone.cycles)
        progress(samples * (core + 1) / len(records))
    trace.cycles = np.concatenate(cycles, axis=1)
    return trace


def verify_by_core(
    engine: Engine,
    image: ChipImage,
    spikes: npt.NDArray[np.bool_],
    stalls: Stalls = NO_STALLS,
    progress: Callable[[float], None] = lambda samples: None,
) -> Verification:
    """Every core's RTL against the golden model of the whole chip; see `run_by_core`.

    spikes: (samples, network ticks, inputs)
    """
    start = time.perf_counter()
    golden, records = record_by_core(image, spikes)
    middle = time.perf_counter()
    rtl = run_by_core(engine, image, records, stalls, progress)
    end = time.perf_counter()
    return judge(image, golden, rtl, end - middle, middle - start)


def _run(
    engine: Engine, image: ChipImage, core: int, record: CoreRecord, stalls: Stalls
) -> ChipTrace:
    alone = core_alone(image, core)
    events = record.events(*alone.input_shape)
    session = CrossbarSession(alone)
    answers = engine.exchange(
        session.packets(events),
        session.answers(len(events)),
        Stalls(stalls.source, stalls.sink, stalls.seed + core),
    )
    return session.decode(answers, len(events))


def _enter(trace: ChipTrace, image: ChipImage, core: int, alone: ChipTrace) -> None:
    """Put what core `core` did alone where it is in the trace of the chip."""
    memory, index = image.cores[core], image.pass_of(core)
    lasts = complete_neurons(memory)
    for p in image.populations:
        here = np.flatnonzero(p.core == core)
        if not len(here):
            continue
        local = np.searchsorted(lasts, p.column[here])
        first = image.first_tick(p, index)
        ticks = slice(first, first + image.network_ticks)
        trace.spikes[p.name][:, :, here] = alone.spikes[NEURONS][:, ticks, local]
        trace.potentials[p.name][:, :, here] = alone.potentials[NEURONS][:, ticks, local]
    trace.packets[core] = alone.outputs[ROUTES]
    _enter_outputs(trace, image, core, alone.outputs[ROUTES])
    for name in COUNTED:
        trace.counters[name][:, core] = alone.counters[name][:, 0]
    for name, values in alone.measured.items():
        trace.measured[name][:, core] = values[:, 0]
    trace.errors[core] = alone.errors[0]
    trace.corrupt += [text.replace("core 0", f"core {core}", 1) for text in alone.corrupt]


def _enter_outputs(trace: ChipTrace, image: ChipImage, core: int, sent: Bools) -> None:
    """OUTPUTs of the chip: route entries that lead to the host there. sent: of ROUTES."""
    index = image.pass_of(core)
    entry, _ = route_columns(image.cores[core])
    word = ROUTE.unpack(image.cores[core].route[entry])
    line = SPIKE.pack(row=word["row"], phase=word["phase"]).astype(np.int64)
    for name, first in image.passes[index].lines.items():
        neurons = image.neurons_of(name, index)
        mine = np.flatnonzero(word["host"] & (line >= first) & (line < first + len(neurons)))
        tick = image.first_tick(image[name], index)
        ticks = slice(tick, tick + image.network_ticks)
        trace.outputs[name][:, :, neurons[line[mine] - first]] |= sent[:, ticks, mine]
