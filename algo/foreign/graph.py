"""From a NIR graph to populations and what leads from one to the other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import nir
import numpy as np
import torch
from torch import Tensor

from mapper.errors import InputError
from mapper.integers import check_shape
from mapper.network import INPUT

from .neurons import NEURONS, FloatNeuron, neuron_of
from .nodes import Affine, operator_of
from .operators import Operator, Reshape

__all__ = ["FloatNetwork", "FloatPath", "FloatPopulation", "float_network"]

Shape = tuple[int, ...]
_SCORES = FloatNeuron(1.0, np.zeros(()), None)


@dataclass(frozen=True)
class FloatPath:
    """From the spikes of `source` through `operators` to a population, `delay` ticks later."""

    source: str
    operators: tuple[Operator, ...]
    delay: int


@dataclass(frozen=True, eq=False)
class FloatPopulation:
    """offset: (prod(shape),), added at every tick: the neuron's bias and what those of the
    operators make of no spike at all
    """

    name: str
    shape: Shape
    neuron: FloatNeuron
    paths: tuple[FloatPath, ...]
    offset: Tensor


@dataclass(frozen=True)
class FloatNetwork:
    """populations: sources before those that hear them; the last one is the output"""

    input_shape: Shape
    populations: tuple[FloatPopulation, ...]

    @property
    def output(self) -> FloatPopulation:
        """The population that decides."""
        return self.populations[-1]


def float_network(graph: Any, dt: float) -> FloatNetwork:
    """The network of a `nir.NIRGraph`, stepped by `dt`, in the unit of its time constants.

    Populations are its nodes IF, LIF, I and LI; what leads straight to the output becomes one
    more that adds up scores. A neuron that hears itself does so a tick later. Raises InputError,
    with the node's name, for what cannot be imported.
    """
    return _Reader(graph, dt).network()


def _flat(graph: Any, prefix: str = "") -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Nodes and edges, those of graphs within graphs too; their inputs and outputs just pass."""
    nodes, edges = dict[str, Any](), [(prefix + a, prefix + b) for a, b in graph.edges]
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            inner, more = _flat(node, f"{prefix}{name}.")
            ends = {kind: [n for n, found in inner.items() if isinstance(found, kind)]
                    for kind in (nir.Input, nir.Output)}  # fmt: skip
            nodes |= inner
            here = prefix + name
            edges = more + [
                (source, target)
                for a, b in edges
                for source in (ends[nir.Output] if a == here else [a])
                for target in (ends[nir.Input] if b == here else [b])
            ]
        else:
            nodes[prefix + name] = node
    return nodes, edges


def _check_parameters(node: Any, shape: Shape) -> None:
    """Parameters may be scalars, or have one value for each of what comes."""
    for name in ("tau", "r", "v_leak", "v_threshold", "v_reset"):
        own = np.size(getattr(node, name, 0))
        if own not in (1, prod(shape)):
            raise InputError(f"{own} values of {name}, what comes has shape {shape}")


def _end(graph: Any, kind: type) -> str:
    """The name of the graph's input or output."""
    found = [name for name, node in graph.nodes.items() if isinstance(node, kind)]
    if len(found) != 1:
        raise InputError(f"{len(found)} nodes {kind.__name__}; one is expected")
    return found[0]


class _Reader:
    def __init__(self, graph: Any, dt: float) -> None:
        self.nodes, edges = _flat(graph)
        self.dt = dt
        self.before: dict[str, list[str]] = {name: [] for name in self.nodes}
        for source, target in dict.fromkeys(edges):
            if source not in self.nodes or target not in self.nodes:
                raise InputError(f"edge {source} -> {target}: there is no such node")
            self.before[target].append(source)
        self.input, self.output = (_end(graph, kind) for kind in (nir.Input, nir.Output))
        self.shapes = self._find_shapes()
        self.neurons = [n for n, node in self.nodes.items() if type(node) in NEURONS]
        self.names = dict(self._find_names())

    def network(self) -> FloatNetwork:
        last = self.before[self.output]
        if len(last) != 1:
            raise InputError(f"{len(last)} nodes lead to the output; one is expected")
        heard = {name: self._paths(name) for name in self.neurons}
        found = [self._population(name, heard[name]) for name in self._order(heard)]
        output = self._through(last[0])
        if output in self.neurons:
            found.sort(key=lambda p: p.name == self.names[output])  # stable: the output last
        else:
            found.append(self._scores())
        return FloatNetwork(self.shapes[self.input], tuple(found))

    def _through(self, name: str) -> str:
        """Past the output of a graph within the graph."""
        while isinstance(self.nodes[name], nir.Output) and len(self.before[name]) == 1:
            name = self.before[name][0]
        return name

    def _scores(self) -> FloatPopulation:
        paths = tuple(self._float_path(p, 0) for p in self._paths(self.output))
        shape = self._arriving(self.output)
        return FloatPopulation("scores", shape, _SCORES, paths, self._offset(self.output))

    def _population(self, name: str, paths: list[list[str]]) -> FloatPopulation:
        try:
            neuron = neuron_of(self.nodes[name], self.dt)
        except InputError as error:
            raise self._at(name, error) from error
        found = tuple(self._float_path(path, int(path[0] == name)) for path in paths)
        offset = self._offset(name) + torch.from_numpy(np.atleast_1d(neuron.bias).ravel())
        return FloatPopulation(self.names[name], self.shapes[name], neuron, found, offset)

    def _float_path(self, path: list[str], delay: int) -> FloatPath:
        operators, shape = list[Operator](), self.shapes[path[0]]
        for name in path[1:]:
            if self._acts(name):
                arriving = self._arriving(name)
                operators += [Reshape(arriving)] if arriving != shape else []
                operators.append(self._affine(name).operator)
                shape = self.shapes[name]
        source = INPUT if path[0] == self.input else self.names[path[0]]
        return FloatPath(source, tuple(operators), delay)

    def _acts(self, name: str) -> bool:
        return not isinstance(self.nodes[name], nir.Input | nir.Output)

    def _paths(self, name: str, seen: tuple[str, ...] = ()) -> list[list[str]]:
        """All ways to a node from neurons or the input: the source, then nodes between."""
        found = []
        for before in self.before[name]:
            if before == self.input or before in self.neurons:
                found.append([before])
            elif before in seen:
                raise InputError(f"node {before}: a loop without neurons")
            else:
                found += [[*path, before] for path in self._paths(before, (*seen, before))]
        return found

    def _order(self, heard: dict[str, list[list[str]]]) -> list[str]:
        done, order, waiting = {self.input}, list[str](), list(self.neurons)
        while waiting:
            ready = [n for n in waiting if {p[0] for p in heard[n]} <= {*done, n}]
            if not ready:
                raise InputError(f"neurons {', '.join(waiting)} hear each other in a loop; only "
                                 "neurons that hear themselves can be imported")  # fmt: skip
            order += ready
            done |= {*ready}
            waiting = [n for n in waiting if n not in done]
        return order

    def _find_shapes(self) -> dict[str, Shape]:
        """Of what leaves each node: from the input on, so that loops have theirs, too."""
        known, left = dict[str, Shape](), list(self.nodes)
        while ready := [n for n in left if n == self.input or known.keys() & {*self.before[n]}]:
            for name in ready:
                known[name] = self._leaving_shape(name, known)
            left = [n for n in left if n not in known]
        if left:
            raise InputError(f"node {left[0]!r}: nothing leads to it from the input")
        for name, sources in self.before.items():
            coming = [known[source] for source in sources]
            if len({prod(shape) for shape in coming}) > 1:
                raise InputError(f"node {name!r}: what comes has different shapes, {coming}")
        return known

    def _leaving_shape(self, name: str, known: dict[str, Shape]) -> Shape:
        node = self.nodes[name]
        if name == self.input:
            shape = tuple(int(n) for n in np.atleast_1d(next(iter(node.input_type.values()))))
            check_shape(shape, "input")
            return shape
        coming = self._unbatched(name, next(known[b] for b in self.before[name] if b in known))
        try:
            if type(node) in NEURONS:
                _check_parameters(node, coming)
            elif self._acts(name):
                return operator_of(node, coming).operator.shape_out(coming)
        except InputError as error:
            raise self._at(name, error) from error
        return coming

    def _arriving(self, name: str) -> Shape:
        """Of what comes to a node."""
        return self._unbatched(name, self.shapes[self.before[name][0]])

    def _unbatched(self, name: str, shape: Shape) -> Shape:
        """Without the dimension of one sample that some tools leave in the input's shape."""
        ranks = {nir.Conv1d: 2, nir.Conv2d: 3, nir.AvgPool2d: 3, nir.SumPool2d: 3}
        rank = ranks.get(type(self.nodes[name]))
        while rank and len(shape) > rank and shape[0] == 1:
            shape = shape[1:]
        return shape

    def _affine(self, name: str) -> Affine:
        try:
            return operator_of(self.nodes[name], self._arriving(name))
        except InputError as error:
            raise self._at(name, error) from error

    def _offset(self, name: str) -> Tensor:
        """What comes to a node at a tick without any spike: each bias once, however many paths."""
        total = torch.zeros(prod(self._arriving(name)), dtype=torch.float64)
        for before in self.before[name]:
            if before != self.input and before not in self.neurons:
                total = total + self._leaving(before)
        return total

    def _leaving(self, name: str) -> Tensor:
        coming = self._offset(name)
        if not self._acts(name):
            return coming
        shape, (operator, offset) = self._arriving(name), self._affine(name)
        found = operator(coming.reshape(1, *shape))
        return (found if offset is None else found + offset).flatten()

    def _find_names(self) -> Iterator[tuple[str, str]]:
        """Of populations, from their nodes': with the characters that a Network allows; unique."""
        taken = {INPUT, "output", "scores"}
        for node in self.neurons:
            name = re.sub(r"[^A-Za-z0-9_.-]", "_", node).lstrip(".-")[:48] or "neurons"
            if name.startswith("connection_"):  # what NIR files call connections here
                name = f"n_{name}"
            if name in taken:
                name = next(f"{name}_{i}" for i in range(len(taken) + 1)
                            if f"{name}_{i}" not in taken)  # fmt: skip
            taken.add(name)
            yield node, name

    def _at(self, name: str, error: InputError) -> InputError:
        kind = type(self.nodes[name]).__name__
        return InputError(f"node {name!r} ({kind}): {error}")
