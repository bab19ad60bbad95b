"""From the packets that a YOSO grid sends to the trace of a run."""

import numpy as np
import numpy.typing as npt

from mapper.packets import Kind
from mapper.yoso.image import GridImage
from mapper.yoso.layout import COUNTERS, STATE, TAG

from ..answers import Fields, HostError, added_counts, check_answers, fields_slice, sort_packets
from ..checksums import Checksums
from ..reads import expected_answers
from ..trace import COUNTED, ChipTrace
from .pace import compared, grid_trace
from .samples import SamplePlan

__all__ = ["Decoder"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Decoder:
    """Knows the order of a run's answers: the checksums, then sample after sample."""

    def __init__(self, image: GridImage, plan: SamplePlan, checksums: Checksums, pace: str) -> None:
        self.image, self.plan, self.checksums, self.pace = image, plan, checksums, pace
        self._pattern = expected_answers(plan.reads_after)

    @property
    def per_sample(self) -> int:
        """Answers (DONE and REPLY) that a sample causes."""
        return len(self._pattern.kind)

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        """See `Session.decode`."""
        programming = self.checksums.answers
        expected = programming + samples * self.per_sample
        outputs, waits, others = sort_packets(answers, expected)
        trace = grid_trace(self.image, samples, self.pace)
        trace.corrupt = self.checksums.corrupt(fields_slice(others, 0, programming))
        rest = fields_slice(others, programming, expected - programming)
        fields = {n: v.reshape(samples, -1) for n, v in rest.items()}
        check_answers(fields, self._pattern, self.image.params)
        trace.cycles = fields["data"][:, self._pattern.kind == Kind.DONE]
        self._replies(trace, fields["data"][:, self._pattern.kind == Kind.REPLY])
        self._outputs(trace, outputs, waits)
        return compared(trace, self.image, self.pace)

    def _replies(self, trace: ChipTrace, data: Ints) -> None:
        waits, states = len(self.plan.waits), self.plan.states
        words, registers = np.split(data, [waits * states], axis=1)
        self._states(trace, words.reshape(trace.samples, waits, states))
        self._counters(trace, registers.reshape(trace.samples, self.image.params.cores, -1))

    def _states(self, trace: ChipTrace, words: Ints) -> None:
        """Spikes and potentials from STATE words (samples, waits, neurons)."""
        state = STATE.unpack(words)
        fired, tick = state["fired"].astype(bool), state["tick"]
        self._check_states(words, fired, tick)
        sign = 1 << dict(STATE.fields)["potential"] - 1
        potential = (state["potential"] ^ sign) - sign
        spikes = fired[:, -1:] & (tick[:, -1:] == np.arange(self.image.network_ticks)[:, None])
        for p in self.image.populations:
            if np.isin(p.core, self.plan.cores).all():
                place = self.plan.place(p.core, p.column)
                trace.spikes[p.name][:] = spikes[:, :, place]
                trace.potentials[p.name][:] = potential[:, :, place]

    def _check_states(self, words: Ints, fired: Bools, tick: Ints) -> None:
        """HostError for what a neuron that fires at most once cannot say of itself."""
        now = np.array(self.plan.waits)[:, None]
        before = np.zeros_like(fired)
        before[:, 1:] = fired[:, :-1]
        at = np.zeros_like(tick)
        at[:, 1:] = tick[:, :-1]
        earliest = now if self.pace == "tick" else 0
        new = np.where(fired, (tick >= earliest) & (tick <= now), tick == 0)
        right = np.where(before, fired & (tick == at), new) & (words >> STATE.width == 0)
        wrong = np.argwhere(~right)
        if len(wrong):
            sample, wait, place = (int(i) for i in wrong[0])
            core, neuron = self.plan.neuron(place)
            raise HostError(
                f"sample {sample}: the state of neuron {neuron} of PE {core} after tick "
                f"{self.plan.waits[wait]}, {int(words[sample, wait, place]):#x}, cannot be: fired "
                "at another tick, or not what was read before"
            )

    def _outputs(self, trace: ChipTrace, fields: Fields, waits: Ints) -> None:
        """Enter OUTPUTs. waits: DONEs before each of them."""
        sample, wait = np.divmod(waits, len(self.plan.waits))
        tag = TAG.unpack(fields["address"])
        known = (sample < trace.samples) & (tag["sample"] == sample & 1)
        known &= (fields["address"] >> TAG.width == 0) & (tag["tick"] < self.image.network_ticks)
        known &= fields["space"] == 0
        if self.pace == "tick":
            known &= tag["tick"] == wait
        place = fields["y0"] * self.image.params.width + fields["x0"]
        entered = 0
        for name, first in self.image.lines.items():
            core = self.image[name].core
            neuron = fields["data"] - first
            mine = known & (neuron >= 0) & (neuron < len(core))
            mine[mine] = core[neuron[mine]] == place[mine]
            where = np.stack([sample[mine], tag["tick"][mine], neuron[mine]])
            if len(np.unique(where, axis=1).T) != where.shape[1]:
                raise HostError("an OUTPUT packet came twice in a tick")
            trace.outputs[name][tuple(where)] = True
            entered += where.shape[1]
        if entered != len(known):
            raise HostError("an OUTPUT packet names a line, tick or PE that it cannot have")

    def _counters(self, trace: ChipTrace, registers: Ints) -> None:
        """Registers ERRORS, CYCLES.. (samples, PEs, words)."""
        errors, added = added_counts(registers)
        trace.errors = np.bitwise_or.reduce(errors, axis=0)
        trace.measured = {r.name.lower(): added[:, :, j] for j, r in enumerate(COUNTERS)}
        trace.counters = {name: trace.measured[name] for name in COUNTED}
