import base64
import copy
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

from cosim.evidence import DataSlice, make_evidence, write_evidence
from cosim.golden.crossbar import run_chip
from cosim.scoreboard import compare
from cosim.verify import Verification
from flows.report import build_report
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import PRESETS
from mapper.errors import InputError
from mapper.network import Dense, Network, Population

SAMPLES = 6


def _image(ticks):
    rng = np.random.default_rng(3)
    return map_network(
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
    golden = run_chip(image, spikes)
    rtl = copy.deepcopy(golden)
    rtl.measured = rtl.counters
    if cycles:
        rtl.cycles = np.full((SAMPLES, image.ticks), 50) + np.arange(SAMPLES)[:, None]
    plant(rtl)
    run = Verification(golden, rtl, compare(golden, rtl, list(errors)), 12.5, 0.25)
    data = DataSlice("digits", "test", 100, SAMPLES, "5e" * 32)
    stalls = {"source": 0.25, "sink": 0.25, "seed": 5, "jobs": 2}
    evidence = make_evidence(image, run, data, labels, "cocotb", "0a" * 32, stalls)
    write_evidence(folder, evidence, image, run, labels, spikes)
    return folder


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
    expected = r"sample104tick2populationoutneuron1whatpotentialsexpected-?\d+actual999"
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
    del facts["chip"]["layers"][1]["extension"]
    _change(**facts)(folder)


def _drop_array(folder):
    with np.load(folder / "figures.npz") as stored:
        arrays = {n: stored[n] for n in stored.files if n != "spikes/hidden"}
    np.savez(folder / "figures.npz", **arrays)


@pytest.mark.parametrize("damage", [
    lambda folder: (folder / "evidence.json").unlink(),
    lambda folder: (folder / "figures.npz").unlink(),
    lambda folder: (folder / "figures.npz").write_bytes(b"PK\3\4 not really"),
    _drop_array,
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
