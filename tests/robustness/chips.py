"""Folders of images whose facts or memories are not what any mapper wrote."""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .case import Case

__all__ = ["CASES"]

Facts = dict[str, Any]
_COMMAND = {"chip": "golden chip --data digits:test", "grid": "verilog grid -o x"}


def _facts(image: str, change: Callable[[Facts], object]) -> None:
    path = Path(image, "chip.json")
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def _text(image: str, change: Callable[[str], str]) -> None:
    path = Path(image, "chip.json")
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before


def _arrays(image: str, change: Callable[[dict[str, Any]], object]) -> None:
    path = Path(image, "memories.npz")
    with np.load(path) as stored:
        arrays = dict(stored)
    change(arrays)
    np.savez(path, **arrays)


def _member(image: str, name: str, content: bytes) -> None:
    """One more entry of the archive; zeros are packed a thousandfold."""
    with zipfile.ZipFile(Path(image, "memories.npz"), "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(name, "w", force_zip64=True) as file:
            file.write(content)


def _bomb(image: str) -> None:
    with zipfile.ZipFile(Path(image, "memories.npz"), "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("zeros.npy", "w") as file:
            for _ in range(300):
                file.write(bytes(1 << 20))


def _header(shape: tuple[int, ...], kind: str = "<i8") -> bytes:
    """The beginning of an array that its file does not hold."""
    file = io.BytesIO()
    facts = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, facts)
    return file.getvalue()


def _promised(image: str, header: bytes) -> None:
    """The first array is said to be something else."""
    path = Path(image, "memories.npz")
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries[next(iter(entries))] = header
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


class _Trap:
    """As a pickle: makes a file when it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("a-pickle-was-run",)


def _every(value: Any) -> Callable[[dict[str, Any]], object]:
    """All arrays are that."""
    return lambda arrays: arrays.update(dict.fromkeys(arrays, value))


def _as(kind: str) -> Callable[[dict[str, Any]], object]:
    return lambda arrays: arrays.update({n: a.astype(kind) for n, a in arrays.items()})


FACTS: dict[str, tuple[Callable[[Facts], object], str]] = {
    "of the future": (lambda f: f.update(schema=99), "schema 99"),
    "schema text": (lambda f: f.update(schema="1"), "schema '1'"),
    "fabric unknown": (lambda f: f.update(fabric="brain"), "fabric 'brain'; known"),
    "fabric a list": (lambda f: f.update(fabric=["yoso"]), "fabric .*known"),
    "fabric missing": (lambda f: f.pop("fabric"), "fabric None"),
    "no hash": (lambda f: f.pop("sha256"), "changed after it was written"),
    "hash of another": (lambda f: f.update(sha256="0" * 64), "changed after it was written"),
    "renamed": (lambda f: f.update(network_name="other"), "changed after it was written"),
    "mesh of 2^40": (lambda f: f["params"].update(width=1 << 40), "must be in 1..8"),
    "mesh of 0": (lambda f: f["params"].update(width=0), "must be in 1..8"),
    "mesh of text": (lambda f: f["params"].update(width="2"), "must be an integer"),
    "params a list": (lambda f: f.update(params=[]), "damaged"),
    "params unknown": (lambda f: f["params"].update(depth=3), "damaged"),
    "cores a number": (lambda f: f.update(cores=3), "damaged"),
    "cores none": (lambda f: f.update(cores=[]), "damaged"),
    "cores of null": (lambda f: f.update(cores=[None] * len(f["cores"])), "damaged"),
    "a register of 2^40": (lambda f: f["cores"][0].update(ticks=1 << 40), "damaged.*ticks"),
    "a register of text": (lambda f: f["cores"][0].update(ticks="x"), "damaged.*ticks"),
    "a register of NaN": (lambda f: f["cores"][0].update(ticks=float("nan")), "chip.json"),
    "a register missing": (lambda f: f["cores"][0].pop("ticks"), "'ticks' is missing"),
    "populations a text": (lambda f: f.update(populations="ab"), "damaged"),
    "populations none": (lambda f: f.update(populations=[]), "damaged"),
    "a population's path": (lambda f: f["populations"][0].update(name="../x"), "damaged"),
    "a population twice": (lambda f: f["populations"].append(f["populations"][0]), "damaged"),
    "a population of 2^60": (lambda f: f["populations"][0].update(shape=[1 << 60]), "at most"),
    "a population more": (lambda f: f["populations"][0].update(x=1), "damaged"),
    "ticks of 2^40": (lambda f: f.update(network_ticks=1 << 40), "network_ticks is"),
    "ticks true": (lambda f: f.update(network_ticks=True), "network_ticks is True"),
    "input of 2^60": (lambda f: f.update(input_shape=[1 << 60]), "at most"),
    "input a text": (lambda f: f.update(input_shape="ab"), "damaged"),
    "output unknown": (lambda f: f.update(output="nobody"), "'nobody' is not on the chip"),
    "decision unknown": (lambda f: f.update(decision="loud"), "decision"),
    "encoding a list": (lambda f: f.update(encoding=[]), "encoding"),
    "layers a number": (lambda f: f.update(layers=3), "layers is 3"),
}
TEXTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a byte order mark": (lambda t: "\ufeff" + t, "BOM|not readable"),
    "a key twice": (lambda t: t.replace("{", '{"schema": 7,', 1), "'schema' is there twice"),
    "a comment": (lambda t: "// ours\n" + t, "not readable"),
    "NaN": (lambda t: t.replace("{", '{"x": NaN,', 1), "NaN is not a number"),
    "infinity": (lambda t: t.replace("{", '{"x": -Infinity,', 1), "not a number"),
    "100,000 brackets": (lambda t: "[" * 100_000, "not readable"),
    "5,000 digits": (lambda t: t.replace("{", '{"x": ' + "9" * 5000 + ",", 1), "not readable"),
    "a list": (lambda t: f"[{t}]", "expected a JSON object"),
    "null": (lambda t: "null", "expected a JSON object"),
    "two objects": (lambda t: t + t, "not readable"),
}
ARRAYS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "none": (lambda a: a.clear(), "is missing"),
    "one missing": (lambda a: a.pop(next(iter(a))), "is missing"),
    "one too many": (lambda a: a.update(more=np.zeros(3)), "holds 'more'"),
    "a path": (lambda a: a.update({"../../x": np.zeros(3)}), r"holds '../../x'"),
    "an absolute path": (lambda a: a.update({"/tmp/x": np.zeros(3)}), r"holds '/tmp/x'"),
    "floats": (_as("f8"), "has shape .* type float64"),
    "complex": (_as("c16"), "type complex128"),
    "text": (_as("U9"), "type <U"),
    "dates": (_every(np.zeros(3, "M8[s]")), "type datetime64"),
    "structures": (_every(np.zeros(3, [("x", "i4")])), "damaged"),
    "scalars": (_every(np.int64(1)), r"has shape \(\)"),
    "empty": (_every(np.zeros(0, "<i4")), "has shape"),
    "pickles": (_every(np.array([_Trap()], object)), "damaged.*allow_pickle"),
    "big-endian": (_as(">i4"), "type >i4"),
}
FILES: dict[str, tuple[Callable[[str], object], str]] = {
    "a bomb": (_bomb, "unpacks to .* at most"),
    "an array of 8 TB": (partial(_promised, header=_header((1 << 40,))), "damaged"),
    "an array of 2^80": (partial(_promised, header=_header((1 << 40, 1 << 40))), "damaged"),
    "an array of -1": (partial(_promised, header=_header((-1,))), "damaged"),
    "a header of code": (
        partial(_promised, header=_header((1,)).replace(b"False", b"exit(")), "damaged"),
    "a pickle for an array": (partial(_promised, header=pickle.dumps(3)), "damaged"),
    "no header": (partial(_promised, header=b"\x93NUMPY\x09\x00"), "damaged"),
    "an entry with a path": (
        lambda image: _member(image, "../../../tmp/evil.npy", _header((0,))), "holds '../../"),
    "an entry that is no array": (
        lambda image: _member(image, "readme.txt", b"hello"), "holds 'readme.txt'"),
    "an entry twice": (
        lambda image: _member(image, "core0/threshold.npy", _header((0,))), "the same name"),
}  # fmt: skip

CASES = {
    f"{image}, {kind}: {name}": Case(_COMMAND[image], f"{image}.*{match}", damage)
    for image in _COMMAND
    for kind, apply, table in (
        ("facts", _facts, FACTS), ("text", _text, TEXTS), ("arrays", _arrays, ARRAYS),
    )
    for name, (change, match) in table.items()
    for damage in (partial(apply, image, change),)
} | {
    f"{image}, archive: {name}": Case(_COMMAND[image], f"{image}.*{match}", partial(apply, image))
    for image in _COMMAND
    for name, (apply, match) in FILES.items()
}  # fmt: skip
