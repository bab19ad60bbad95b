"""The learning engine of docs/learning-engine.md, one integer at a time: slow, without torch."""

from dataclasses import dataclass, field


@dataclass
class Engine:
    """`stored[layer][neuron][input]` are the stored weights; the rest as in the document."""

    stored: list[list[list[int]]]
    high: int
    fraction: int
    theta: int
    decay: int
    trace_shift: int
    trace_unit: int
    output_threshold: int
    hidden_threshold: int
    margin: int
    dropped: int
    centered: bool
    lfsr: int
    synapses: list[list[list[int]]] = field(default_factory=list)
    recent: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recent = [[0] * len(layer[0]) for layer in self.stored]
        self.program()

    def program(self) -> None:
        """Saturate the stored weights; the synapses get their upper bits."""
        limit, half = self.high << self.fraction, (1 << self.fraction) >> 1
        self.stored = [
            [[max(-limit, min(limit, m)) for m in row] for row in layer] for layer in self.stored
        ]
        self.synapses = [
            [[(m + half) >> self.fraction for m in row] for row in layer] for layer in self.stored
        ]

    def batch(self, samples: list[list[list[int]]], labels: list[int], rate_shift: int) -> None:
        """Learn from samples [tick][input] one after another, then program the synapses."""
        self.sums = [[0] * len(recent) for recent in self.recent]
        self.events = [0] * len(self.recent)
        for sample, label in zip(samples, labels, strict=True):
            self.learn(sample, label, rate_shift)
        self.program()
        for recent, sums, events in zip(self.recent, self.sums, self.events, strict=True):
            for i, total in enumerate(sums if events else []):
                recent[i] += total // events - (recent[i] >> 3)

    def draw(self) -> int:
        for _ in range(16):
            lowest = self.lfsr & 1
            self.lfsr >>= 1
            if lowest:
                self.lfsr ^= 0xB400
        return self.lfsr

    def learn(self, sample: list[list[int]], label: int, rate_shift: int) -> None:
        ticks, last = len(sample), len(self.stored) - 1
        full = max(ticks - self.margin, 1)
        masks = [[self.draw() >= self.dropped for _ in layer] for layer in self.stored[:-1]]
        masks.append([True] * len(self.stored[-1]))
        spikes = [sample]
        for index in range(len(self.stored)):
            spikes.append(self.respond(index, spikes[index], masks[index]))
        counts = [
            [sum(tick[i] for tick in layer) for i in range(len(layer[0]))] for layer in spikes
        ]

        wanted = [1 if neuron == label else -1 for neuron in range(len(self.stored[-1]))]
        errors = self.errors(counts[-1], wanted, full)
        desires = [[sign(-e) if abs(e) > self.output_threshold else 0 for e in errors]]
        for index in range(last, 0, -1):
            errors = self.errors(counts[index + 1], desires[0], full)
            desire = []
            for i, takes_part in enumerate(masks[index - 1]):
                error = sum(e * row[i] for e, row in zip(errors, self.synapses[index], strict=True))
                has = takes_part and abs(error) > self.hidden_threshold
                desire.append(sign(-error) if has else 0)
            desires.insert(0, desire)

        for index, layer in enumerate(self.stored):
            traces = [0] * len(layer[0])
            for before, after in zip(spikes[index], spikes[index + 1], strict=True):
                for i, spike in enumerate(before):
                    traces[i] += -(traces[i] >> self.trace_shift) + self.trace_unit * spike
                for o, spike in enumerate(after):
                    if spike and desires[index][o]:
                        self.events[index] += 1
                        for i, trace in enumerate(traces):
                            self.sums[index][i] += trace
                            mean = self.recent[index][i] >> 3 if self.centered else 0
                            layer[o][i] += desires[index][o] * (trace - mean) << rate_shift

    def respond(self, index: int, inputs: list[list[int]], mask: list[bool]) -> list[list[int]]:
        """Spikes [tick][neuron] of a layer; those that dropout silences send none."""
        threshold = self.theta
        if index > 0:  # ceil(theta (1 - p))
            threshold = -(-self.theta * ((1 << 16) - self.dropped) >> 16)
        v, fired = [0] * len(mask), []
        for tick in inputs:
            for o, row in enumerate(self.synapses[index]):
                v[o] -= v[o] >> self.decay if self.decay else 0
                v[o] += sum(w for w, spike in zip(row, tick, strict=True) if spike)
            fires = [u >= threshold for u in v]
            v = [u - threshold if f else u for u, f in zip(v, fires, strict=True)]
            fired.append([int(f and m) for f, m in zip(fires, mask, strict=True)])
        return fired

    @staticmethod
    def errors(counts: list[int], desires: list[int], full: int) -> list[int]:
        return [
            (min(c, full) - (full if d > 0 else 0)) if d else 0
            for c, d in zip(counts, desires, strict=True)
        ]


def sign(x: int) -> int:
    return (x > 0) - (x < 0)
