"""Network <-> NIR file (HDF5): exact integers, readable by any NIR tool.

Each connection is a NIR `Linear` node, each population an `IF` (no decay), `LIF` or, for a
readout, `LI` node whose continuous parameters, with dt = 1, say the same as our decay: v' = lambda
v + I with tau = 1 / (1 - lambda) and r = tau. What NIR cannot say (shift decay, reset, delay, bias
outside an Affine, integer formats) is in node and graph metadata under our schema version; a
reader that ignores metadata still gets the graph, the weights and the thresholds. Foreign graphs
that lack our metadata are refused here: importing and quantizing them is another module's job.
"""

import json
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np

from .errors import InputError
from .files import atomic_file
from .network import INPUT, SCHEMA_VERSION, Dense, Network, Population
from .seal import BLOCK, check_seal, write_seal
from .semantics import Decay, DecayKind, Reset

__all__ = ["read_network", "write_network"]

_OUTPUT = "output"
_CONNECTION = "connection_"
_MAX_BYTES = 1 << 30  # a larger file is a mistake or an attack: the chip holds 9 MB of synapses


def _population_node(p: Population) -> Any:
    tau = 1.0 / (1.0 - min(p.decay.factor, 1.0 - 2.0**-30))  # IF: a leak too slow to matter
    ones = np.ones(p.n)
    meta = {
        "kind": p.kind,
        "shape": np.array(p.shape),
        "decay": str(p.decay.kind),
        "decay_amount": p.decay.amount,
        "reset": str(p.reset),
        "bias": p.bias,
        "initial": p.initial,
        "threshold": p.threshold,
    }
    if not p.neuron.spiking:
        return nir.LI(tau=tau * ones, r=tau * ones, v_leak=0 * ones, metadata=meta)
    if p.decay.kind == DecayKind.NONE and p.kind == "threshold":
        return nir.IF(r=ones, v_threshold=p.threshold.astype(float), metadata=meta)
    return nir.LIF(
        tau=tau * ones,
        r=tau * ones,
        v_leak=0 * ones,
        v_threshold=p.threshold.astype(float),
        metadata=meta,
    )


def to_nir(network: Network) -> Any:
    """The network as a `nir.NIRGraph`."""
    nodes: dict[str, Any] = {
        INPUT: nir.Input(input_type={"input": np.array([network.n_inputs])}),
        _OUTPUT: nir.Output(output_type={"output": np.array([network[network.output].n])}),
    }
    edges = [(network.output, _OUTPUT)]
    for p in network.populations:
        if p.name == _OUTPUT or p.name.startswith(_CONNECTION):
            raise InputError(f"population name {p.name!r} is reserved in NIR files; rename it")
        nodes[p.name] = _population_node(p)
    for i, c in enumerate(network.connections):
        key = f"{_CONNECTION}{i}"
        meta = {"format": c.format, "delay": c.delay, "scale": c.scale}
        nodes[key] = nir.Linear(weight=_smallest(c.weight), metadata=meta)
        edges += [(c.source, key), (key, c.target)]
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


def _smallest(weight: np.ndarray) -> np.ndarray:
    return weight.astype(np.int8)  # every weight format fits 8 bits


def write_network(network: Network, path: str | Path) -> None:
    """Write `network` as a NIR file, atomically. Same network, same bytes."""
    graph = to_nir(network)
    with atomic_file(path) as temporary:
        plain = temporary.with_name(temporary.name + ".plain")
        try:
            nir.write(plain, graph)
            _compress(plain, temporary)
        finally:
            plain.unlink(missing_ok=True)
        write_seal(temporary)


def _compress(path: Path, packed: Path) -> None:
    """Copy with weights deflated: ternary weights shrink tenfold and readers need not know."""
    with (
        h5py.File(path, "r") as source,
        h5py.File(packed, "w", userblock_size=BLOCK) as target,
    ):

        def copy(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                options = {"compression": "gzip", "shuffle": False} if item.size > 256 else {}
                target.create_dataset(name, data=item[()], dtype=item.dtype, **options)
            else:
                target.require_group(name)

        source.visititems(copy)


def read_network(path: str | Path) -> Network:
    """Read a Network written by `write_network`.

    Raises InputError when the file is missing, truncated, not HDF5, not NIR, a NIR graph of
    another tool, of a newer schema, or holds values that no Network may have.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file (expected a Network, a .nir file)")
    if path.stat().st_size > _MAX_BYTES:
        raise InputError(f"{path}: larger than {_MAX_BYTES >> 20} MiB, not a Network")
    check_seal(path)
    try:
        _check_sizes(path)
        graph = nir.read(path, type_check=False)
    except Exception as error:  # h5py and nir raise whatever the broken bytes lead them to
        raise InputError(f"{path}: not a readable NIR file: {error}") from error
    facts = _facts(graph, path)
    try:
        return _network(graph, facts)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: damaged Network: {type(error).__name__}: {error}") from error


def _check_sizes(path: Path) -> None:
    """Refuse a small file that unpacks to gigabytes, or that leads elsewhere."""
    total = 0

    def problem(name: bytes, link: Any) -> str | None:  # None goes on to the next link
        nonlocal total
        if link.type != h5py.h5l.TYPE_HARD or h5py.h5o.get_info(file.id, name).rc != 1:
            return f"{name.decode()!r} is a link to another place"
        item = file[name]
        if isinstance(item, h5py.Dataset):
            if item.is_virtual or item.external:
                return f"{name.decode()!r} is stored in another file"
            total += item.size * item.dtype.itemsize
        return f"it unpacks to more than {_MAX_BYTES >> 20} MiB" if total > _MAX_BYTES else None

    with h5py.File(path, "r") as file:
        found = file.id.links.visit(problem, info=True)
    if found:
        raise ValueError(found)


def _facts(graph: Any, path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(_text(graph.metadata["spikeloom"]))
        version = facts["version"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: a NIR graph without Spikeloom's integers (foreign NIR); "
            "train or quantize it here first"
        ) from error
    if version not in range(1, SCHEMA_VERSION + 1):
        raise InputError(
            f"{path}: Network schema version {version!r}; this Spikeloom reads 1..{SCHEMA_VERSION}"
        )
    return facts


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _network(graph: Any, facts: dict[str, Any]) -> Network:
    populations = tuple(_population(name, graph.nodes[name]) for name in facts["populations"])
    sources = {b: a for a, b in graph.edges}
    targets = {a: b for a, b in graph.edges}
    keys = [k for k, node in graph.nodes.items() if isinstance(node, nir.Linear)]
    connections = []
    for key in sorted(keys, key=lambda k: int(k.removeprefix(_CONNECTION))):
        node = graph.nodes[key]
        connections.append(
            Dense(
                source=sources[key],
                target=targets[key],
                weight=node.weight,
                format=_text(node.metadata["format"]),
                delay=int(node.metadata["delay"]),
                scale=float(node.metadata["scale"]),
            )
        )
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


def _population(name: str, node: Any) -> Population:
    meta = node.metadata
    return Population(
        name=name,
        shape=tuple(int(d) for d in meta["shape"]),
        kind=_text(meta["kind"]),
        decay=Decay(DecayKind(_text(meta["decay"])), int(meta["decay_amount"])),
        reset=Reset(_text(meta["reset"])),
        threshold=meta["threshold"],
        bias=meta["bias"],
        initial=meta["initial"],
    )
