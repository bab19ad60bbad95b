"""Every bad file and argument of the corpus is refused: exit code 2, one clear line, no trace.

`docs/robustness.md` says what is promised.
"""

import re

import pytest

from . import chips, datasets, files, networks, recipes

KINDS = (chips, datasets, files, networks, recipes)
CASES = {name: case for kind in KINDS for name, case in kind.CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name, copied, refused, monkeypatch):
    case = CASES[name]
    monkeypatch.setenv("SPIKELOOM_DATA", str(copied / "data"))
    case.damage()
    message = refused(*case.command.split())
    assert re.search(case.message, message), message


def test_the_corpus_is_large():
    """The least that was promised; no case hides another one of its name."""
    assert len(CASES) == sum(len(kind.CASES) for kind in KINDS) >= 200
