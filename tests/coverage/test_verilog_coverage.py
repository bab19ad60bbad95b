"""What Verilator counted becomes points, a table and a page. `make test` ends with a real run."""

from collections import Counter
from types import SimpleNamespace

from cosim.engines.counting import Point, read_points
from tools.coverage.page import page, tables

FACTS = {
    "line": ("v_line/core", "/some/where/core.v", "2", "block", "top.a"),
    "again": ("v_line/core", "/some/where/core.v", "2", "block", "top.b"),
    "bit": ("v_toggle/core", "/some/where/core.v", "1", "full[3]:0->1", "top.a"),
    "wrapper": ("v_line/core", "obj/core.sv", "9", "block", "top.a"),
}
TEXT = "# SystemC::Coverage-3\n" + "".join(
    "C '\1page\2{}\1f\2{}\1l\2{}\1o\2{}\1h\2{}' {}\n".format(*facts, count)
    for facts, count in zip(FACTS.values(), (3, 4, 0, 5), strict=True)
)
FULL, BLOCK = Point("toggle", "core.v", 1, "full[3]:0->1"), Point("line", "core.v", 2, "block")


def engine():
    files = {"core.v": "wire [3:0] full;\nalways <b>\n"}
    return SimpleNamespace(counts=read_points(TEXT), verilog=lambda: files)


def test_instances_of_a_module_are_counted_together():
    wrapper = Point("line", "core.sv", 9, "block")
    assert read_points(TEXT) == Counter({BLOCK: 7, FULL: 0, wrapper: 5})
    assert FULL in read_points(TEXT)  # a Counter takes 0 for missing


def test_the_table_is_of_the_design_alone():
    row = {"line": [1, 1], "branch": [0, 0], "toggle": [0, 1]}
    assert tables(engine()) == {"core.v": row, "all": row}


def test_the_page_shows_what_was_not_reached():
    html = page({"crossbar": engine()})
    assert '<mark title="full[3]:0-&gt;1">wire [3:0] full;</mark>' in html
    assert "always &lt;b&gt;" in html and "<mark>always" not in html
    assert "1 / 1" in html and "100.0 %" in html and "0 / 1" in html
