"""The mutation engine, and one mutant of each kind that the unit tests must notice."""

from dataclasses import replace
from pathlib import Path

import pytest

from mapper.crossbar.params import ChipParams, CoreParams
from tools.mutation.campaign import Campaign, load_suites, sample, suite_of
from tools.mutation.equivalence import Design, is_equivalent
from tools.mutation.mutants import find_mutants, mutated
from tools.mutation.report import markdown, summary
from tools.mutation.rules import KINDS, changes
from tools.mutation.trial import run_tests

ROOT = Path(__file__).parents[2]
LIMIT = 60  # seconds of processor time
STEP = "tests/rtl/test_neuron.py::test_neuron_step[0]"
SUM = "tests/rtl/test_neuron.py::test_column_sum[2-8]"
SCANNER = "tests/rtl/test_streams.py::test_bit_scanner[5-stalls3]"
ARBITER = "tests/rtl/test_streams.py::test_arbiter_is_fair_and_keeps_order[0.5]"
IDLE = "tests/rtl/test_streams.py::test_an_idle_arbiter_begins_anew"
FIXED = {
    "operator": ("rtl/crossbar/neuron_step.py", "-", "+", STEP),
    "constant": ("rtl/crossbar/column_sum.py", "0", "1", SUM),
    "width": ("rtl/crossbar/neuron_step.py", "bits - 1", "(bits - 1) + 1", STEP),
    "reset": ("rtl/arbiter.py", "self.ahead.eq(0)", "[]", IDLE),
    "enable": ("rtl/crossbar/column_sum.py", "valid", "0", SUM),
    "handshake": ("rtl/bit_scanner.py", "self.o.ready", "1", SCANNER),
    "assignment": ("rtl/arbiter.py", "self.previous.eq(chosen)", "[]", ARBITER),
}
"""Kind -> file, what stands there first, what instead, the test that must notice."""


def replaced(source: str, kind: str) -> set[str]:
    """All texts that `source` can become by faults of a kind."""
    return {source[: c.start] + c.new + source[c.end :] for c in changes(source) if c.kind == kind}


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("operator", "y = (a | b) & c", {"y = (a | b) | c", "y = (a & b) & c"}),
        ("operator", "y = ~(a | b)", {"y = (a | b)", "y = ~(a & b)"}),
        ("operator", "y = a <= b", {"y = a < b"}),
        ("operator", "Mux(c, x, y)", {"Mux(c, y, x)"}),
        ("constant", "a.eq(7)", {"a.eq(8)"}),
        ("width", "x = Signal(8)", {"x = Signal((8) - 1)"}),
        ("width", "y = x[n:]", {"y = x[(n) + 1:]"}),
        ("reset", "m.d.sync += a.eq(0)", {"m.d.sync += []"}),
        ("reset", "x = Signal(8)", {"x = Signal(8, reset_less=True)"}),
        ("enable", "m.If(a & b)", {"m.If(1)", "m.If(0)"}),
        ("handshake", "y = a & s.valid", {"y = a & 1", "y = a & s.ready"}),
        ("assignment", "m.d.comb += [a.eq(b), c.eq(d)]",
         {"m.d.comb += [[], c.eq(d)]", "m.d.comb += [a.eq(b), []]"}),
        ("state", 'm.next = "IDLE"', {"pass"}),
    ],
)  # fmt: skip
def test_rules(kind, source, expected):
    assert replaced(source, kind) == expected


def test_every_mutant_differs_in_one_place_and_is_python():
    mutants = find_mutants(ROOT, ["rtl/crossbar", "rtl/bit_scanner.py", "mapper/semantics.py"])
    assert {m.kind for m in mutants} == set(KINDS)
    assert len({m.key for m in mutants}) == len(mutants)
    for mutant in mutants:
        source = (ROOT / mutant.file).read_text()
        text = mutated(source, mutant)
        assert text != source and len(text) == len(source) - len(mutant.old) + len(mutant.new)
        compile(text, mutant.file, "exec")


def test_messages_and_names_are_left_alone():
    assert not [*changes("raise InputError(f'{a + 1}')\nx: Literal[1]\nimport b\n'a' f'{c + 1}'")]


def test_a_sample_is_in_proportion_and_repeatable():
    mutants = find_mutants(ROOT, ["rtl/yoso"])
    chosen = sample(mutants, 300, 5)
    assert chosen == sample(mutants, 300, 5) != sample(mutants, 300, 6)
    assert len(set(chosen)) == 300
    for kind in KINDS:
        share = 300 * sum(m.kind == kind for m in mutants) / len(mutants)
        files = len({m.file for m in mutants})
        assert abs(sum(m.kind == kind for m in chosen) - share) <= files


def test_every_file_of_the_design_has_tests():
    suites = load_suites()
    for mutant in find_mutants(ROOT, ["rtl", "mapper", "cosim/golden"]):
        assert suite_of(mutant.file, suites)["tests"]
    for suite in suites.values():
        for test in suite["tests"]:
            assert (ROOT / test.split("::")[0]).is_file(), test


@pytest.mark.parametrize("kind", FIXED)
def test_the_unit_tests_notice(kind):
    file, old, new, tests = FIXED[kind]
    mutants = find_mutants(ROOT, [file])
    mutant = next(m for m in mutants if (m.kind, m.old, m.new) == (kind, old, new))
    text = mutated((ROOT / file).read_text(), mutant)
    trial = run_tests(ROOT, [tests], LIMIT, mutant.module, text)
    assert trial.verdict == "failed" and trial.test.startswith(tests), trial


@pytest.fixture
def tiny_repository(tmp_path):
    """A module, and tests that notice some of its mutants; one hangs, one breaks the import."""
    (tmp_path / "tiny.py").write_text(
        "LIMIT = 3\n\ndef count(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n\n"
        "def unused(a, b):\n    return a + b\n"
    )
    (tmp_path / "test_tiny.py").write_text(
        "import tiny\nassert tiny.LIMIT > 0\n\ndef test_count():\n    assert tiny.count(2) == 2\n"
    )
    return tmp_path


def test_a_campaign_tells_what_was_noticed_and_goes_on_after_a_kill(tiny_repository):
    suites = {"tiny.py": {"tests": ["test_tiny.py"], "seconds": -6}}
    mutants = find_mutants(tiny_repository, ["tiny.py"])
    journal = tiny_repository / "journal.jsonl"
    rows = Campaign(tiny_repository, journal, suites).run(mutants, 2, 10, lambda row: None)
    verdicts = {(row["old"], row["new"]): row["verdict"] for row in rows}
    assert verdicts["+", "-"] == verdicts["3", "4"] == "passed"  # no test calls, none compares
    assert verdicts["0", "1"] == "passed"  # nobody counts to 0
    assert verdicts["i < n", "not (i < n)"] == "failed" == verdicts["<", "<="]
    assert verdicts["i += 1", "pass"] == "timeout"
    found = summary(rows)
    assert found["survivors"] == 3 and found["killed"] == len(rows) - 3
    assert "- LIMIT" not in markdown(
        {"parts": ["tiny.py"], "mutants": len(mutants), "sample": len(rows), "seed": 1,
         "rows": rows, **found}, tiny_repository,
    ).split("```diff")[0]  # fmt: skip
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(lines[:3]) + '\n{"key": "torn')
    seen = []
    again = Campaign(tiny_repository, journal, suites).run(mutants, 1, 0, seen.append)
    assert len(seen) == len(again) == 3  # no time for more


def test_tests_that_fail_anyway_are_no_proof(tiny_repository):
    (tiny_repository / "test_tiny.py").write_text("def test_nothing():\n    assert 0\n")
    suites = {"tiny.py": {"tests": ["test_tiny.py"], "seconds": 5}}
    mutants = find_mutants(tiny_repository, ["tiny.py"])[:1]
    campaign = Campaign(tiny_repository, tiny_repository / "journal.jsonl", suites)
    with pytest.raises(RuntimeError, match="without any mutant"):
        campaign.run(mutants, 1, 10, lambda row: None)


def test_a_change_of_no_gate_is_equivalent_and_another_is_not():
    core = CoreParams(axons=8, neurons=8, lanes=8, update_lanes=1, max_extension=1, routes=8)
    chips = (Design(ChipParams(core=core, width=1, height=1)),)
    source = (ROOT / "rtl/popcount.py").read_text()
    same = source.replace("len(terms) > 1", "len(terms) >= 2")
    other = source.replace("a + b", "a | b")
    assert is_equivalent(ROOT, chips, "rtl.popcount", same)
    assert not is_equivalent(ROOT, chips, "rtl.popcount", other)
    pulse = (ROOT / "rtl/link/pulse.py").read_text()
    assert not is_equivalent(ROOT, chips, "rtl.link.pulse", pulse)  # this chip has no link
    linked = (replace(chips[0], line="uart"),)
    assert is_equivalent(ROOT, linked, "rtl.link.pulse", pulse)
    with pytest.raises(ValueError, match="no chip"):
        is_equivalent(ROOT, (), "rtl.popcount", same)
