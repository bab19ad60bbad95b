"""The docs say what the code says: links, paths, names, tables, commands."""

import re
import shlex
from dataclasses import fields
from enum import IntEnum
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cosim.evidence import DataSlice, Evidence
from flows.cli import cli
from flows.commands import COMMANDS
from flows.map_arguments import MapArguments
from flows.recheck import Recheck
from mapper.bits import BitLayout
from mapper.crossbar.params import PRESETS, CoreParams
from mapper.fabrics import FABRICS
from mapper.network import Dense, Network, Population

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))
FOLDERS = "algo|mapper|rtl|cosim|flows|tests|tools|docs|\\.ci"
page_of = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def table(page: str, marker: str) -> list[list[str]]:
    """Cells of the table that follows the comment `marker`, without its head."""
    text = (ROOT / page).read_text()
    assert text.count(f"<!-- {marker} -->") == 1, f"{page}: marker {marker!r}"
    lines = text.split(f"<!-- {marker} -->\n")[1].split("\n\n")[0].strip().splitlines()
    return [[c.strip() for c in line.strip("|").split("|")] for line in lines[2:]]


def names(cells: list[str]) -> list[str]:
    """The `code` names in cells, in order."""
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def anchors(page: Path) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}


def resolve(dotted: str) -> Any:
    """The module or attribute that a dotted name means."""
    parts = dotted.split(".")
    for stop in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:stop]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[stop:]:
            found = getattr(found, attribute)
        return found
    raise ModuleNotFoundError(dotted)


@page_of
def test_links(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}: {sorted(anchors(file))}"


@page_of
def test_paths_and_names(page):
    for code in re.findall(r"`([^`\n]+)`", prose(page)):
        if re.fullmatch(rf"(?:{FOLDERS})/[\w./-]*", code) and "NAME" not in code:
            assert (ROOT / code).exists(), f"{page.name}: {code}"
        elif re.fullmatch(rf"(?:{FOLDERS})(?:\.[A-Za-z_]\w*)+", code):
            resolve(code)


def test_every_page_is_reached_from_the_readme():
    text = (ROOT / "README.md").read_text()
    for page in PAGES[1:]:
        assert f"({page.relative_to(ROOT)})" in text, page.name


def test_nothing_names_a_home_folder():
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(?:home|root|Users)/", page.read_text()), page.name


def test_command_table():
    shown = [names(row[:1])[0].split()[1] for row in table("README.md", "commands")]
    assert shown == list(COMMANDS)


def commands() -> list[tuple[str, str]]:
    return [
        (page.name, line)
        for page in PAGES
        for block in blocks(page, "bash")
        for line in block.splitlines()
        if re.match(r"(?:\.venv/bin/)?spikeloom\b", line)
    ]


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_parse(page, line):
    _, name, *arguments = shlex.split(line, comments=True)
    assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0
    command = cli.get_command(None, name)
    assert command is not None
    command.make_context(name, arguments)


def test_make_targets():
    rules = (ROOT / "Makefile").read_text()
    for page in PAGES:
        for target in re.findall(r"^make (\w+)$", page.read_text(), re.MULTILINE):
            assert re.search(rf"^{target}:", rules, re.MULTILINE), f"{page.name}: make {target}"


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.name)
def test_python_blocks_compile_and_import(page):
    for block in blocks(page, "python"):
        compile(block, page.name, "exec")
        for line in re.findall(r"^(?:from|import) .*$", block, re.MULTILINE):
            exec(line)


def test_network_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(blocks(ROOT / "docs/network.md", "python")[0])
    assert (tmp_path / "tiny.nir").is_file()


def test_zoo_table():
    entries = resolve("flows.commands.zoo.zoo_entries")()
    keys = ("name", "data", "topology", "rule", "ticks", "float", "integer", "test_images")
    expected = [[f"{e[k]:,}" if isinstance(e[k], int) else e[k] for k in keys] for e in entries]
    assert [[c.strip("`") for c in row] for row in table("README.md", "zoo")] == expected


LAYOUTS = ("mapper.crossbar.layout", "mapper.pim.layout", "mapper.yoso.layout")


def marked(kind: str) -> list[str]:
    """Dotted names behind the comments `<!-- kind: NAME -->` of the ChipImage page."""
    text = (ROOT / "docs/chipimage.md").read_text()
    return re.findall(rf"<!-- {kind}: ([\w.]+) -->", text)


def bits(layout: BitLayout, field: str, width: int) -> str:
    low = layout.offset(field)
    return f"{low + width - 1}:{low}" if width > 1 else str(low)


@pytest.mark.parametrize("name", marked("layout"))
def test_bit_layouts(name):
    layout = resolve(name)
    expected = [[bits(layout, f, w), f] for f, w in layout.fields]
    found = [[row[0], *names(row[1:2])] for row in table("docs/chipimage.md", f"layout: {name}")]
    assert found == expected


@pytest.mark.parametrize("name", marked("enum"))
def test_enumerations(name):
    expected = [[str(int(member)), member.name] for member in resolve(name)]
    found = [[row[0], *names(row[1:2])] for row in table("docs/chipimage.md", f"enum: {name}")]
    assert found == expected


def test_every_layout_and_enumeration_is_documented():
    for module in map(import_module, ("mapper.packets", *LAYOUTS)):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, BitLayout):
                assert f"{module.__name__}.{name}" in marked("layout")
            elif isinstance(value, type) and issubclass(value, IntEnum):
                assert f"{module.__name__}.{name}" in marked("enum")


@pytest.mark.parametrize("name", LAYOUTS)
def test_error_bits_and_identity(name):
    layout = import_module(name)
    found = table("docs/chipimage.md", f"list: {name}.ERRORS")
    assert [[row[0], *names(row[1:2])] for row in found] == [
        [str(i), name] for i, name in enumerate(layout.ERRORS)
    ]
    assert f"{layout.IDENTITY:#x}" in (ROOT / "docs/chipimage.md").read_text()


def test_codes_of_control():
    layout = import_module("mapper.crossbar.layout")
    control = {names(r[1:2])[0]: r[2] for r in table(
        "docs/chipimage.md", "layout: mapper.crossbar.layout.CONTROL")}  # fmt: skip
    for field, codes in (("decay", layout.DECAY_CODE), ("reset", layout.RESET_CODE)):
        assert control[field] == ", ".join(f"{v} {k}" for k, v in sorted(
            codes.items(), key=lambda item: item[1]))  # fmt: skip


def test_core_parameters():
    found = table("docs/crossbar-core.md", "parameters")
    expected = [
        [f.name, *(str(getattr(p, f.name)) for p in PRESETS.values())] for f in fields(CoreParams)
    ]
    assert [[*names(row[:1]), *row[2:-1]] for row in found] == expected


FABRIC_TABLES = [("crossbar", ""), ("hybrid", "hybrid "), ("yoso", "grid ")]


@cache
def tiny_image(fabric: str) -> Any:
    direct = fabric == "hybrid"  # its macros hold the first of two layers
    names = ("input", *(["hidden"] if direct else []), "out")
    network = Network(
        "n", (2,),
        (*(Population(n, (2,)) for n in names[1:-1]), Population("out", (2,), kind="readout")),
        tuple(Dense(*ends, np.ones((2, 2), int)) for ends in pairwise(names)), "out", 1,
        encoding={"name": "pixels"} if direct else {},
    )  # fmt: skip
    core = "tiny,macro.activation_bits=8" if direct else "tiny"
    return FABRICS[fabric].map(network, FABRICS[fabric].parse(core))


def keys(page: str, what: str) -> set[str]:
    return set(names([row[0] for row in table(page, f"keys: {what}")]))


@pytest.mark.parametrize(("fabric", "prefix"), FABRIC_TABLES)
def test_keys_of_images(fabric, prefix):
    image = tiny_image(fabric)
    assert keys("docs/chipimage.md", f"{prefix}chip.json") == {*image.facts(), "sha256"}
    assert keys("docs/chipimage.md", f"{prefix}layers") == {*image.layers[0]}


def test_keys_of_evidence():
    for record in (Evidence, DataSlice):
        found = keys("docs/evidence.md", f"cosim.evidence.{record.__name__}")
        assert found == {f.name for f in fields(record)}
    assert keys("docs/chipimage.md", "flows.map_arguments.MapArguments") == {
        f.name for f in fields(MapArguments)
    }


def test_keys_of_cosim_json():
    blank: dict[str, Any] = {f.name: {} for f in fields(Evidence)}
    evidence = Evidence(**blank | {"data": DataSlice("digits", "test", 0, 1, "")})
    assert keys("docs/evidence.md", "summary") == {*evidence.summary()}


def test_keys_of_verify_json():
    assert keys("docs/evidence.md", "verify") == {"passed", *(f.name for f in fields(Recheck))}


def general(name: str) -> str:
    """coreI/route of core3/route, and so on."""
    for numbers, letters in ((r"^(core|pass)\d+", r"\1I"), (r"/feed\d+", "/feedJ"),
                             (r"^population/\w+", "population/NAME")):  # fmt: skip
        name = re.sub(numbers, letters, name)
    return name


@pytest.mark.parametrize(("fabric", "prefix"), FABRIC_TABLES)
def test_array_names(fabric, prefix):
    rows = table("docs/chipimage.md", f"{prefix}arrays")
    shown = {names(row[:1])[0]: row[1] for row in rows}
    arrays = tiny_image(fabric).arrays()
    found = {general(n): str(a.dtype) for n, a in arrays.items()}
    assert shown == found


def test_list_of_proofs():
    """Every proof is in the list, and the list names no other."""
    found = {
        name
        for file in (ROOT / "tests" / "formal").glob("test_*.py")
        if "planted" not in file.name
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    text = (ROOT / "docs" / "proofs.md").read_text()
    assert set(re.findall(r"^\| `(test_\w+)` \|", text, re.MULTILINE)) == found
