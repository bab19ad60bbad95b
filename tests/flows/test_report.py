import base64
import copy
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

from cosim.engines import Stalls
from cosim.evidence import DataSlice, make_evidence, write_evidence
from cosim.golden.crossbar import run_chip
from cosim.golden.hybrid import run_hybrid
from cosim.golden.yoso import run_grid
from cosim.scoreboard import compare
from cosim.summary import join_summaries, summarize
from cosim.verify import Verification
from flows.commands.cosim import cosim
from flows.map_arguments import MapArguments
from flows.report import build_report
from mapper.crossbar.compiler import map_network as map_crossbar
from mapper.crossbar.params import PRESETS
from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.hybrid.compiler import map_network as map_hybrid
from mapper.network import Dense, Network, Population
from mapper.nir_io import write_network
from mapper.yoso.compiler import map_network as map_yoso
from tests.cosim.hybrid_networks import CORES, MESH, direct_network, random_values

SAMPLES = 6


def _image(ticks):
    rng = np.random.default_rng(3)
    return map_crossbar(
        Network(
            "tiny<net>", (30,),
            (Population("hidden", (10,), threshold=rng.integers(1, 4, 10)),
             Population("out", (3,), kind="readout")),
            (Dense("input", "hidden", rng.integers(-1, 2, (10, 30)), format="ternary"),
             Dense("hidden", "out", rng.integers(-1, 2, (3, 10)), format="ternary")),
            "out", ticks,
            record={"seed": 7, "test_images": 360,
                    "accuracy": {"float": 0.9, "fake_quantized": 0.85, "integer": 0.8125}},
        ),
        PRESETS["tiny"],
    )  # fmt: skip


def _evidence(folder, ticks=4, plant=lambda rtl: None, errors=(), labelled=True, cycles=True):
    """Evidence of a run whose "hardware" is the golden model once more, with planted faults."""
    image = _image(ticks)
    rng = np.random.default_rng(1)
    spikes = rng.random((SAMPLES, ticks, 30)) < 0.4
    labels = np.array([0, 1, 2, 0, 1, 2]) if labelled else None
    return _write(folder, image, run_chip(image, spikes), spikes, labels, "tick", plant, errors,
                  np.full((SAMPLES, image.ticks if cycles else 0), 50), "tiny")  # fmt: skip


def _write(folder, image, golden, spikes, labels, pace, plant, errors, cycles, core, mesh=None):
    """cycles: (samples, DONEs), those of the first sample"""
    rtl = copy.deepcopy(golden)
    rtl.measured = rtl.counters
    mapping = MapArguments(net=image.network_name, target=image.fabric, core=core, mesh=mesh)
    image = mapping.sign(image)
    rtl.cycles = cycles + np.arange(SAMPLES)[:, None]
    plant(rtl)
    run = Verification(golden, rtl, compare(image, golden, rtl, list(errors)), 12.5, 0.25)
    data = DataSlice("digits", "test", 100, SAMPLES, "5e" * 32)
    summary = join_summaries([summarize(image, run, spikes)])
    evidence = make_evidence(image, summary, data, labels, "cocotb", "0a" * 32,
                             Stalls(0.25, 0.25, 5), pace, 4)  # fmt: skip
    write_evidence(folder, evidence, image, summary, labels)
    return folder


GRID_CORE = "tiny,neurons=8,weights=512,ticks=8,queue=32,rows=64,runs=128"
GRID_PE = find_fabric("yoso").parse(GRID_CORE)


def _grid_network(silent=False):
    rng = np.random.default_rng(5)
    out = Population("out", (3,), kind="rel_psp_readout") if silent else \
        Population("out", (3,), kind="rel_psp", threshold=8)  # fmt: skip
    return Network(
        "grid", (30,), (Population("hidden", (12,), kind="rel_psp", threshold=12), out),
        (Dense("input", "hidden", rng.integers(-7, 8, (12, 30)), format="int6"),
         Dense("hidden", "out", rng.integers(-7, 9, (3, 12)), format="int6")),
        "out", 8, decision="potential" if silent else "first_spike",
    )  # fmt: skip


def _grid_spikes():
    """Each input element once, or never, in 8 ticks; none of the last sample."""
    tick = np.random.default_rng(2).integers(0, 10, (SAMPLES, 30))
    tick[-1] = 9
    return tick[:, None] == np.arange(8)[:, None]


def _grid_evidence(folder, pace="sample", silent=False):
    """Likewise, of a YOSO grid."""
    image = map_yoso(_grid_network(silent), GRID_PE, (3, 2))
    golden = run_grid(image, _grid_spikes(), pace)
    cycles = np.full((SAMPLES, 8 if pace == "tick" else 1), 50)
    return _write(folder, image, golden, _grid_spikes(), np.array([0, 1, 2, 0, 1, 2]), pace,
                  lambda rtl: None, (), cycles, GRID_CORE, "3x2")  # fmt: skip


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.text, self.tags = "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def _report(tmp_path, *folders):
    output = tmp_path / "page.html"
    build_report(list(folders), output)
    page = _Page(output.read_text(encoding="utf-8"))
    page.text = re.sub(r"\s+", " ", page.text)
    return page


def _drawings(page):
    """Light and dark SVG of each picture, parsed."""
    uris = [a.get("src") or a.get("srcset") for t, a in page.tags if t in ("img", "source")]
    prefix = "data:image/svg+xml;base64,"
    assert all(uri.startswith(prefix) for uri in uris)
    return [ElementTree.fromstring(base64.b64decode(u.removeprefix(prefix))) for u in uris]


@pytest.mark.parametrize("ticks", [1, 4])
def test_passed_run_says_what_was_compared(tmp_path, ticks):
    folder = _evidence(tmp_path / "run", ticks)
    page = _report(tmp_path, folder)
    values = SAMPLES * ticks * 13
    assert f"PASSED{values} spikes, {values} potentials" in page.text
    assert "compared, 0 mismatches" in page.text
    assert "FAILED" not in page.text
    assert "81.25%" in page.text  # of the integer network
    assert "digits:test, samples 100 to 105" in page.text
    facts = json.loads((folder / "evidence.json").read_text())
    for key in ("network_sha256", "image_sha256", "verilog_sha256"):
        assert facts[key] in page.text
    assert "5e" * 32 in page.text
    assert "--first 100 --limit 6 --engine cocotb --stall 0.25 --seed 5" in page.text
    assert "--core tiny " in page.text


def test_page_is_one_file_that_asks_for_nothing(tmp_path):
    page = _report(tmp_path, _evidence(tmp_path / "run"))
    assert {p.name for p in tmp_path.iterdir()} == {"run", "page.html"}
    assert not {t for t, _ in page.tags} & {"script", "iframe", "object", "embed"}
    for _, attributes in page.tags:
        for name in ("src", "srcset", "href", "action"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#"))
    source = (tmp_path / "page.html").read_text()
    assert not re.search(r"https?://|@import|url\(|" + re.escape(str(tmp_path)), source)


def test_pictures_are_drawings_with_words(tmp_path):
    page = _report(tmp_path, _evidence(tmp_path / "run"))
    drawings = _drawings(page)
    assert len(drawings) == 8  # raster, confusion, cycles, occupancy; light and dark
    for drawing in drawings:
        assert drawing.tag.endswith("}svg") and len(list(drawing.iter())) > 20
        for node in drawing.iter():
            for name, value in node.attrib.items():
                assert not name.endswith("href") or value.startswith(("#", "data:"))
    alts = [a["alt"] for t, a in page.tags if t == "img"]
    assert all(len(alt) > 20 for alt in alts)
    assert "core 0: " in " ".join(alts) and " of 6 samples right" in " ".join(alts)


def test_first_difference_is_spelled_out(tmp_path):
    def plant(rtl):
        rtl.potentials["out"][4, 2, 1] = 999
        rtl.spikes["hidden"][5, 0, 3] ^= True

    errors = ["core 1: saturation", "core 1: saturation"]
    page = _report(tmp_path, _evidence(tmp_path / "run", plant=plant, errors=errors))
    assert "FAILED2 mismatches" in page.text and "PASSED" not in page.text
    assert "1 of 312 potentials differ" in page.text
    assert page.text.count("sticky error: core 1: saturation") == 1
    expected = r"sample104tick2core\d+populationoutneuron1whatpotentialsexpected-?\d+actual999"
    assert re.search(expected, page.text)


def test_difference_of_a_counter(tmp_path):
    def plant(rtl):
        rtl.counters["events"][0, 0] += 1

    page = _report(tmp_path, _evidence(tmp_path / "run", plant=plant))
    assert "sample100core0counterevents" in page.text


def test_without_labels_and_cycles(tmp_path):
    page = _report(tmp_path, _evidence(tmp_path / "run", labelled=False, cycles=False))
    assert len(_drawings(page)) == 4
    assert "golden the chip" not in page.text


def test_several_runs_are_compared_on_top(tmp_path):
    folders = [
        _evidence(tmp_path / "one"),
        _evidence(tmp_path / "two", 1, errors=["core 0: tick overrun"]),
    ]
    page = _report(tmp_path, *folders)
    assert "1 of 2 runs passed" in page.text
    links = {a["href"] for t, a in page.tags if t == "a"}
    assert links == {"#run1", "#run2"} <= {"#" + a["id"] for _, a in page.tags if "id" in a}


def test_names_are_escaped_and_bytes_repeat(tmp_path):
    folder = _evidence(tmp_path / "run")
    page = _report(tmp_path, folder)
    first = (tmp_path / "page.html").read_bytes()
    assert "tiny<net>" in page.text and b"<net>" not in first
    _report(tmp_path, folder)
    assert (tmp_path / "page.html").read_bytes() == first


def _change(**facts):
    def apply(folder):
        file = folder / "evidence.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | facts))

    return apply


def _change_layer(folder):
    facts = json.loads((folder / "evidence.json").read_text())
    del facts["chip"]["layers"][1]["cores"]
    _change(**facts)(folder)


def _change_fabric(name):
    def apply(folder):
        facts = json.loads((folder / "evidence.json").read_text())
        _change(chip=facts["chip"] | {"fabric": name})(folder)

    return apply


def _drop(*names):
    def apply(folder):
        with np.load(folder / "figures.npz") as stored:
            arrays = {n: stored[n] for n in stored.files if n not in names}
        np.savez(folder / "figures.npz", **arrays)

    return apply


@pytest.mark.parametrize("damage", [
    lambda folder: (folder / "evidence.json").unlink(),
    lambda folder: (folder / "figures.npz").unlink(),
    lambda folder: (folder / "figures.npz").write_bytes(b"PK\3\4 not really"),
    _drop("spikes/hidden"),
    _drop("counts/hidden"),
    _change_fabric("yoso"),
    _change(schema=99),
    _change(chip={}),
    _change(chip=None),
    _change(compared=5),
    _change(compared={}),  # yet it says that it passed
    _change(mismatches={"spikes": 1}),
    _change(record=None),
    _change(record={"accuracy": {"float": "high"}}),
    _change(seconds="long"),
    _change(golden_accuracy="0.5"),
    _change_layer,
])  # fmt: skip
def test_damaged_evidence_leaves_no_page(tmp_path, damage):
    good, bad = _evidence(tmp_path / "good"), _evidence(tmp_path / "bad")
    damage(bad)
    with pytest.raises(InputError, match="bad"):
        build_report([good, bad], tmp_path / "page.html")
    assert {p.name for p in tmp_path.iterdir()} == {"good", "bad"}


def test_nothing_to_report_on(tmp_path):
    with pytest.raises(InputError, match="no Evidence"):
        build_report([], tmp_path / "page.html")
    with pytest.raises(InputError, match="nowhere"):
        build_report([tmp_path / "nowhere"], tmp_path / "page.html")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot write"):
        build_report([_evidence(tmp_path / "run")], tmp_path / "folder")


def _first_outputs(spikes):
    """Per sample the tick of the first output spike, 8 without one."""
    return [min((t for t in range(8) if s[t].any()), default=8) for s in spikes]


@pytest.mark.parametrize("pace", ["sample", "exit"])
def test_page_of_a_grid(tmp_path, pace):
    page = _report(tmp_path, _grid_evidence(tmp_path / "run", pace))
    assert len(_drawings(page)) == 10  # raster, confusion, cycles, firing, PEs; light and dark
    assert "0 mismatches" in page.text and f"Pace {pace}: " in page.text
    trace = run_grid(map_yoso(_grid_network(), GRID_PE, (3, 2)), _grid_spikes(), "tick")
    first = _first_outputs(trace.spikes["out"])
    fired = [t for t in first if t < 8]
    assert 1 < len(fired) < SAMPLES and len({*fired}) > 1  # or the test sees nothing
    assert f"tick {np.mean(fired):.1f}first output spike" in page.text
    assert f"{SAMPLES - len(fired)} samples have none" in page.text
    alts = " ".join(a["alt"] for t, a in page.tags if t == "img")
    hidden = trace.spikes["hidden"]
    ever = sum(int(s.sum()) for s in hidden) / SAMPLES
    early = sum(int(s[: t + 1].sum()) for s, t in zip(hidden, first, strict=True)) / SAMPLES
    told = (f"hidden: {ever:.1f} of 12 fire ({ever / 12:.1%}), {early:.1f} by the first output "
            f"spike ({early / 12:.1%})")  # fmt: skip
    assert early < ever and (told in alts) == (pace != "exit")
    assert "PE 0: hidden, 6 neurons" in alts and "PE 5: empty, 0 neurons" in alts


def _hybrid_evidence(folder):
    """Of a hybrid chip; the input has 0 and larger values."""
    network = direct_network(3)
    image = map_hybrid(network, CORES, MESH)
    values = random_values(network, SAMPLES, 0)
    golden = run_hybrid(image, values)
    cycles = np.full((SAMPLES, image.ticks), 50)
    _write(folder, image, golden, values, np.zeros(SAMPLES, int), "tick", lambda rtl: None, (),
           cycles, "tiny")  # fmt: skip
    return image, values


def test_page_of_a_hybrid_chip(tmp_path):
    image, values = _hybrid_evidence(tmp_path / "run")
    page = _report(tmp_path, tmp_path / "run")
    assert len(_drawings(page)) == 8  # raster, confusion, cycles, memories; light and dark
    alts = " ".join(a["alt"] for t, a in page.tags if t == "img")
    inputs, used = values.shape[2], np.count_nonzero(values[0, 0])
    assert 0 < used < inputs
    assert f"input: {inputs} values, {used} of them not 0, the same at every tick" in alts
    assert "Spikes of one sample" not in alts and f"{inputs} neurons fired" not in alts
    (place,) = image.macros
    macro, params = image.macros[place], image.params.macro
    assert f"macro {place}: {macro.neurons} neurons" in alts
    matrix, ones = macro.matrix(params), np.unpackbits(macro.cells(params).view(np.uint8)).sum()
    assert matrix.shape == (params.rows, params.banks * params.columns) and matrix.sum() == ones > 0
    assert "core 0: " in alts and f"{macro.weight.size:,} weights of 4 bits" in page.text
    assert "values of 0 to 255" in page.text


def test_page_of_a_grid_that_decides_by_potentials(tmp_path):
    page = _report(tmp_path, _grid_evidence(tmp_path / "run", "tick", silent=True))
    assert "Pace tick: " in page.text
    assert "the output does not fire" in page.text and "by the first output" not in page.text


def test_commands_repeat_a_run_of_a_grid(tmp_path, spikeloom):
    write_network(_grid_network(), tmp_path / "grid")
    folder = _grid_evidence(tmp_path / "run")
    page = _report(tmp_path, folder)
    mapping, run = re.search(r"spikeloom (map .*? CHIP) spikeloom cosim (.*?) spikeloom verify",
                             page.text).groups()  # fmt: skip
    assert spikeloom(*mapping.split()).code == 0
    image = json.loads((tmp_path / "CHIP" / "chip.json").read_text())
    assert image["sha256"] == json.loads((folder / "evidence.json").read_text())["image_sha256"]
    options = cosim.make_context("cosim", run.split()).params
    wanted = {"first": 100, "limit": SAMPLES, "stall": 0.25, "seed": 5, "pace": "sample"}
    assert options.items() >= wanted.items()


@pytest.mark.parametrize(("damage", "problem"), [
    (_drop("counts/hidden"), "no 'counts/hidden'"),
    (_drop("population"), "no 'population'"),
    (_change(pace="never"), "pace 'never'; known: tick, sample, exit"),
    (_change_layer, "incomplete layer"),
    (_change_fabric("tulip"), "fabric 'tulip'; known: crossbar, hybrid, yoso"),
])  # fmt: skip
def test_damaged_evidence_of_a_grid_leaves_no_page(tmp_path, damage, problem):
    damage(_grid_evidence(tmp_path / "bad"))
    with pytest.raises(InputError, match=f"bad: damaged Evidence: {problem}"):
        build_report([tmp_path / "bad"], tmp_path / "page.html")
    assert {p.name for p in tmp_path.iterdir()} == {"bad"}
