"""Network <-> NIR graph: exact integers in a graph that any NIR tool understands.

Each population is an `IF` (no decay), `LIF` or, for a readout, `LI` node whose continuous
parameters, with dt = 1, say the same as our decay: v' = lambda v + I with tau = 1 / (1 - lambda)
and r = tau. What NIR cannot say (shift decay, reset, delay, bias outside an Affine, integer
formats) is in node and graph metadata under our schema version; a reader that ignores metadata
still gets the graph, the weights and the thresholds.

Each connection is a `Linear`, `Conv1d` or `Conv2d` node. A NIR node has one shape, so a population
has as many map dimensions (0 to 2) as all its incoming connections can say in NIR 1.0: none when
one of them is dense; one at most when a kernel is not square, since NIR tools infer the output of
such a `Conv2d` wrongly; two at most, since there is no `Conv3d`. The dimensions before those are
unrolled into channels, which is a reshape of the maps and a larger, exact kernel; what we read
back is then the kernel in the metadata. A `Flatten` node stands where a source has more, and a
convolution that undoes it where a connection takes a source as a map of another shape; if none can
(see `mapper.nir_reshape`), the map has no dimensions.
"""

import json
from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Any

import nir
import numpy as np
import numpy.typing as npt

from .connections import CONNECTION_KINDS, Connection, Conv
from .errors import InputError
from .network import INPUT, SCHEMA_VERSION, Network, Population
from .nir_reshape import can_reshape, check_reshape, reshape_node, reshape_weight_shape
from .semantics import Decay, DecayKind, Reset

__all__ = ["check_convolution", "from_nir", "to_nir"]

_OUTPUT = "output"
_CONNECTION, _RESHAPE = "connection_", "_reshape"
_MAX_UNROLLED = 1 << 29  # entries of a node's weight; the CNN-3D of Datta et al. 2022 has 2^28.2


def to_nir(network: Network) -> Any:
    """The network as a `nir.NIRGraph`; InputError when NIR nodes cannot hold it."""
    maps = _map_dimensions(network)
    shapes = {name: _view(network.shape_of(name), kept) for name, kept in maps.items()}
    nodes: dict[str, Any] = {
        INPUT: nir.Input(input_type={"input": np.array(shapes[INPUT])}),
        _OUTPUT: nir.Output(output_type={"output": np.array(shapes[network.output])}),
    }
    edges = [(network.output, _OUTPUT)]
    for p in network.populations:
        if p.name == _OUTPUT or p.name.startswith(_CONNECTION):
            raise InputError(f"population name {p.name!r} is reserved in NIR files; rename it")
        nodes[p.name] = _population_node(p, shapes[p.name])
    for i, c in enumerate(network.connections):
        key, kept = f"{_CONNECTION}{i}", maps[c.target]
        path = _views(key, c, network.shape_of(c.source), maps[c.source], kept)
        path[key] = _connection_node(c, kept)
        nodes |= path
        edges += pairwise([c.source, *path, c.target])
    facts = {
        "version": SCHEMA_VERSION,
        "name": network.name,
        "input_shape": network.input_shape,
        "populations": [p.name for p in network.populations],
        "ticks": network.ticks,
        "decision": network.decision,
        "encoding": network.encoding,
        "record": network.record,
    }
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata={"spikeloom": json.dumps(facts)})


def _map_dimensions(network: Network) -> dict[str, int]:
    """How many map dimensions (0 to 2) the node of the input and of each population has."""
    convolved = any(isinstance(c, Conv) and c.source == INPUT for c in network.connections)
    kept = {p.name: min(2, len(p.shape) - 1) for p in network.populations}
    kept[INPUT] = min(2, len(network.input_shape) - 1) if convolved else 0
    changed = True
    while changed:
        before = dict(kept)
        for c in network.connections:
            most = _most_dimensions(c, network.shape_of(c.source), kept[c.source])
            kept[c.target] = min(kept[c.target], most)
        changed = kept != before
    return kept


def _most_dimensions(c: Connection, source: tuple[int, ...], kept: int) -> int:
    """Map dimensions of a connection's node; the node of its source, of this shape, has `kept`."""
    if not isinstance(c, Conv):
        return 0
    most = min(kept, c.rank, 2 if len({*c.kernel[-2:]}) == 1 else 1)
    return next((k for k in range(most, 0, -1) if _reaches(c, source, k)), 0)


def _reaches(c: Conv, source: tuple[int, ...], kept: int) -> bool:
    """Whether nodes can make the map that `c` sees of its source's node."""
    view, wanted = _view(source, kept), _view(c.input_shape, kept)
    small = prod(reshape_weight_shape(wanted)) <= _MAX_UNROLLED
    return view == wanted or (can_reshape(view) and small)


def _views(
    key: str, c: Connection, source: tuple[int, ...], given: int, kept: int
) -> dict[str, Any]:
    """Nodes between a source of this shape, whose own has `given` map dimensions, and `c`'s."""
    found, view = dict[str, Any](), _view(source, kept)
    if given != kept:
        shape = {"input": np.array(_view(source, given))}
        found[f"{key}_flatten"] = nir.Flatten(shape, start_dim=0, end_dim=given - kept)
    if isinstance(c, Conv) and view != (wanted := _view(c.input_shape, kept)):
        found[f"{key}{_RESHAPE}"] = reshape_node(wanted)
    return found


def _view(shape: tuple[int, ...], kept: int) -> tuple[int, ...]:
    """`shape` with all but the last `kept` dimensions merged."""
    lead = len(shape) - kept
    return (prod(shape[:lead]), *shape[lead:])


def _population_node(p: Population, shape: tuple[int, ...]) -> Any:
    tau = 1.0 / (1.0 - min(p.decay.factor, 1.0 - 2.0**-30))  # IF: a leak too slow to matter
    ones = np.ones(shape)
    threshold = p.threshold.astype(float).reshape(shape)
    meta = {
        "kind": p.kind,
        "shape": np.array(p.shape),
        "decay": str(p.decay.kind),
        "decay_amount": p.decay.amount,
        "reset": str(p.reset),
        "bias": p.bias,
        "initial": p.initial,
        "threshold": p.threshold,
        "group": p.group,
    }
    if not p.neuron.spiking:
        return nir.LI(tau=tau * ones, r=tau * ones, v_leak=0 * ones, metadata=meta)
    if p.decay.kind == DecayKind.NONE and p.kind == "threshold":
        return nir.IF(r=ones, v_threshold=threshold, metadata=meta)
    return nir.LIF(
        tau=tau * ones, r=tau * ones, v_leak=0 * ones, v_threshold=threshold, metadata=meta
    )


def _connection_node(c: Connection, kept: int) -> Any:
    meta = {"kind": type(c).__name__, "format": c.format, "delay": c.delay, "scale": c.scale}
    if not isinstance(c, Conv):
        return nir.Linear(weight=_smallest(c.weight), metadata=meta)
    if kept < c.rank:
        meta |= {name: np.array(value) for name, value in c.geometry.items()}
        meta["kernel"] = _smallest(c.weight)
    weight = _unrolled(c, kept)
    if kept == 0:
        return nir.Linear(weight=weight, metadata=meta)
    stride, padding, spatial = (v[-kept:] for v in (c.stride, c.padding, c.spatial))
    bias = np.zeros(len(weight))
    if kept == 1:
        return nir.Conv1d(
            spatial[0], weight, stride[0], padding[0], dilation=1, groups=1, bias=bias,
            metadata=meta,
        )  # fmt: skip
    return nir.Conv2d(
        spatial, weight, stride, padding, dilation=(1, 1), groups=1, bias=bias, metadata=meta
    )


def _unrolled_shape(c: Conv, kept: int) -> tuple[int, ...]:
    lead = 1 + c.rank - kept
    return (prod(c.output_shape[:lead]), prod(c.input_shape[:lead]), *c.weight.shape[1 + lead :])


def _unrolled(c: Conv, kept: int) -> npt.NDArray[np.int8]:
    """The weight of the same convolution over the last `kept` dimensions only."""
    shape = _unrolled_shape(c, kept)
    if prod(shape) > _MAX_UNROLLED:
        raise InputError(
            f"{c.where}: NIR has no node for it beside the target's other connections, and "
            f"unrolled to a weight of shape {shape} it has more than {_MAX_UNROLLED} entries"
        )
    lead = c.rank - kept
    places, inputs = prod(c.output_shape[1 : 1 + lead]), prod(c.spatial[:lead])
    channels_out, channels_in = c.weight.shape[:2]
    weight = np.zeros((channels_out, places, channels_in, inputs, *c.kernel[lead:]), np.int8)
    for offset in np.ndindex(c.kernel[:lead]):
        place, seen = c.taps(offset)
        weight[:, place, :, seen] = c.weight[(slice(None), slice(None), *offset)]
    return weight.reshape(shape)


def _smallest(weight: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
    return weight.astype(np.int8)  # every weight format fits 8 bits


def from_nir(graph: Any, facts: dict[str, Any]) -> Network:
    """The Network of a graph that `to_nir` made and of the `facts` in its metadata.

    Raises InputError for values that no Network may have; KeyError, TypeError, ValueError,
    AttributeError or IndexError when parts are missing.
    """
    populations = tuple(_population(name, graph) for name in facts["populations"])
    sources = {b: a for a, b in graph.edges}
    targets = {a: b for a, b in graph.edges}
    views = _view_nodes(graph)
    kinds = (nir.Linear, nir.Conv1d, nir.Conv2d)
    keys = [k for k, node in graph.nodes.items() if isinstance(node, kinds) and k not in views]
    connections = []
    for key in sorted(keys, key=lambda k: int(k.removeprefix(_CONNECTION))):
        *between, source = _path(sources[key], sources, views)
        connection = _connection(key, graph.nodes[key], source, targets[key])
        for name in between:
            _check_view(name, graph.nodes[name], connection, graph.nodes[key].weight.ndim - 2)
        connections.append(connection)
    _check_edges(graph, connections, sources[_OUTPUT])
    return Network(
        name=str(facts["name"]),
        input_shape=tuple(facts["input_shape"]),
        populations=populations,
        connections=tuple(connections),
        output=sources[_OUTPUT],
        ticks=facts["ticks"],
        decision=facts["decision"],
        encoding=dict(facts["encoding"]),
        record=dict(facts["record"]),
    )


def _view_nodes(graph: Any) -> set[str]:
    """Names of the nodes that only change a shape."""
    convolutions = (nir.Conv1d, nir.Conv2d)
    return {
        name
        for name, node in graph.nodes.items()
        if isinstance(node, nir.Flatten)
        or (isinstance(node, convolutions) and name.endswith(_RESHAPE))
    }


def _path(name: str, sources: dict[str, str], views: set[str]) -> list[str]:
    """From a node back to the first that is no view; there are two views at most."""
    path = [name]
    while path[-1] in views and len(path) <= 2:
        path.append(sources[path[-1]])
    return path


def _check_view(name: str, node: Any, connection: Connection, kept: int) -> None:
    """InputError unless the node passes on what it gets, as the map that the connection sees."""
    if isinstance(node, nir.Flatten):
        return
    if not isinstance(connection, Conv) or not kept:
        raise InputError(f"node {name!r}: nothing behind it needs another shape")
    check_reshape(name, node, _view(connection.input_shape, kept))


def _check_edges(graph: Any, connections: list[Connection], output: str) -> None:
    """InputError for a node or an edge that says more than the Network that was read."""
    views, sources = _view_nodes(graph), {b: a for a, b in graph.edges}
    # `nir` adds an Output for every population that nobody hears of.
    ends = {f"{_OUTPUT}_{name}" for name in graph.nodes}
    found = sorted(
        (_path(a, sources, views)[-1], b) for a, b in graph.edges if b not in views | ends
    )
    expected = [(output, _OUTPUT)]
    for i, c in enumerate(connections):
        expected += [(c.source, f"{_CONNECTION}{i}"), (f"{_CONNECTION}{i}", c.target)]
    if found != sorted(expected):
        raise InputError("the graph's edges are not those of its connections")
    known = {name for edge in found for name in edge}
    foreign = sorted(graph.nodes.keys() - views - ends - known)
    if foreign:
        raise InputError(f"node {foreign[0]!r} belongs to no population and no connection")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _population(name: Any, graph: Any) -> Population:
    if not isinstance(name, str) or name not in graph.nodes:
        raise InputError(f"population {name!r}: there is no such node")
    meta = graph.nodes[name].metadata
    return Population(
        name=name,
        shape=_tuple(meta["shape"]),
        kind=_text(meta["kind"]),
        decay=Decay(DecayKind(_text(meta["decay"])), int(meta["decay_amount"])),
        reset=Reset(_text(meta["reset"])),
        threshold=meta["threshold"],
        bias=meta["bias"],
        initial=meta["initial"],
        group=int(meta.get("group", 1)),  # since schema version 2
    )


def _tuple(values: Any) -> tuple[int, ...]:
    return tuple(int(v) for v in values)


def _connection(key: str, node: Any, source: str, target: str) -> Connection:
    meta = node.metadata
    name = _text(meta.get("kind", "Dense"))  # since schema version 2
    if name not in CONNECTION_KINDS:
        raise InputError(
            f"node {key!r}: unknown connection kind {name!r}; known: {', '.join(CONNECTION_KINDS)}"
        )
    kind = CONNECTION_KINDS[name]
    if bool(kind.GEOMETRY) != ("kernel" in meta or not isinstance(node, nir.Linear)):
        which = "with" if "kernel" in meta else "without"
        raise InputError(
            f"node {key!r}: a {type(node).__name__} node {which} a kernel in its metadata is no "
            f"{name} connection"
        )
    geometry = {} if isinstance(node, nir.Linear) else _geometry(node)
    weight = node.weight
    if "kernel" in meta:
        weight = meta["kernel"]
        geometry = {field: _tuple(meta[field]) for field in kind.GEOMETRY}
    connection = kind(
        source=source,
        target=target,
        weight=weight,
        format=_text(meta["format"]),
        delay=int(meta["delay"]),
        scale=float(meta["scale"]),
        **geometry,
    )
    if "kernel" in meta:
        _check_unrolled(key, node, connection)
    return connection


def _geometry(node: Any) -> dict[str, tuple[int, ...]]:
    """GEOMETRY of a NIR convolution that has passed `check_convolution`."""
    rank = node.weight.ndim - 2
    steps = {k: _tuple(np.broadcast_to(getattr(node, k), (rank,))) for k in ("stride", "padding")}
    spatial = _tuple(np.atleast_1d(node.input_shape))
    return {"input_shape": (node.weight.shape[1], *spatial), **steps}


def check_convolution(name: str, rank: int, fields: Mapping[str, Any]) -> None:
    """InputError for a NIR `Conv1d` or `Conv2d` (rank 1, 2) that no `Conv` can be.

    `fields`: values as stored; `nir` itself fails on some of them, and less clearly.
    """
    where = f"node {name!r}"
    if np.ndim(fields["weight"]) != rank + 2:
        raise InputError(f"{where}: weight must have {rank + 2} dimensions")
    for field in ("dilation", "groups"):
        if np.any(np.asarray(fields[field]) != 1):
            raise InputError(f"{where}: {field} must be 1, not {fields[field]}")
    if np.any(fields["bias"]):
        raise InputError(f"{where}: has a bias; a bias belongs to the population")
    for field, least in (("stride", 1), ("padding", 0)):
        value = np.asarray(fields[field])
        right = value.dtype.kind in "iu" and value.shape in ((), (rank,))
        if not right or np.any(value < least):
            raise InputError(
                f"{where}: {field} must be one integer >= {least} per dimension, the same at both "
                f"sides of the map, not {fields[field]}"
            )


def _check_unrolled(key: str, node: Any, connection: Connection) -> None:
    """The unrolled weight that other tools read must say what the kernel says."""
    kept = node.weight.ndim - 2
    if (
        not isinstance(connection, Conv)
        or not 0 <= kept < connection.rank
        or node.weight.shape != _unrolled_shape(connection, kept)
        or not np.array_equal(node.weight, _unrolled(connection, kept))
    ):
        raise InputError(f"node {key!r}: its weight is not the one of the kernel in its metadata")
