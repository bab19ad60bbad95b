"""Every bad file and argument of the corpus is refused: exit code 2, one clear line, no trace.

`docs/robustness.md` says what is promised.
"""

import re

import pytest

from . import chips, files, networks, recipes

CASES = {**files.CASES, **networks.CASES, **recipes.CASES, **chips.CASES}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name, copied, refused, monkeypatch):
    case = CASES[name]
    monkeypatch.setenv("SPIKELOOM_DATA", str(copied / "data"))
    monkeypatch.chdir(copied)
    case.damage()
    message = refused(*case.command.split())
    assert re.search(case.message, message), message
