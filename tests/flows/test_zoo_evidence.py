"""The shipped Evidence: its networks still do, on samples drawn anew, what it records."""

import os
import random
from pathlib import Path

import pytest

from cosim.evidence import read_digests_of, read_evidence
from flows.recheck import Selection, Sources, recheck
from flows.zoo import evidence_names, evidence_path

HAS_MNIST = (Path(os.environ.get("SPIKELOOM_DATA", "-")) / "mnist").is_dir()
SEED = int(os.environ.get("SPIKELOOM_EVIDENCE_SEED", random.randrange(1 << 16)))
FILES = {"evidence.json", "digests.bin"}


def drawn(name: str) -> Selection:
    """One of the recorded samples; another one in each session."""
    if not name.startswith("digits") and not HAS_MNIST:
        pytest.skip("needs SPIKELOOM_DATA with MNIST")
    data = read_evidence(evidence_path(name)).data
    sample = data.first + random.Random(f"{SEED} {name}").randrange(data.count)
    print(f"SPIKELOOM_EVIDENCE_SEED={SEED}: sample {sample} of {name}")
    return Selection(sample=sample)


def test_records_ship():
    assert {"mnist-ternary", "digits", "digits-stdbp"} <= {*evidence_names()}
    size = sum(f.stat().st_size for n in evidence_names() for f in evidence_path(n).iterdir())
    assert size < 1_500_000


@pytest.mark.parametrize("name", evidence_names())
def test_golden_model_does_what_is_recorded(name):
    folder = evidence_path(name)
    assert {file.name for file in folder.iterdir()} == FILES
    evidence = read_evidence(folder)
    assert evidence.passed and f"{name}-".startswith(f"{evidence.mapping['net']}-")
    assert len({bytes(digest) for digest in read_digests_of(folder, evidence)}) > 0.9 * \
        evidence.data.count  # fmt: skip
    found = recheck(folder, drawn(name), Sources(), golden=True, jobs=1)
    assert found.passed, found.differences


@pytest.mark.xdist_group("full-build")
def test_verilog_does_what_is_recorded():
    found = recheck(evidence_path("digits"), drawn("digits"), Sources(), "cocotb", jobs=1)
    assert found.passed, found.differences
    assert found.compared["potentials"] == 266
