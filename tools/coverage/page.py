"""Coverage as numbers per module, and as a page that shows what was not exercised."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from jinja2 import Environment

from cosim.engines.counting import CountingEngine, Point

__all__ = ["KINDS", "page", "tables"]

KINDS = ("line", "branch", "toggle")

_PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Coverage of the Verilog</title>
<style>body{font:15px sans-serif;margin:2em}td,th{padding:2px 10px;text-align:right}
td:first-child,th:first-child{text-align:left}pre{background:#f4f4f4;padding:1em;overflow:auto}
mark{background:#fcc}summary{cursor:pointer}</style>
<h1>Coverage of the Verilog</h1>
<p>Of every fabric's small chip. Red: never reached, or bits that never changed that way.</p>
{% for fabric, part in fabrics.items() %}
<h2>{{ fabric }}</h2>
<table><tr><th>file{% for kind in kinds %}<th>{{ kind }}<th>{% endfor %}</tr>
{% for name, row in part.table.items() %}
<tr><td>{{ name }}{% for kind in kinds %}<td>{{ row[kind][0] }} / {{ row[kind][1] }}
<td>{{ "%.1f %%"|format(100 * row[kind][0] / row[kind][1]) if row[kind][1] }}{% endfor %}</tr>
{% endfor %}
</table>
{% for name, lines in part.sources.items() %}
<details><summary>{{ name }}</summary><pre>
{% for text, missing in lines %}
{% if missing %}<mark title="{{ missing }}">{{ text }}</mark>{% else %}{{ text }}{% endif %}

{% endfor %}
</pre></details>
{% endfor %}
{% endfor %}
</html>
""")


def tables(engine: CountingEngine) -> dict[str, dict[str, list[int]]]:
    """File -> kind -> [points that were passed, points]; "all" is the sum."""
    counts = _of_the_design(engine)
    by_file = defaultdict(list)
    for point in counts:
        by_file[point.file].append(point)
    rows = {file: _row(counts, points) for file, points in sorted(by_file.items())}
    return rows | {"all": _row(counts, counts)}


def _of_the_design(engine: CountingEngine) -> Counter[Point]:
    """Without the wrappers that Verilator writes for blocks."""
    files = engine.verilog().keys()
    return Counter({p: n for p, n in engine.counts.items() if p.file in files})


def _row(counts: Mapping[Point, int], points: Iterable[Point]) -> dict[str, list[int]]:
    row = {kind: [0, 0] for kind in KINDS}
    for point in points:
        row[point.kind][0] += counts[point] > 0
        row[point.kind][1] += 1
    return row


def page(engines: Mapping[str, CountingEngine]) -> str:
    """HTML: a table per fabric, and its Verilog with what was not exercised."""
    fabrics = {
        name: {"table": tables(engine), "sources": _sources(engine)}
        for name, engine in engines.items()
    }
    return _PAGE.render(fabrics=fabrics, kinds=KINDS)


def _sources(engine: CountingEngine) -> dict[str, list[tuple[str, str]]]:
    """File -> its lines, each with the names of its points that were never passed."""
    missing: dict[tuple[str, int], list[str]] = defaultdict(list)
    for point in sorted(p for p, count in engine.counts.items() if not count):
        missing[point.file, point.line].append(point.name)
    return {
        file: [(line, ", ".join(missing[file, i])) for i, line in enumerate(text.splitlines(), 1)]
        for file, text in engine.verilog().items()
    }
