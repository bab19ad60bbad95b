"""What the energy command is fed with: samples, Evidence, a user's constants.

`tests/cosim/test_hybrid_differential.py` compares the counts with those of hardware.
"""

import json
import shutil

import pytest

from flows.energy.constants import read_constants
from flows.zoo import evidence_path
from mapper.errors import InputError


def test_evidence_gives_what_its_samples_give(spikeloom):
    a = json.loads(spikeloom("energy", "digits-direct", "--limit", 6, "--json").out)
    b = json.loads(spikeloom("energy", "digits-direct", "--data", "digits:test", "--limit", 6,
                             "--core", "small", "--json").out)  # fmt: skip
    assert a == b and a["counters"]["conversions"] == a["macros"]["conversions"] > 0
    assert a["constants"]["E_mac"]["unit"] == "pJ" and a["samples"] == 6
    assert a["ratios"].keys() > a["paper"]["cnn-3d, indian pines"].keys()


def test_changed_evidence_is_refused(spikeloom, tmp_path):
    folder = tmp_path / "e"
    shutil.copytree(evidence_path("digits-direct"), folder)
    facts = json.loads((folder / "evidence.json").read_text())
    facts["events_per_sample"] += 1
    (folder / "evidence.json").write_text(json.dumps(facts))
    code, out, err = spikeloom("energy", folder, "--json")
    assert code == 1 and out == "" and "events: the hardware counted" in err


def test_constants_of_a_user(spikeloom, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[E_mac]\nvalue = 6.2\nunit = "pJ"\nsource = "twice"\n'
                    '[N_mac]\nvalue = 350\nunit = "1"\n')  # fmt: skip
    c, shipped = read_constants(file), read_constants()
    assert (c["E_mac"], c["N_mac"], c["E_ac"]) == (6.2, 350, shipped["E_ac"])
    assert c.facts["E_mac"].source == "twice" and c.facts["N_mac"].source == str(file)
    arguments = ("energy", "digits-direct", "--data", "digits:test", "--limit", 2, "--json")
    a, b = (json.loads(spikeloom(*arguments, *more).out) for more in ((), ("--constants", file)))
    assert a["totals"]["ANN full"]["energy"] < b["totals"]["ANN full"]["energy"]
    assert b["constants"]["E_mac"]["source"] == "twice"


@pytest.mark.parametrize(("toml", "message"), [
    ("[E_mac]", "E_mac: expected a table with value and unit"),
    ("E_mac = 3", "E_mac: expected a table"),
    ('[E_mac]\nvalue = 1\nunit = "J"', "E_mac: unit must be 'pJ', not 'J'"),
    ('[E_mac]\nvalue = "1"\nunit = "pJ"', "E_mac: value must be a number from 0 on, not '1'"),
    ('[E_mac]\nvalue = -1.0\nunit = "pJ"', "not -1.0"),
    ('[E_mac]\nvalue = nan\nunit = "pJ"', "not nan"),
    (f'[E_mac]\nvalue = {"9" * 400}\nunit = "pJ"', "value must be a number from 0 on"),
    ('[E_mac]\nvalue = true\nunit = "pJ"', "not True"),
    ('[N_mac]\nvalue = 1.5\nunit = "1"', "N_mac: value must be a whole number from 1 on, not 1.5"),
    ('[N_mac]\nvalue = 0\nunit = "1"', "not 0"),
    ('[E_mac]\nvalue = 1\nunit = "pJ"\nsource = 3', "E_mac: meaning and source must be texts"),
    ('[E_mac]\nvalue = 1\nunit = "pJ"\nnote = "x"', "at most meaning and source"),
    ('[E_MAC]\nvalue = 1\nunit = "pJ"', "E_MAC: unknown constant; known: B_IO, B_W"),
    ("E_mac = ", "not readable as TOML"),
])  # fmt: skip
def test_bad_constants(toml, message, tmp_path):
    (tmp_path / "c.toml").write_text(toml)
    with pytest.raises(InputError) as error:
        read_constants(tmp_path / "c.toml")
    assert message in str(error.value) and "c.toml" in str(error.value)
