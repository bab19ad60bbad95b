"""Evidence that is damaged, or that no run wrote, is refused as every other bad file."""

import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cosim.engines.base import NO_STALLS
from flows.cosimulate import cosimulate
from flows.resolve import samples_for
from mapper.crossbar.params import CoreParams
from mapper.fabrics import FABRICS

from .case import DAMAGES, Case
from .good import for_digits

pytestmark = pytest.mark.xdist_group("damaged-evidence")
CORE = CoreParams(axons=64, neurons=32, lanes=32, update_lanes=32, max_extension=1, routes=32)
VERIFY, REPORT = "verify evidence --golden --sample 0 --chip chip", "report evidence -o x.html"
AGAIN = VERIFY.replace(" --golden", "")
READERS = {"evidence.json": VERIFY, "digests.bin": VERIFY, "figures.npz": REPORT}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory) -> Path:
    """A folder with the Evidence of one digit, and the image that ran."""
    folder = tmp_path_factory.mktemp("evidence")
    image = FABRICS["crossbar"].map(for_digits(("threshold", "readout")), CORE)
    image.save(folder / "chip")
    samples = samples_for(image, "digits:test", 1, 0)
    cosimulate(image, samples, "amaranth", NO_STALLS, folder / "evidence", "tick", figures=True)
    return folder


@pytest.fixture
def copied(evidence, tmp_path, monkeypatch) -> Path:
    """In which commands run."""
    shutil.copytree(evidence, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def facts(change: Callable[[dict[str, Any]], object]) -> None:
    path = Path("evidence/evidence.json")
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))


def arrays(change: Callable[[dict[str, Any]], object]) -> None:
    path = Path("evidence/figures.npz")
    with np.load(path) as stored:
        found = dict(stored)
    change(found)
    np.savez(path, **found)


FACTS: dict[str, tuple[Callable[[dict[str, Any]], object], str, str]] = {
    "schema 1": (lambda f: f.update(schema=1), VERIFY, "schema 1, expected 2"),
    "no schema": (lambda f: f.pop("schema"), VERIFY, "schema None"),
    "passed a text": (lambda f: f.update(passed="yes"), VERIFY, "damaged Evidence: passed"),
    "one fact more": (lambda f: f.update(more=1), VERIFY, "damaged Evidence: more"),
    "one fact less": (lambda f: f.pop("engine"), VERIFY, "damaged Evidence: engine"),
    "an engine unknown": (lambda f: f.update(engine="magic"), AGAIN, "magic"),
    "a pace unknown": (lambda f: f.update(pace="stroll"), VERIFY, "stroll"),
    "no samples": (lambda f: f["data"].update(count=0), VERIFY, "damaged Evidence: data.count"),
    "2^60 samples": (lambda f: f["data"].update(count=1 << 60), VERIFY, "digests.bin"),
    "a sample before the first": (lambda f: f["data"].update(first=-1), VERIFY, "data.first"),
    "data unknown": (lambda f: f["data"].update(name="mnits"), VERIFY, "mnits"),
    "a split unknown": (lambda f: f["data"].update(split="tset"), VERIFY, "tset"),
    "stalls of 2": (lambda f: f["stalls"].update(source=2.0), VERIFY, "stalls"),
    "a shard of 0": (lambda f: f.update(shard=0), VERIFY, "damaged Evidence: shard"),
    "no layers": (lambda f: f["chip"].pop("layers"), REPORT, "damaged Evidence"),
    "a chip a list": (lambda f: f.update(chip=[]), REPORT, "damaged Evidence: chip"),
    "fabric unknown": (lambda f: f["chip"].update(fabric="brain"), REPORT, "brain"),
    "a mesh of text": (lambda f: f["chip"].update(mesh="2x1"), REPORT, "damaged Evidence"),
    "a layer without name": (lambda f: f["chip"]["layers"][0].pop("name"), REPORT, "damaged"),
}
ARRAYS: dict[str, Callable[[dict[str, Any]], object]] = {
    "all missing": lambda a: a.clear(),
    "spikes missing": lambda a: a.pop("spikes/hidden"),
    "input missing": lambda a: a.pop("input"),
    "occupancy flat": lambda a: a.update(occupancy=a["occupancy"].ravel()),
    "occupancy of text": lambda a: a.update(occupancy=a["occupancy"].astype("U3")),
    "classes of two dimensions": lambda a: a.update(classes=a["classes"][None]),
    "labels of another run": lambda a: a.update(labels=np.arange(7)),
    "objects": lambda a: a.update(input=np.array([{}], object)),
    "cycles none": lambda a: a.update(cycles=np.empty(0)),
}
CASES = {
    **{f"{file}: {name}": Case(command, "evidence", partial(damage, f"evidence/{file}"))
       for file, command in READERS.items() for name, damage in DAMAGES.items()},
    **{f"facts: {name}": Case(command, message, partial(facts, change))
       for name, (change, command, message) in FACTS.items()},
    **{f"figures: {name}": Case(REPORT, "damaged Evidence", partial(arrays, change))
       for name, change in ARRAYS.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name, copied, refused):
    case = CASES[name]
    case.damage()
    message = refused(*case.command.split())
    assert re.search(case.message, message), message


@pytest.mark.parametrize("command", [VERIFY, REPORT])
def test_without_damage_it_is_not(command, copied, spikeloom):
    code, _, err = spikeloom(*command.split())
    assert code == 0, err
