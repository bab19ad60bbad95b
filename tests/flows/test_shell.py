"""`spikeloom shell`: code, scripts, sessions, and what goes wrong in them."""

import io
import json
import sys

import numpy as np
import pytest

from mapper.crossbar.compiler import map_network
from mapper.network import Dense, Network, Population
from tests.cosim.networks import CORE, MESH

pytestmark = pytest.mark.xdist_group("mesh-build")


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    """The folder of a chip; three inputs, two hidden neurons that fire for two spikes."""
    network = Network(
        "two", (3,), (Population("hidden", (2,), threshold=2),
                      Population("out", (2,), kind="readout")),
        (Dense("input", "hidden", np.ones((2, 3), int)),
         Dense("hidden", "out", np.array([[1, 0], [1, -1]]))), "out", 1,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("shell") / "chip"
    map_network(network, CORE, mesh=MESH).save(folder)
    return str(folder)


CODE = """
chip.program()
print("fired:", chip.run(np.array([[1, 1, 0]], bool)))
result = {"out": chip.potentials("out"), "passed": chip.compare().passed}
"""


def test_code_and_script_do_the_same(chip, spikeloom, tmp_path):
    script = tmp_path / "look.py"
    script.write_text(CODE)
    outputs = [spikeloom("shell", chip, *way, "--json") for way in (["-c", CODE], [str(script)])]
    for code, out, err in outputs:
        found = json.loads(out)
        assert code == 0 and "fired: 0" in err
        assert found["result"] == {"out": [1, 0], "passed": True}
        assert found["errors"] == [] and found["cycles"] > 100
    assert outputs[0].out == outputs[1].out


def test_a_session(chip, spikeloom, monkeypatch):
    """What is typed is answered; a mistake is one line, and the session goes on."""
    typed = "help()\nchip.tick()\nchip.program() > 0\nchip.io.nothing\n1/0\nchip.ticks_left\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    code, out, err = spikeloom("shell", chip)
    assert code == 0
    assert "Populations: hidden, out" in out and "two on 3 x 2 cores" in err
    assert out.endswith(">>> >>> True\n>>> >>> >>> 2\n>>> ")
    assert "the chip is not programmed: program() comes first\n" in err
    assert "there is no port 'nothing'" in err and "ZeroDivisionError" in err
    assert err.count("Traceback") == 1


WRONG = {
    "chip.send([7])": "the chip is not programmed",
    "x = 1\nx / 0": "-c, line 2: ZeroDivisionError: division by zero",
    "x = (": "-c: SyntaxError",
    "result = chip": "result: a Chip cannot be JSON",
    "chip.program(); chip.potentials('hiden')": "'hiden'",
}


@pytest.mark.parametrize("code", WRONG)
def test_wrong_code_is_one_line(chip, spikeloom, code):
    status, out, err = spikeloom("shell", chip, "-c", code, "--json")
    assert status == 2 and out == ""
    assert WRONG[code] in err and "Traceback" not in err


def test_a_chip_that_hangs_is_a_failure(chip, spikeloom):
    code = "chip.patience = 99; chip.exchange([], answers=1)"
    status, _, err = spikeloom("shell", chip, "-c", code)
    assert status == 1 and "verification failed: the chip fell silent" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-c", "1", "x.py"], "-c and x.py: give one of them"),
        (["no-such-script.py"], "no-such-script.py: cannot be read"),
        (["-c", "1", "--data", "digits:test"], "does not say how images become spikes"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_built(chip, spikeloom, arguments, message):
    status, _, err = spikeloom("shell", chip, *arguments)
    assert status == 2 and message in err
