"""Network: a spiking neural network in integers, as it leaves training.

Schema version 2. Populations of neurons, connections between them, one input, one output.
Layer-synchronous time: at network tick t a population sees the spikes that its sources fired at
t - delay; `delay` 0 is feed-forward (these connections form no cycle), 1 or more is recurrent.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .connections import Connection, Conv, Dense
from .decisions import DECISIONS, Decision, needs_spikes
from .errors import InputError
from .integers import check_shape, exact_integers
from .neurons import NEURON_KINDS, NeuronKind
from .semantics import Decay, DecayKind, Reset

__all__ = [
    "INPUT", "SCHEMA_VERSION", "Conv", "Decision", "Dense", "Network", "Population", "is_direct",
]  # fmt: skip

SCHEMA_VERSION = 2
_HASH_VERSION = 1  # of what `sha256` covers; it outlives schemas that only add
INPUT = "input"
"""Name of the network's input as a connection's source."""

Array = npt.NDArray[np.int64]
_MAX_TICKS = (1 << 16) - 1  # chips count the ticks of a sample in 16 bits
_LARGEST_VALUE = 255  # of a directly coded input
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")  # it becomes a key in HDF5, zip and HTML


def _integers(value: Any, n: int, where: str) -> Array:
    """`value` as n exact integers; a scalar is repeated."""
    if isinstance(value, np.ndarray) and value.size > max(n, 1):  # before it takes memory
        raise InputError(f"{where}: expected {n} values, got shape {value.shape}")
    array = exact_integers(value, where)
    if array.shape not in ((), (n,)):
        raise InputError(f"{where}: expected {n} values, got shape {array.shape}")
    return np.ascontiguousarray(np.broadcast_to(array, (n,)))


def _plain(value: Any, where: str) -> dict[str, Any]:
    """A copy of a JSON object; InputError when it would not survive being written to a file."""
    try:
        copy = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{where} must be plain JSON values: {error}") from error
    if not isinstance(copy, dict):
        raise InputError(f"{where} must be a JSON object, not {value!r}")
    return copy


@dataclass(frozen=True, eq=False)
class Population:
    """Neurons of one kind. `threshold`, `bias`, `initial`: int64 arrays (n,), or one integer.

    name:      unique, not "input"; letters, digits, "_", ".", "-", at most 64
    shape:     e.g. (800,) or (16, 12, 12) channels first; n is its product
    kind:      a name in NEURON_KINDS: "threshold" (IF, LIF, stateless), "readout", "rel_psp",
               "rel_psp_readout"
    decay:     see `Decay`
    reset:     see `Reset`
    threshold: fires when the potential reaches it (ignored by a readout)
    bias:      added at every tick
    initial:   potential at the start of a sample
    group:     neurons c * group .. c * group + group - 1 along the first dimension see the same
               sum and differ in their thresholds: a group of scatter and gather (k_rep of Zou et
               al. 2021, section 3). A fact for mapper and report; it computes nothing
    """

    name: str
    shape: tuple[int, ...]
    kind: str = "threshold"
    decay: Decay = field(default_factory=lambda: Decay(DecayKind.NONE))
    reset: Reset = Reset.ZERO
    threshold: Array = field(default_factory=lambda: np.ones((), np.int64))
    bias: Array = field(default_factory=lambda: np.zeros((), np.int64))
    initial: Array = field(default_factory=lambda: np.zeros((), np.int64))
    group: int = 1

    def __post_init__(self) -> None:
        where = f"population {self.name!r}"
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name) or self.name == INPUT:
            raise InputError(
                f"{where}: a name has 1..64 letters, digits, '_', '.', '-' and is not {INPUT!r}"
            )
        check_shape(self.shape, where)
        if self.kind not in NEURON_KINDS:
            raise InputError(
                f"{where}: unknown neuron kind {self.kind!r}; known: {', '.join(NEURON_KINDS)}"
            )
        if not isinstance(self.decay, Decay):
            raise InputError(f"{where}: decay must be a Decay, not {self.decay!r}")
        if self.reset not in [*Reset]:
            raise InputError(f"{where}: unknown reset {self.reset!r}; known: {', '.join(Reset)}")
        object.__setattr__(self, "reset", Reset(self.reset))
        for name in ("threshold", "bias", "initial"):
            value = _integers(getattr(self, name), self.n, f"{where}: {name}")
            object.__setattr__(self, name, value)
        if type(self.group) is not int or self.group < 1 or self.shape[0] % self.group:
            raise InputError(
                f"{where}: group must be an integer >= 1 that divides the {self.shape[0]} of "
                f"shape {self.shape}, not {self.group!r}"
            )

    @property
    def n(self) -> int:
        """Number of neurons."""
        return prod(self.shape)

    @property
    def neuron(self) -> NeuronKind:
        """The dynamics."""
        return NEURON_KINDS[self.kind]


def is_direct(encoding: dict[str, Any]) -> bool:
    """Whether an encoding gives values instead of spikes."""
    return encoding.get("name") == "pixels"


@dataclass(frozen=True, eq=False)
class Network:
    """The contract between training and hardware. Validated on construction.

    name:        for people
    input_shape: shape of one tick's input spikes
    populations: in any order; `order` gives a topological one
    connections: see `mapper.connections`
    output:      name of the population that names the class
    ticks:       network ticks per sample, T in 1..65,535
    decision:    "potential" (at the last tick), "spikes" or "first_spike"; see `mapper.decisions`
    encoding:    how inputs become spikes, for `algo.encoders`: {"name": ..., parameters}
    record:      JSON-able facts about the origin: recipe, seed, accuracies
    """

    name: str
    input_shape: tuple[int, ...]
    populations: tuple[Population, ...]
    connections: tuple[Connection, ...]
    output: str
    ticks: int
    decision: Decision = "potential"
    encoding: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_shape(self.input_shape, "network input")
        names = [p.name for p in self.populations]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"two populations are called {name!r}")
        if type(self.ticks) is not int or not 1 <= self.ticks <= _MAX_TICKS:
            raise InputError(f"ticks must be an integer in 1..{_MAX_TICKS}, not {self.ticks!r}")
        if self.decision not in DECISIONS:
            raise InputError(
                f"decision must be one of {', '.join(DECISIONS)}, not {self.decision!r}"
            )
        if self.output not in names:
            raise InputError(f"output {self.output!r} is not a population ({', '.join(names)})")
        if needs_spikes(self.decision) and not self[self.output].neuron.spiking:
            raise InputError(f"decision {self.decision}: output {self.output!r} never spikes")
        for name in ("encoding", "record"):
            object.__setattr__(self, name, _plain(getattr(self, name), f"network {name}"))
        group = self.encoding.get("group", 1)
        if type(group) is not int or group < 1 or self.input_shape[0] % group:
            raise InputError(
                f"network encoding: group must be an integer >= 1 that divides the "
                f"{self.input_shape[0]} of input shape {self.input_shape}, not {group!r}"
            )
        for connection in self.connections:
            self._check_connection(connection)
        if not {c.target for c in self.connections} >= set(names):
            lonely = sorted(set(names) - {c.target for c in self.connections})
            raise InputError(f"population {lonely[0]!r} has no incoming connection")
        self.order()

    def _check_connection(self, connection: Connection) -> None:
        where = connection.where
        known = {INPUT, *(p.name for p in self.populations)}
        for end in (connection.source, connection.target):
            if end not in known:
                raise InputError(f"{where}: there is no population {end!r}")
        if connection.target == INPUT:
            raise InputError(f"{where}: nothing can connect to the input")
        if connection.source != INPUT and not self[connection.source].neuron.spiking:
            raise InputError(f"{where}: {connection.source!r} never spikes")
        connection.check_shapes(self.shape_of(connection.source), self.shape_of(connection.target))

    def __getitem__(self, name: str) -> Population:
        for population in self.populations:
            if population.name == name:
                return population
        raise InputError(f"there is no population {name!r}")

    @property
    def n_inputs(self) -> int:
        """Number of input lines."""
        return prod(self.input_shape)

    def shape_of(self, name: str) -> tuple[int, ...]:
        """Shape of a population, or of the input."""
        return self.input_shape if name == INPUT else self[name].shape

    def size_of(self, name: str) -> int:
        """Elements of a population, or of the input."""
        return prod(self.shape_of(name))

    @property
    def input_group(self) -> int:
        """Input channels that an encoding makes of one: `group` of the encoding, by default 1."""
        return int(self.encoding.get("group", 1))

    @property
    def direct(self) -> bool:
        """Whether the input is values 0..255, the same at every tick, instead of spikes (direct
        coding, Rathi and Roy 2020).
        """
        return is_direct(self.encoding)

    @property
    def input_maximum(self) -> int:
        """Largest value of an input element."""
        return _LARGEST_VALUE if self.direct else 1

    def incoming(self, name: str) -> list[Connection]:
        """Connections into a population, in declaration order."""
        return [c for c in self.connections if c.target == name]

    def order(self) -> list[Population]:
        """Populations such that feed-forward sources come first; InputError on a cycle."""
        done, order = {INPUT}, list[Population]()
        waiting = list(self.populations)
        while waiting:
            ready = [
                p
                for p in waiting
                if all(c.source in done for c in self.incoming(p.name) if c.delay == 0)
            ]
            if not ready:
                raise InputError(
                    f"populations {', '.join(p.name for p in waiting)} form a cycle of "
                    "connections without delay; recurrent connections need delay >= 1"
                )
            order += ready
            done |= {p.name for p in ready}
            waiting = [p for p in waiting if p.name not in done]
        return order

    def sha256(self) -> str:
        """Hash of all that the hardware computes: not of names for people, records, groups."""
        digest = hashlib.sha256()

        def add(facts: list[Any], *arrays: Array) -> None:
            digest.update(json.dumps(facts).encode())
            for array in arrays:
                digest.update(np.ascontiguousarray(array, dtype="<i8").tobytes())

        add([_HASH_VERSION, self.input_shape, self.output, self.ticks, self.decision])
        for p in self.populations:
            add(
                [p.name, p.shape, p.kind, p.decay.kind, p.decay.amount, p.reset],
                p.threshold,
                p.bias,
                p.initial,
            )
        for c in self.connections:
            geometry = [c.weight.shape, c.geometry] if c.geometry else []
            add([type(c).__name__, c.source, c.target, c.format, c.delay, *geometry], c.weight)
        return digest.hexdigest()
