"""The shell's chip: step by step it is what a batch run is; mistakes get one clear message."""

import re
from pathlib import Path

import numpy as np
import pytest

from cosim.engines import EngineError, Stalls, make_engine
from cosim.live.chip import LiveChip
from cosim.shell import Chip
from cosim.shell.console import Console, names_for
from cosim.trace import ChipTrace
from cosim.verify import run_engine
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import CoreParams
from mapper.errors import InputError, VerificationError
from mapper.hybrid.compiler import map_network as map_hybrid
from mapper.nir_io import read_network
from mapper.yoso.compiler import map_network as map_grid

from .grid_networks import GRID, PE, grid_network, single_spikes
from .hybrid_networks import CORES, direct_network, random_values
from .hybrid_networks import MESH as HYBRID_MESH
from .networks import CORE, MESH, random_network, random_spikes
from .seeds import seeds

DOCS = Path(__file__).parents[2] / "docs"
on_mesh = pytest.mark.xdist_group("mesh-build")
on_grid = pytest.mark.xdist_group("grid-build")
on_hybrid = pytest.mark.xdist_group("hybrid-build")


class Replayed(LiveChip):
    """A live chip for which the batch engine runs all that was sent, anew at every question: slow
    but built already.
    """

    def __init__(self, image):
        super().__init__(image)
        self.engine = make_engine("batch", image.params)
        self.restart()

    def restart(self):
        self.sent, self.seen, self.asked = [], 0, 0

    def transfer(self, packets, answers, progress):
        self.sent += [int(p) for p in packets]
        self.asked += answers
        if not answers:
            return np.zeros(0, np.uint64)
        found = self.engine.exchange(np.array(self.sent, np.uint64), self.asked, Stalls())
        new, self.seen = found[self.seen :], len(found)
        return new

    def program(self):
        self.restart()
        assert not self._load()


def assert_same(ours: ChipTrace, theirs: ChipTrace) -> None:
    """Every value, also the clock cycles of every tick."""
    for kind in ("spikes", "potentials", "outputs", "counters"):
        for name, expected in getattr(theirs, kind).items():
            np.testing.assert_array_equal(getattr(ours, kind)[name], expected, err_msg=name)
    np.testing.assert_array_equal(ours.cycles, theirs.cycles)
    np.testing.assert_array_equal(ours.errors, theirs.errors)


def look(chip: Chip) -> int:
    """Compare what every population shows now; how many show something."""
    shown = 0
    for p in chip.image.populations:
        try:
            chip.moment(p.name)
        except InputError:
            continue
        for what in ("potentials", "spikes"):
            ours, theirs = (getattr(side, what)(p.name) for side in (chip, chip.golden))
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{what} of {p.name}")
        shown += 1
    return shown


def walk(chip: Chip, spikes: np.ndarray, rng: np.random.Generator) -> None:
    """A sample tick by tick: as booleans or as numbers, at once or in parts, looking in between."""
    cycles = []
    if spikes.dtype != bool:
        chip.send(spikes[0])
    for tick in range(chip.ticks):
        if spikes.dtype == bool and tick < len(spikes):
            elements = rng.permutation(np.flatnonzero(spikes[tick]))
            for part in np.array_split(elements, rng.integers(1, 3)):
                chip.send(part)
            if rng.random() < 0.5:
                chip.send(np.zeros(spikes.shape[1], bool))
        cycles.append(chip.tick())
        shown = look(chip)
    assert shown == len(chip.image.populations)
    np.testing.assert_array_equal(chip.trace.cycles[-1], cycles)


def check(image, spikes: np.ndarray, seed: int, kind=Chip) -> None:
    """Samples by turns step by step and at once."""
    rng = np.random.default_rng(seed)
    chip = kind(image)
    chip.program()
    for i, sample in enumerate(spikes):
        if i % 2:
            chip.run(sample)
        else:
            walk(chip, sample, rng)
    batch = run_engine(make_engine("batch", image.params), image, spikes)
    assert_same(chip.trace, batch)
    assert chip.compare().passed == (not batch.errors.any()), seed
    totals = {name: values.sum(axis=0) for name, values in batch.counters.items()}
    for name, values in chip.counters().items():
        np.testing.assert_array_equal(values, totals[name], err_msg=name)


@on_mesh
@pytest.mark.parametrize("seed", seeds(range(300, 304)))
def test_steps_are_a_batch_run(seed):
    network = random_network(seed)
    check(map_network(network, CORE, mesh=MESH), random_spikes(network, 3, seed), seed)


@on_grid
@pytest.mark.parametrize("seed", seeds(range(300, 302)))
def test_steps_are_a_batch_run_on_a_grid(seed):
    network = grid_network(seed)
    check(map_grid(network, PE, GRID), single_spikes(network, 3, seed), seed)


@on_hybrid
@pytest.mark.parametrize("seed", seeds(range(301, 303)))
def test_steps_are_a_batch_run_on_a_hybrid_chip(seed):
    network = direct_network(seed)
    image = map_hybrid(network, CORES, HYBRID_MESH)
    check(image, random_values(network, 3, seed), seed, Replayed)


@on_hybrid
def test_values_that_are_none():
    """A sample has one set of them."""
    image = map_hybrid(direct_network(301), CORES, HYBRID_MESH)
    chip, n = Replayed(image), int(np.prod(image.input_shape))
    chip.program()
    for wrong in ([256] * n, [-1] * n, [0] * (n + 1), [0.5] * n, [True] * n):
        with pytest.raises(InputError, match=f"send takes {n} values of 0 to 255"):
            chip.send(wrong)
    chip.send([255] * n)
    chip.tick()
    with pytest.raises(InputError, match="ticks have had their input"):
        chip.send([0] * n)
    last = image.params.cores - 1
    assert chip.read(last, "macro_channels") == image.macros[last].channels
    for core, name in ((0, "macro_channels"), (last, "columns")):
        with pytest.raises(InputError, match=f"there are no words '{name}'; there are "):
            chip.read(core, name)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The network of docs/network.md on the chip of docs/shell.md."""
    folder = tmp_path_factory.mktemp("tiny")
    page = (DOCS / "network.md").read_text()
    example = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(example, {})
    core = CoreParams(**vars(CORE))
    return map_network(read_network(folder / "tiny.nir"), core, mesh=MESH)


@on_mesh
def test_the_documented_session(tiny, tmp_path, monkeypatch, capsys):
    """What docs/shell.md shows is what a session answers."""
    monkeypatch.chdir(tmp_path)
    chip = Chip(tiny)
    console = Console(chip, names_for(chip))
    page = (DOCS / "shell.md").read_text()
    blocks = re.findall(r"^<!-- session -->\n```pycon\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 4
    for block in blocks:
        for typed, expected in re.findall(r"^>>> (.*)\n((?:(?!>>>).*\n)*)", block, re.MULTILINE):
            assert not console.push(typed), typed
            shown = capsys.readouterr()
            assert shown.out + shown.err == expected, typed
    assert (tmp_path / "ten.vcd").is_file()


MISTAKES = {
    "chip.send([0])": r"not programmed: program\(\) comes first",
    "chip.tick()": r"not programmed: program\(\) comes first",
    "chip.potentials('out')": r"not programmed: program\(\) comes first",
    "chip.golden": r"not programmed: program\(\) comes first",
    "chip.program(); chip.potentials('out')": r"out computes its first tick .* in 2 more tick\(\)",
    "chip.program(); chip.potentials('outt')": "no population 'outt'",
    "chip.program(); chip.compare()": "no sample is complete: 3 more",
    "chip.program(); chip.send([True])": "send takes 4 booleans, or a list of numbers from 0 to 3",
    "chip.program(); chip.send([-1])": "numbers from 0 to 3",
    "chip.program(); chip.send('ab')": "numbers from 0 to 3",
    "chip.program(); chip.send([0.5])": "numbers from 0 to 3",
    "chip.program(); chip.run(np.ones((3, 4), bool))": r"shape \(3, 4\), expected \(2, 4\)",
    "chip.program(); chip.run(np.full((2, 4), 2))": "type int64, expected values of type bool",
    "chip.program(); chip.run(np.full((2, 4), 0.5))": "type float64, expected",
    "chip.program(); chip.tick(); chip.run(np.ones((2, 4), bool))": "sample is under way: 2 more",
    "chip.program(); chip.tick(); chip.tick(); chip.send([0])": "2 ticks have had their input; 1",
    "chip.read(6, 'bias')": "core 6: this chip has cores 0 to 5",
    "chip.read(0, 'biass')": "no words 'biass'; there are identity, ",
    "chip.read(0, 'bias', 32)": "index 32: there are words 0 to 31",
    "chip.write(0, 'bias', 1 << 32)": "value 4294967296: a word holds -2147483648 to 4294967295",
    "chip.io.valid": "no port 'valid'; there are clk, ",
    "chip.io.valid = 1": "no port 'valid'",
    "chip.io.o__valid = 1": "o__valid is an output",
    "chip.io.i__valid = 2": "2 is not a number of 1 bits",
    "chip.io.i__payload = -1": "-1 is not a number of 64 bits",
    "chip.step(-1)": "time runs forward",
    "chip.start_wave('/proc/no/wave.vcd')": "cannot create folder",
}


@on_mesh
@pytest.mark.parametrize("line", MISTAKES)
def test_mistakes_have_one_clear_message(tiny, line):
    with pytest.raises(InputError, match=MISTAKES[line]) as caught:
        exec(line, {"chip": Chip(tiny), "np": np})
    assert "\n" not in str(caught.value)


@on_mesh
def test_a_chip_that_hangs_must_be_programmed_again(tiny):
    chip = Chip(tiny)
    chip.program()
    chip.patience = 100
    with pytest.raises(EngineError, match="fell silent with 1 answers missing"):
        chip.exchange([], answers=1)
    with pytest.raises(InputError, match="not programmed"):
        chip.tick()
    chip.program()
    chip.run(np.ones((2, 4), bool))
    assert chip.compare().passed


@on_mesh
def test_a_memory_that_lost_a_bit_is_named(tiny, monkeypatch):
    """Programming is checked by the chip's own checksums."""
    chip = Chip(tiny)
    send = chip._session.packets(np.zeros((0, 2, 4), bool))
    writes = np.flatnonzero(send >> np.uint64(49) & np.uint64(7) == 2)
    send[writes[0]] ^= np.uint64(1)
    monkeypatch.setattr(chip._session, "packets", lambda spikes: send)
    with pytest.raises(VerificationError, match="core 0: .* is not what was programmed"):
        chip.program()


@on_mesh
def test_a_waveform_tells_what_the_chip_did(tiny, tmp_path):
    """Every edge of the clock, also of a second one; beside other chips, dead ones and live."""
    Chip(tiny).program()
    chip, other = Chip(tiny), Chip(tiny)
    chip.program()
    for name in ("a.vcd", "b.vcd"):
        before = chip.cycle
        chip.start_wave(tmp_path / name)
        chip.tick()
        other.step(50)
        chip.step(7)
        assert not (tmp_path / name).exists()
        with pytest.raises(InputError, match="is being recorded"):
            chip.start_wave(tmp_path / "c.vcd")
        chip.stop_wave()
        text = (tmp_path / name).read_text()
        assert len(re.findall(r"\$scope module crossbar_chip ", text)) == 1
        clock = re.search(r"\$var wire +1 (\S+) clk \$end", text)
        assert clock is not None
        assert text.count(f"\n1{clock[1]}\n") == chip.cycle - before > 7
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.vcd", "b.vcd"]
    chip.start_wave(tmp_path / "c.vcd")
    chip.program()  # a new chip: the waveform of the old one ends
    assert (tmp_path / "c.vcd").stat().st_size
