"""Networks in NIR files (HDF5): sealed, compressed, and checked before anything is believed.

What is in the graph is `mapper.nir_graph`'s business. Foreign graphs that lack our metadata are
refused here: importing and quantizing them is another module's job.
"""

import io
import json
from pathlib import Path
from typing import Any

import h5py
import nir

from .errors import InputError
from .files import atomic_file, check_file
from .network import SCHEMA_VERSION, Network
from .nir_graph import check_convolution, from_nir, to_nir
from .seal import BLOCK, check_seal, write_seal

__all__ = ["MAX_BYTES", "check_sizes", "read_network", "write_network"]

_KINDS = {
    "name": str, "input_shape": list, "populations": list, "encoding": dict, "record": dict,
}  # fmt: skip
MAX_BYTES = 1 << 30  # a larger file is a mistake or an attack: the chip holds 9 MB of synapses


def write_network(network: Network, path: str | Path) -> None:
    """Write `network` as a NIR file, atomically. Same network, same bytes."""
    plain = io.BytesIO()  # in memory, because libhdf5 crashes when the disk is full
    nir.write(plain, to_nir(network))
    with atomic_file(path) as temporary:
        temporary.write_bytes(_packed(plain))
        write_seal(temporary)


def _packed(plain: io.BytesIO) -> bytes:
    """A copy with weights deflated: ternary weights shrink tenfold and readers need not know.
    It begins with an empty user block.
    """
    with (
        h5py.File(plain, "r") as source,
        h5py.File("packed", "w", driver="core", backing_store=False, userblock_size=BLOCK) as file,
    ):

        def copy(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                options = {"compression": "gzip", "shuffle": False} if item.size > 256 else {}
                file.create_dataset(name, data=item[()], dtype=item.dtype, **options)
            else:
                file.require_group(name)

        source.visititems(copy)
        file.flush()
        return bytes(BLOCK) + file.id.get_file_image()  # which is without the user block


def read_network(path: str | Path) -> Network:
    """Read a Network written by `write_network`.

    Raises InputError when the file is missing, truncated, not HDF5, not NIR, a NIR graph of
    another tool, of a newer schema, or holds values that no Network may have.
    """
    path = Path(path)
    check_file(path, "a Network, a .nir file", MAX_BYTES)
    check_seal(path)
    try:
        check_sizes(path)
        _check_convolutions(path)
        graph = nir.read(path, type_check=False)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # h5py and nir raise whatever the broken bytes lead them to
        raise InputError(f"{path}: not a readable NIR file: {error}") from error
    facts = _facts(graph, path)
    try:
        return from_nir(graph, facts)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{path}: damaged Network: {text}") from error


def check_sizes(path: str | Path) -> None:
    """ValueError for a small HDF5 file that unpacks to gigabytes, or that leads elsewhere."""
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
        return f"it unpacks to more than {MAX_BYTES >> 20} MiB" if total > MAX_BYTES else None

    with h5py.File(path, "r") as file:
        found = file.id.links.visit(problem, info=True)
    if found:
        raise ValueError(found)


def _check_convolutions(path: Path) -> None:
    ranks = {b"Conv1d": 1, b"Conv2d": 2}
    with h5py.File(path, "r") as file:
        for name, node in file["node/nodes"].items():
            rank = ranks.get(node["type"][()])
            if rank:
                check_convolution(
                    name, rank, {k: v[()] for k, v in node.items() if k != "metadata"}
                )


def _facts(graph: Any, path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(graph.metadata["spikeloom"])
        version = facts["version"]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path}: a NIR graph without Spikeloom's integers (foreign NIR); "
            "`spikeloom import` quantizes it"
        ) from error
    if type(version) is not int or not 1 <= version <= SCHEMA_VERSION:
        raise InputError(
            f"{path}: Network schema version {version!r}; this Spikeloom reads 1..{SCHEMA_VERSION}"
        )
    for name, kind in _KINDS.items():
        if not isinstance(facts.get(name), kind):
            raise InputError(
                f"{path}: damaged Network: {name} is {facts.get(name)!r:.50}, not a {kind.__name__}"
            )
    return facts
