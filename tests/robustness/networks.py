"""Network files with foreign content, sealed well or not at all."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np

from mapper.seal import BLOCK, check_seal, write_seal

from .case import Case

__all__ = ["CASES"]

Edit = Callable[[h5py.Group], None]


def _edited(name: str, edit: Edit) -> None:
    """A well sealed file with foreign content, as only malice or a bug can make it."""
    with h5py.File(name, "r+") as file:
        edit(file["node"])
    write_seal(Path(name))
    check_seal(Path(name))


def put(name: str, value: Any) -> Edit:
    """Another value of a data set."""

    def edit(node: h5py.Group) -> None:
        if name in node:
            del node[name]
        node[name] = value

    return edit


def lacks(name: str) -> Edit:
    """It is not there."""
    return lambda node: node.__delitem__(name)


def facts(**changes: Any) -> Edit:
    """Other facts in the graph's metadata."""

    def edit(node: h5py.Group) -> None:
        old = json.loads(node["metadata/spikeloom"][()])
        put("metadata/spikeloom", json.dumps(old | changes))(node)

    return edit


def text(**changes: str) -> Edit:
    """Facts as no `json.dumps` would write them."""

    def edit(node: h5py.Group) -> None:
        old = json.loads(node["metadata/spikeloom"][()])
        parts = [f"{json.dumps(k)}: {changes.get(k, json.dumps(v))}" for k, v in old.items()]
        put("metadata/spikeloom", "{" + ", ".join(parts) + "}")(node)

    return edit


def bomb(name: str, elements: int) -> Edit:
    """A data set without content, said to be large."""

    def edit(node: h5py.Group) -> None:
        del node[name]
        node.create_dataset(name, (elements,), "i8", chunks=(1 << 16,), compression="gzip")

    return edit


def virtual(node: h5py.Group) -> None:
    """Stored in another file."""
    layout = h5py.VirtualLayout((4,), "i8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    del node["nodes/a/metadata/bias"]
    node.create_virtual_dataset("nodes/a/metadata/bias", layout)


def external(node: h5py.Group) -> None:
    """Its bytes are those of another file."""
    del node["nodes/a/metadata/bias"]
    node.create_dataset("nodes/a/metadata/bias", (4,), "i8", external=[("/etc/passwd", 0, 32)])


def loop(node: h5py.Group) -> None:
    """A group that holds itself."""
    node["nodes/a/metadata/more"] = node["nodes"]


def circle(node: h5py.Group) -> None:
    """a -> a without delay."""
    edges = [*node["edges"][()], (b"a", b"connection_2"), (b"connection_2", b"a")]
    put("edges", np.array(edges))(node)
    node.copy("nodes/connection_1", "nodes/connection_2")
    put("nodes/connection_2/weight", np.ones((4, 4), np.int8))(node)


BIAS, WEIGHT = "nodes/a/metadata/bias", "nodes/connection_0/weight"
FORMAT = "nodes/connection_0/metadata/format"
SMALL: dict[str, tuple[Edit, str]] = {
    "weight beyond its format": (put(WEIGHT, np.full((4, 3), 2)), "outside -1..1 of format tern"),
    "weight of another shape": (put(WEIGHT, np.ones((3, 3))), "weight has shape"),
    "weight of rank 3": (put(WEIGHT, np.ones((4, 3, 1))), "weight has shape|dimensions"),
    "weight without rank": (put(WEIGHT, 1), "small.nir"),
    "weight empty": (put(WEIGHT, np.ones((0, 3))), "weight has shape"),
    "weight NaN": (put(WEIGHT, np.full((4, 3), np.nan)), "not all values are integers"),
    "weight infinite": (put(WEIGHT, np.full((4, 3), np.inf)), "values beyond 32 bits|not all"),
    "weight complex": (put(WEIGHT, np.ones((4, 3), complex)), "not all values are integers"),
    "weight text": (put(WEIGHT, "heavy"), "small.nir"),
    "weight missing": (lacks(WEIGHT), "not a readable NIR file"),
    "format unknown": (put(FORMAT, "int99"), "unknown weight format"),
    "format a number": (put(FORMAT, 3), "unknown weight format"),
    "delay negative": (put("nodes/connection_0/metadata/delay", -1), "delay"),
    "scale NaN": (put("nodes/connection_0/metadata/scale", np.nan), "scale must be finite"),
    "bias a fraction": (put(BIAS, np.full(4, 0.5)), "not all values are integers"),
    "bias NaN": (put(BIAS, np.full(4, np.nan)), "not all values are integers"),
    "bias 2^40": (put(BIAS, np.full(4, 1 << 40)), "values beyond 32 bits"),
    "bias 2^63": (put(BIAS, np.full(4, 1 << 63, np.uint64)), "values beyond 32 bits"),
    "bias text": (put(BIAS, "text"), "not all values|damaged"),
    "bias of another size": (put(BIAS, np.zeros(5)), "expected 4 values"),
    "bias of structures": (put(BIAS, np.zeros(4, [("x", "i4")])), "not all values|damaged"),
    "bias of 2^40 elements": (bomb(BIAS, 1 << 40), "unpacks to more than"),
    "bias of 2^26 elements": (bomb(BIAS, 1 << 26), "expected 4 values"),
    "bias virtual": (virtual, "stored in another file"),
    "bias external": (external, "stored in another file"),
    "bias a link to a file": (put(BIAS, h5py.ExternalLink("/etc/passwd", "/x")), "another place"),
    "bias a link": (put(BIAS, h5py.SoftLink("/node/nodes")), "link to another place"),
    "a group in itself": (loop, "link to another place"),
    "a name with a path": (facts(populations=["../a", "b"]), "small.nir"),
    "a node too many": (lambda node: node.copy("nodes/a", "nodes/.. "), r"node '.. ' belongs"),
    "shape of 2^40": (put("nodes/a/metadata/shape", np.array([1 << 40])), "at most"),
    "shape negative": (put("nodes/a/metadata/shape", np.array([-4])), "tuple of positive"),
    "shape empty": (put("nodes/a/metadata/shape", np.zeros(0, int)), "tuple of positive"),
    "decay unknown": (put("nodes/a/metadata/decay", "sideways"), "damaged Network"),
    "decay by 2^40": (put("nodes/a/metadata/decay_amount", 1 << 40), "small.nir"),
    "reset unknown": (put("nodes/a/metadata/reset", "maybe"), "damaged Network"),
    "kind unknown": (put("nodes/a/metadata/kind", "sparrow"), "unknown neuron kind 'sparrow'"),
    "node type unknown": (put("nodes/a/type", "Bogus"), "NIR"),
    "node type a number": (put("nodes/a/type", 7), "small.nir"),
    "node type not UTF-8": (put("nodes/a/type", b"\xff\xfe"), "small.nir"),
    "node missing": (lacks("nodes/a"), "small.nir"),
    "metadata missing": (lacks("nodes/a/metadata"), "damaged|NIR"),
    "edges missing": (lacks("edges"), "NIR"),
    "an edge too many": (put("edges", np.array([
        (b"input", b"connection_0"), (b"connection_0", b"a"), (b"a", b"connection_1"),
        (b"connection_1", b"b"), (b"b", b"output"), (b"a", b"output"),
    ])), "not those of its connections"),
    "no edges": (put("edges", np.zeros((0, 2), "S1")), "damaged"),
    "edges of rank 1": (put("edges", np.array([b"a", b"b"])), "small.nir"),
    "edges of numbers": (put("edges", np.zeros((3, 2))), "small.nir"),
    "edges to nowhere": (put("edges", np.array([(b"a", b"nobody")])), "small.nir"),
    "a cycle": (circle, "form a cycle"),
    "schema of the future": (facts(version=3), r"schema version 3; this Spikeloom reads 1\.\.2"),
    "schema text": (facts(version="1"), "schema version '1'"),
    "schema 0": (facts(version=0), "schema version 0"),
    "schema 1.0": (facts(version=1.0), "schema version 1.0"),
    "schema true": (facts(version=True), "schema version True"),
    "connection kind unknown": (
        put("nodes/connection_0/metadata/kind", "Sparse"), "'Sparse'; known: Dense, Conv"),
    "connection of another kind": (
        put("nodes/connection_0/metadata/kind", "Conv"), "is no Conv connection"),
    "a kernel too many": (
        put("nodes/connection_0/metadata/kernel", np.eye(4, 3)), "is no Dense connection"),
    "a group that does not divide": (
        put("nodes/a/metadata/group", 3), "group must be an integer >= 1 that divides the 4"),
    "ticks huge": (facts(ticks=10**12), "ticks must be"),
    "ticks text": (facts(ticks="x"), "ticks must be"),
    "ticks a fraction": (facts(ticks=2.5), "ticks must be"),
    "ticks of 5,000 digits": (text(ticks="9" * 5000), "small.nir"),
    "ticks infinite": (text(ticks="1e999"), "ticks must be"),
    "populations unknown": (facts(populations=["zz"]), "no such node"),
    "populations a number": (facts(populations=3), "damaged"),
    "populations of lists": (facts(populations=[[]]), "no such node"),
    "populations twice": (facts(populations=["a", "a", "b"]), "two populations are called 'a'"),
    "populations none": (facts(populations=[]), "small.nir"),
    "output missing": (facts(populations=["a"]), "not a population|no population"),
    "input text": (facts(input_shape="ab"), "shape"),
    "input negative": (facts(input_shape=[-3]), "shape"),
    "input of 2^60": (facts(input_shape=[1 << 60]), "at most"),
    "decision unknown": (facts(decision="loudest"), "decision must be"),
    "decision of a readout": (facts(decision="spikes"), "never spikes"),
    "encoding a list": (facts(encoding=[1]), "damaged"),
    "record a number": (facts(record=7), "damaged"),
    "record NaN": (text(record='{"x": NaN}'), "record must be plain|foreign|damaged"),
    "record 50,000 deep": (text(record="[" * 50_000 + "]" * 50_000), "small.nir"),
    "no facts": (lacks("metadata"), "foreign NIR"),
    "facts a list": (put("metadata/spikeloom", "[1]"), "foreign NIR"),
    "facts cut off": (put("metadata/spikeloom", "{"), "foreign"),
    "facts a number": (put("metadata/spikeloom", 5), "foreign"),
    "no nodes": (lacks("nodes"), "not a readable NIR"),
}  # fmt: skip
CONVOLUTION: dict[str, tuple[Edit, str]] = {
    "dilation": (put("dilation", [2, 1]), r"'connection_0': dilation must be 1, not \[2 1\]"),
    "dilation of all": (put("dilation", 2), "dilation must be 1"),
    "groups": (put("groups", 2), "groups must be 1, not 2"),
    "padding same": (put("padding", "same"), "'connection_0': padding must be one integer .*same"),
    "padding valid": (put("padding", "valid"), "padding .*valid"),
    "a bias": (put("bias", np.ones(3)), "belongs to the pop"),
    "padding on one side": (put("padding", [[0, 1], [0, 1]]), "padding .*the same at both sides"),
    "padding a fraction": (put("padding", [0.5, 0]), "padding"),
    "padding negative": (put("padding", [-1, 0]), "integer >= 0"),
    "padding 2^40": (put("padding", [1 << 40, 0]), "at most"),
    "stride 0": (put("stride", [0, 1]), "integer >= 1"),
    "stride of rank 3": (put("stride", [1, 1, 1]), "stride .*one integer"),
    "input of another size": (put("input_shape", [6, 7]), "source has"),
    "input of rank 1": (put("input_shape", [6]), "expected 2 channels"),
    "input too small": (put("input_shape", [2, 2]), "larger than"),
    "kernel too large": (put("weight", np.ones((3, 2, 7, 7))), "larger than the padded map"),
    "kernel of rank 1": (put("weight", np.ones((3, 2, 3))), "must have 4 dimensions"),
    "channels too many": (put("weight", np.ones((3, 4, 3, 3))), "source has shape"),
    "kind dense": (put("metadata/kind", "Dense"), "is no Dense connection"),
}
UNROLLED: dict[str, tuple[Edit, str]] = {
    f"{name}, not the kernel's": (put(key, value), "not the one of the kernel")
    for name, key, value in (
        ("zeros", "weight", np.zeros((15, 12, 3))), ("a shape", "weight", np.zeros((15, 12, 2))),
        ("a kernel of zeros", "metadata/kernel", np.zeros((3, 2, 2, 3))),
        ("a smaller kernel", "metadata/kernel", np.zeros((3, 2, 2, 2))),
        ("padding", "metadata/padding", [1, 1]), ("padding 500", "metadata/padding", [500, 500]),
        ("a stride", "metadata/stride", [2, 1]),
    )
}  # fmt: skip


def _node(edit: Edit) -> Edit:
    return lambda node: edit(node["nodes/connection_0"])


ONE, TWO = np.ones(2), np.ones((2, 2))
FOREIGN: dict[str, Any] = {
    "Affine, IF": (nir.Affine(TWO, ONE), nir.IF(ONE, ONE)),
    "LIF": (nir.LIF(ONE * 0.3, ONE, ONE, ONE),),
    "CubaLIF": (nir.CubaLIF(ONE * 0.1, ONE, ONE, ONE, ONE),),
    "LI": (nir.LI(ONE, ONE, ONE),),
    "CubaLI": (nir.CubaLI(ONE, ONE, ONE, ONE),),
    "I": (nir.I(ONE),),
    "Conv1d": (nir.Conv1d(9, np.ones((2, 2, 3)), 1, 0, 1, 2, ONE),),
    "Conv2d with groups": (nir.Conv2d((9, 9), np.ones((2, 1, 3, 3)), 1, 0, 1, 2, ONE),),
    "SumPool2d": (nir.SumPool2d(ONE, ONE, ONE),),
    "AvgPool2d": (nir.AvgPool2d(ONE, ONE, ONE),),
    "Delay": (nir.Delay(ONE),),
    "Scale": (nir.Scale(ONE),),
    "Threshold": (nir.Threshold(ONE),),
}


def _foreign(nodes: tuple[Any, ...]) -> None:
    """Written by another tool."""
    names = [f"n{i}" for i in range(len(nodes))]
    ends = {"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))}
    chain = ["input", *names, "output"]
    graph = nir.NIRGraph(ends | dict(zip(names, nodes, strict=True)),
                         [*zip(chain, chain[1:], strict=False)], type_check=False)  # fmt: skip
    nir.write("foreign.nir", graph)


def _hdf5(block: int) -> None:
    """HDF5, but no NIR; with a user block as ours, or none."""
    with h5py.File("foreign.nir", "w", userblock_size=block) as file:
        file["x"] = 1


CASES = {
    **{f"network: {name}": Case("check small.nir", match, partial(_edited, "small.nir", edit))
       for name, (edit, match) in SMALL.items()},
    **{f"convolution: {name}":
       Case("check square.nir", match, partial(_edited, "square.nir", _node(edit)))
       for name, (edit, match) in CONVOLUTION.items()},
    **{f"unrolled: {name}":
       Case("check flat.nir", match, partial(_edited, "flat.nir", _node(edit)))
       for name, (edit, match) in UNROLLED.items()},
    **{f"foreign NIR: {name}":
       Case("map foreign.nir -o x", "foreign NIR or HDF5", partial(_foreign, nodes))
       for name, nodes in FOREIGN.items()},
    **{f"foreign HDF5: user block of {block}":
       Case("check foreign.nir", "foreign.nir: not a Network", partial(_hdf5, block))
       for block in (0, BLOCK, 4 * BLOCK)},
}  # fmt: skip
