"""Boards behind SPI: simulated bit by bit, and through pyftdi's interface, without a bridge."""

import json

import numpy as np
import pytest
from pyftdi.usbtools import UsbToolsError

from cosim.board import Board
from cosim.board.frames import Frame, encode
from cosim.board.noise import Noise
from cosim.board.simulated_board import DIVISOR, SimulatedBoard
from cosim.board.simulator import BoardSimulator
from cosim.board.spi_line import SPI_HZ, SpiLine
from cosim.engines import EngineError
from flows.map_arguments import MapArguments
from flows.resolve import samples_for
from mapper.errors import InputError
from mapper.frames import FLAG, FrameKind
from mapper.network import INPUT, Dense, Network, Population

pytestmark = pytest.mark.xdist_group("spi-board")  # one build

DATA = ("--data", "digits:test")
BRIDGE = "ftdi://ftdi:2232h/1"


@pytest.fixture(scope="module")
def image():
    """One small core, which builds fast."""
    rng = np.random.default_rng(2)
    network = Network(
        "spi", (64,), (Population("out", (10,), threshold=rng.integers(1, 6, 10)),),
        (Dense(INPUT, "out", rng.integers(-1, 2, (10, 64)), "ternary"),),
        "out", ticks=2, encoding={"name": "rate_if", "maximum": 16},
    )  # fmt: skip
    core = "tiny,axons=64,neurons=32,potential_bits=18,routes=16,max_extension=1,update_lanes=1"
    return MapArguments(net="spi.nir", core=core, mesh="1x1").map_rows(network)


@pytest.fixture
def board(image):
    """A simulated one that is on."""
    found = BoardSimulator(image.params, "spi").switch_on()
    yield found
    found.close()


class Bridge:
    """As pyftdi's SpiController and SpiPort, with a simulated board at its wires."""

    def __init__(self, board: SimulatedBoard, noise: float = 0.0) -> None:
        self.board, self.noise, self.sent = board, Noise(noise, 4), []

    def __call__(self, cs_count: int) -> "Bridge":
        assert cs_count == 1
        return self

    def configure(self, url: str, frequency: float) -> None:
        assert url == BRIDGE
        self.frequency = frequency

    def get_port(self, cs: int, freq: float, mode: int) -> "Bridge":
        assert (cs, freq, mode) == (0, self.frequency, 0)
        return self

    def exchange(self, out: bytes, duplex: bool) -> bytes:
        assert duplex
        self.sent.append(out)
        taken, found = self.board.run(out, (8 * len(out) + 3) * DIVISOR)
        assert taken == len(out) == len(found)
        return self.noise.hit(found)

    def close(self) -> None:
        self.sent = []


@pytest.mark.parametrize("noise", [0.0, 0.004])
def test_every_value_is_right(image, noise):
    """And nothing is sent twice, while nobody disturbs."""
    with Board.simulated(image, noise, seed=5, line="spi") as board:
        board.program()
        board.run_all(samples_for(image, "digits:test", 4).spikes)
        assert board.compare().passed and board.verify() == [] and board.errors() == []
        seen = board.port.statistics
        print(seen, board.port.line.noise.hits)
        assert (seen.packets_resent > 0) == (seen.damaged > 0) == bool(noise)


def test_bytes_go_both_ways_at_once(board):
    """Each run is a transaction; what the board has to say goes on in the next one."""
    assert board.run(b"", 100 * DIVISOR) == (0, bytes([FLAG]) * 12)
    assert board.run(b"~~", 19 * DIVISOR) == (2, b"~~")
    assert board.run(b"~~", 10 * DIVISOR) == (0, b"")
    assert board.lamps == (False, False)
    found = board.run(b"~ noise ~", 100 * DIVISOR)[1]
    assert board.lamps == (False, True)
    found += b"".join(board.run(b"", 19 * DIVISOR)[1] for _ in range(4))
    assert found.strip(b"~") == encode(Frame(FrameKind.REJECT, 0, 0)).strip(b"~")


def test_the_command(spikeloom, image, board, tmp_path, monkeypatch):
    """Through pyftdi's interface, with noise on the way back."""
    image.save(tmp_path / "chip")
    bridge = Bridge(board, noise=0.001)
    monkeypatch.setattr("pyftdi.spi.SpiController", bridge)
    run = spikeloom(
        "host", "chip", "--line", "spi", "--port", BRIDGE, *DATA, "--limit", 3, "--json"
    )
    assert run.code == 0, run.err
    facts = json.loads(run.out)
    print(facts["link"], bridge.noise.hits)
    assert facts["passed"] and facts["potentials_compared"] == 3 * 2 * 10
    assert facts["accuracy"] == facts["golden_accuracy"]
    assert facts["link"]["damaged"] and bridge.noise.hits and bridge.frequency == SPI_HZ
    assert facts["link"]["rejects"] == 0  # on the way there, nothing is hit
    assert bridge.sent == []  # closed
    run = spikeloom("host", "chip", "--simulate", "--line", "spi", *DATA, "--limit", 1)
    assert run.code == 0 and "PASSED" in run.out


@pytest.mark.parametrize(("hz", "made"), [
    (SPI_HZ, SPI_HZ), (1_499_999, 30e6 / 21), (1_500_000, 1_500_000), (29_999_999, 15e6),
    (30_000_000, 30e6), (458, 457),
])  # fmt: skip
def test_sclk_is_never_faster_than_asked(monkeypatch, hz, made):
    bridge = Bridge(board=None)
    monkeypatch.setattr("pyftdi.spi.SpiController", bridge)
    SpiLine(BRIDGE, hz)
    assert bridge.frequency == int(made) <= hz


@pytest.mark.parametrize("hz", [0, 457, 30_000_001])
def test_speeds_that_no_bridge_has(hz):
    with pytest.raises(InputError, match=f"SPI clock {hz} Hz: must be in 458..30000000"):
        SpiLine(BRIDGE, hz)


@pytest.mark.parametrize(("error", "told"), [
    (ValueError("No backend available"), "No backend available (libusb 1.0 is missing on this sy"),
    (UsbToolsError("No USB device matches"), "ftdi:2232h/1 cannot be opened: No USB device matche"),
    (OSError("busy"), "cannot be opened: busy"),
    (NotImplementedError("no SPI"), "cannot be opened: no SPI"),
])  # fmt: skip
def test_bridges_that_cannot_be_opened(monkeypatch, error, told):
    bridge = Bridge(board=None)
    monkeypatch.setattr("pyftdi.spi.SpiController", bridge)

    def configure(url: str, frequency: float) -> None:
        raise error

    monkeypatch.setattr(bridge, "configure", configure)
    with pytest.raises(InputError) as refused:
        SpiLine(BRIDGE)
    assert told in str(refused.value)


def test_a_bridge_that_goes_away(monkeypatch):
    bridge = Bridge(board=None)
    monkeypatch.setattr("pyftdi.spi.SpiController", bridge)
    line = SpiLine(BRIDGE)

    def exchange(out: bytes, duplex: bool) -> bytes:
        raise OSError("unplugged")

    monkeypatch.setattr(bridge, "exchange", exchange)
    with pytest.raises(EngineError, match="is gone: unplugged"):
        line.read()
