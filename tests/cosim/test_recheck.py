"""`spikeloom verify`: what is as recorded passes, every kind of change is named."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import flows.resolve
from cosim.digests import overall_digest
from cosim.engines.batch import BatchEngine
from flows.recheck import Recheck, Selection
from flows.zoo_evidence import renew_evidence
from mapper.errors import InputError
from mapper.nir_io import write_network

from .digit_chip import DATA, content, digit_network, write_chip

pytestmark = pytest.mark.xdist_group("mesh-batch-build")
FIRST, COUNT = 30, 20


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with the network, its image and Evidence."""
    from click.testing import CliRunner

    from flows.cli import cli

    folder = tmp_path_factory.mktemp("recorded")
    chip = write_chip(folder)
    run = ["cosim", str(chip), *DATA, "--first", str(FIRST), "--limit", str(COUNT),
           "-o", str(folder / "evidence")]  # fmt: skip
    assert CliRunner().invoke(cli, run).exit_code == 0
    return folder


@pytest.fixture
def here(recorded, tmp_path):
    """A copy of it, in which commands run."""
    shutil.copytree(recorded, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def verify(spikeloom):
    """A function: exit code and facts of a check."""

    def run(*options):
        code, out, err = spikeloom("verify", "evidence", *options, "--json")
        assert code in (0, 1), err
        facts = json.loads(out)
        assert (code == 0) == facts["passed"] == (facts["differences"] == [])
        return facts

    return run


def change_facts(folder, **changes):
    file = folder / "evidence" / "evidence.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def facts_of(folder):
    return json.loads((folder / "evidence" / "evidence.json").read_text())


def edit_digest(folder, sample, consistent):
    """Another digest for a sample; consistent: evidence.json follows."""
    file = folder / "evidence" / "digests.bin"
    digests = np.frombuffer(file.read_bytes(), np.uint8).reshape(COUNT, 16).copy()
    digests[sample - FIRST, 3] ^= 1
    file.write_bytes(digests.tobytes())
    if consistent:
        change_facts(folder, digests_sha256=overall_digest(digests))


@pytest.mark.parametrize(
    ("options", "first", "count"),
    [
        ((), 30, 20),
        (("--sample", "37"), 37, 1),
        (("--samples", "30-33"), 30, 4),
        (("--shard", "2/3"), 36, 7),
        (("--golden",), 30, 20),
        (("--golden", "--shard", "20/20"), 49, 1),
        (("--chip", "chip", "--sample", "49"), 49, 1),
    ],
)
def test_what_is_as_recorded_passes(here, verify, options, first, count):
    facts = verify(*options)
    assert facts["passed"] and (facts["first"], facts["samples"]) == (first, count)
    assert {"network", "image", "data", "digests of these samples"} <= {*facts["same"]}
    golden = "--golden" in options
    assert facts["compared"].get("potentials", 0) == (0 if golden else count * 2 * 19)
    assert ("Verilog" in facts["same"]) == (not golden)
    assert ("cycles_per_sample" in facts["same"]) == (options == ())


def test_a_changed_weight_is_named(here, verify):
    write_network(digit_network(1), here / "small.nir")
    facts = verify()
    (difference,) = facts["differences"]
    assert difference.startswith("network: recorded ") and facts["samples"] == 0
    shutil.rmtree(here / "chip")
    write_chip(here, 1)
    assert verify("--chip", "chip")["differences"][0].startswith("network: recorded ")


def test_the_weight_matters(here, verify):
    """A record that claims the changed network: its samples did something else."""
    write_network(digit_network(1), here / "small.nir")
    shutil.rmtree(here / "chip")
    write_chip(here, 1)
    image = json.loads((here / "chip" / "chip.json").read_text())
    change_facts(here, network_sha256=image["network_sha256"], image_sha256=image["sha256"])
    facts = verify("--golden")
    assert facts["wrong"] and facts["differences"][0].endswith(": not what is recorded")


def test_another_mapping_is_named(here, verify):
    change_facts(here, mapping=facts_of(here)["mapping"] | {"mesh": "3x3"})
    (difference,) = verify("--golden")["differences"]
    assert difference.startswith("image: recorded ")


def test_changed_data_is_named(here, verify, monkeypatch):
    load = flows.resolve.load

    def changed(name, split):
        found = load(name, split)
        images = found.images.copy()
        images[FIRST + 3, 2, 2] ^= 1
        return replace(found, images=images)

    monkeypatch.setattr("flows.resolve.load", changed)
    facts = verify("--sample", str(FIRST))
    assert facts["differences"][0].startswith("data: recorded ") and facts["samples"] == 0


def test_changed_verilog_is_named_and_the_digests_decide(here, verify):
    change_facts(here, verilog_sha256="0" * 64)
    facts = verify()
    assert facts["passed"]
    assert facts["notes"][0].startswith("Verilog: recorded 000000000000..., now ")


def test_a_changed_tool_is_named_and_the_digests_decide(here, verify):
    change_facts(here, tools=facts_of(here)["tools"] | {"numpy": "1.0"})
    facts = verify("--sample", "30")
    assert facts["passed"] and facts["notes"] == [f"numpy: recorded 1.0, now {np.__version__}"]


def test_other_hardware_is_named(here, verify, monkeypatch):
    exchange = BatchEngine.exchange

    def broken(self, packets, answers, *rest):
        received = exchange(self, packets, answers, *rest)
        received[-40] ^= np.uint64(1)  # of the last sample's readout
        return received

    monkeypatch.setattr(BatchEngine, "exchange", broken)
    facts = verify("--samples", "30-35")
    assert facts["wrong"] == [35]
    model, digest = facts["differences"]
    assert model.startswith("RTL and golden model differ: {'what': ") and "'sample': 5" in model
    assert digest == "sample 35: not what is recorded"


@pytest.mark.parametrize("consistent", [False, True])
def test_an_edited_digest_is_named(here, verify, consistent):
    edit_digest(here, 41, consistent)
    facts = verify("--golden")
    assert facts["wrong"] == [41]
    assert ("digests.bin" in facts["same"]) == consistent
    assert facts["differences"][-1] == "sample 41: not what is recorded"
    assert verify("--golden", "--sample", "40")["passed"] == consistent


@pytest.mark.parametrize(
    ("key", "value"),
    [("accuracy", 1.0), ("compared", {"spikes": 9}), ("cycles_per_sample", 1.5), ("errors", ["x"])],
)
def test_edited_results_are_named(here, verify, key, value):
    change_facts(here, **{key: value})
    assert [d.split(":")[0] for d in verify()["differences"]] == [key]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("evidence --sample 50", "sample 50: the record holds samples 30 to 49"),
        ("evidence --samples 29-31", "samples 29 to 31: the record holds"),
        ("evidence --samples 31-30", "expected FIRST-LAST"),
        ("evidence --shard 0/3", "expected K/N with 1 <= K <= N <= 20"),
        ("evidence --shard 3/21", "expected K/N"),
        ("evidence --shard three", "expected K/N"),
        ("evidence --sample 30 --shard 1/2", "exclude each other"),
        ("evidence --golden --engine batch", "--golden runs no engine"),
        ("evidence --engine magic", "unknown engine 'magic'"),
        ("evidence --chip chip --net small.nir", "leave out --net"),
        ("evidence --chip nowhere", "nowhere"),
        ("evidence --net nowhere.nir", "nowhere.nir: no such network file"),
        ("nowhere", "no such file (expected Evidence)"),
        ("lenet-4", "zoo entry lenet-4 ships no Evidence"),
    ],
)
def test_mistakes(here, spikeloom, options, message):
    code, out, err = spikeloom("verify", *options.split())
    assert code == 2 and message in err and out == ""


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda e: (e / "digests.bin").unlink(), "no such file (expected digests of"),
        (lambda e: (e / "digests.bin").write_bytes(b"x" * 99), "99 bytes, expected 16 for each"),
        (lambda e: change_facts(e.parent, schema=1), "Evidence schema 1, expected 2"),
        (lambda e: change_facts(e.parent, mapping={}), "does not say how the network was mapped"),
        (lambda e: change_facts(e.parent, mapping={"net": 3}), "does not say how"),
        (lambda e: (e.parent / "small.nir").unlink(), "neither here nor beside the record"),
        (lambda e: change_facts(e.parent, shard=0), "damaged Evidence"),
        (lambda e: change_facts(e.parent, data=3), "damaged Evidence"),
        (lambda e: change_facts(e.parent, stalls={"seed": "x"}), "damaged Evidence"),
        (lambda e: change_facts(e.parent, pace="never"), "pace 'never'"),
        (lambda e: change_facts(e.parent, tools=[]), "damaged Evidence"),
    ],
)
def test_damaged_records(here, spikeloom, damage, message):
    damage(here / "evidence")
    code, out, err = spikeloom("verify", "evidence", "--sample", "30")
    assert code == 2 and message in err and out == "", err


def test_shipped_evidence_is_written_anew(here, monkeypatch):
    """The same slice, chip and engine; figures do not ship."""
    monkeypatch.setattr("flows.zoo_evidence.evidence_path", lambda name: here / "evidence")
    monkeypatch.setattr("flows.zoo_evidence.find_network", lambda net: digit_network())
    before = content(here / "evidence")
    change_facts(here, verilog_sha256="0" * 64, passed=False)
    assert renew_evidence("small").passed
    del before["figures.npz"]
    assert content(here / "evidence") == before


def test_nothing_checked_is_no_pass():
    assert not Recheck("evidence", "batch").passed


def test_parts_are_all_samples_once():
    from cosim.evidence import DataSlice

    data = DataSlice("digits", "test", 7, 23, "")
    for parts in range(1, 24):
        shards = [Selection(part=f"{k}/{parts}").shard(data) for k in range(1, parts + 1)]
        found = [s for shard in shards for s in range(23)[shard.samples]]
        assert found == [*range(23)]
    with pytest.raises(InputError):
        Selection(part="1/24").shard(data)
