"""Bad input: exit code 2, one line on standard error, nothing on standard output or disk."""

import json
import os
import shutil

import h5py
import pytest

from flows.commands import COMMANDS

DATA = ("--data", "digits:test")


def everything(folder):
    return sorted((str(p.relative_to(folder)), p.lstat().st_mtime_ns) for p in folder.rglob("*"))


@pytest.fixture
def refused(spikeloom, tmp_path):
    """A function: run a command that must refuse; its message."""

    def run(*arguments) -> str:
        before = everything(tmp_path)
        code, out, err = spikeloom(*arguments)
        assert code == 2 and out == "", (code, out, err)
        assert err.startswith("spikeloom: ") and err.endswith("\n") and err.count("\n") == 1, err
        assert everything(tmp_path) == before
        return err

    return run


@pytest.mark.parametrize(("command", "message"), [
    ("bogus", "No such command 'bogus'"), ("--bogus", "No such option"),
    ("map", "Missing argument 'NET'"), ("map digits -o", "requires an argument"),
    ("train nope", "nope: no such recipe file, nor a zoo entry ("),
    ("train", "Missing argument"), ("train digits --set epochs", "expected KEY=VALUE, such as"),
    ("train digits --set training.epochs=0", "training.epochs: should be greater than"),
    ("train digits --set seed=1,2", "one value per key; several values are what `sweep` is for"),
    ("train digits --seed -1", "seed: should be greater than or equal to 0, not -1"),
    ("train digits --seed x", "'x' is not a valid integer"),
    ("sweep digits", "Missing option '-o'"), ("sweep nope -o x", "nope: no such recipe file"),
    ("sweep digits -o x --seeds 0", "0 is not in the range"),
    ("sweep digits -o x --set seed=1,2", "a sweep sets the seeds itself"),
    ("sweep digits -o x --set rule.weights=int6,int9", "rule.weights: should be 'ternary'"),
    ("sweep digits -o x --workers 2 --scheduler tcp://x", "the scheduler has its own workers"),
    ("export nope -o x.nir", "nope/recipe.json: no such file"),
    ("export . -o x.nir --limit 0", "0 is not in the range"),
    ("map nope -o x", "nope: no such network file, nor a zoo entry"),
    ("map . -o x", "no such network file"),
    ("map digits -o x --target asic", "unknown fabric 'asic'; known: crossbar, hybrid, yoso"),
    ("map digits -o x --target yoso", "potentials decay (clear); a YOSO PE has no leak"),
    ("map digits -o x --core huge", "unknown core 'huge'; known: full, small, tiny"),
    ("map digits -o x --core full,lanes=7", "lanes must be a power of two"),
    ("map digits -o x --core tiny", "does not fit: fan-in 256 needs axon extension 16"),
    ("map digits -o x --mesh 3", "expected WIDTHxHEIGHT"), ("map digits -o x --mesh 0x1", "1..8"),
    ("map digits -o x --mesh 9x9", "1..8"),
    ("map digits -o x --strategy best", "unknown strategy 'best'; known: paper, cores"),
    ("map paper:nope", "unknown network of the paper; known: lenet-1"),
    ("map paper:lenet-1 -o x", "paper:lenet-1 has no weights, so there is no ChipImage"),
    ("map paper:lenet-1 --mesh 2x2", "leave out --mesh, --place and --activity"),
    ("map paper:lenet-1 --target asic", "unknown fabric 'asic'"),
    ("map paper:lenet-1 --target yoso", "only the crossbar maps shapes without weights"),
    ("map paper:lenet-1 --strategy best", "spikeloom: unknown strategy 'best'"),
    ("map topology:28x28-6C5-10 --core tiny", "layer 10 does not fit: input patch 24x24x6"),
    ("map topology:28x28-6C99-10", "kernel 99 is larger than the map"),
    ("map topology:28x28-9R-10", "the recurrent layer 9R depends on its weights"),
    ("check paper:lenet-1", "paper:lenet-1: no such network file"),
    ("import", "Missing argument 'FILE'"), ("import x -o y.nir", "Missing option '--ticks'"),
    ("import nope -o x.nir --ticks 4", "nope: no such file (expected a NIR file)"),
    ("import . -o x.nir --ticks 4", ".: not a file (expected a NIR file)"),
    ("import nope -o x.nir --ticks 0", "0 is not in the range"),
    ("import nope -o x.nir --ticks 4 --weights ternary", "'ternary' is not one of 'int2'"),
    ("import nope -o x.nir --ticks 4 --dt 0", "0.0 is not in the range"),
    ("evaluate nope --data digits:test", "nope: no such network file"),
    ("evaluate digits", "Missing option '--data'"),
    ("evaluate digits --data mnist:test", "images of 28x28 pixels give 784 inputs"),
    ("evaluate digits --data digits:test --map x.png", "'digits' is no scene; scenes: salinas-a"),
    ("check nope", "no such network file"), ("check digits --target pim", "unknown fabric 'pim'"),
    ("check digits --core bogus", "unknown core"), ("check", "Missing argument"),
    ("fpga", "Missing option '--board'"), ("fpga --board ulx3s-85f", "Missing option '-o'"),
    ("fpga --board nope -o x", "unknown board 'nope'; known: ecpix5-85f, icebreaker, ulx3s-85f, g"),
    ("fpga nope --board ulx3s-85f -o x", "nope: no such ChipImage folder, nor a zoo entry"),
    ("fpga --board ulx3s-85f --core huge -o x", "unknown core 'huge'"),
    ("fpga --board ulx3s-85f --target asic -o x", "unknown fabric 'asic'"),
    ("fpga --board ulx3s-85f --mesh 9x9 -o x", "mesh '9x9': expected WIDTHxHEIGHT"),
    ("fpga digits --board ulx3s-85f --mesh 2x1 -o x", "--mesh is for chips without network"),
    ("fpga --board ulx3s-85f --core tiny --clock 51.234567 -o x", "the PLL makes it not of the"),
    ("fpga --board icebreaker --clock 20 -o x", "this board has only its own, 12 MHz"),
    ("fpga --board icebreaker --baud 5000000 -o x", "a clock of 12 MHz makes 3000000 at most"),
    ("fpga --board generic --core tiny --clock 10 --baud 7000000 -o x", "7000000 baud: a clock"),
    ("fpga --board ulx3s-85f --line spi -o x", "ulx3s-85f has no spi line to the host; icebreaker"),
    ("fpga --board icebreaker --line spi --baud 9600 -o x", "a baud rate is for a UART"),
    ("fpga --board generic --core tiny --line spi --baud 9600 -o x", "a baud rate is for a UART"),
    ("fpga --board generic --line can -o x", "'can' is not one of 'uart', 'spi'"),
    ("fpga --board generic --tools best -o x", "'best' is not one of 'any', 'pip'"),
    ("golden nope --data digits:test", "nope: no such ChipImage folder, nor a zoo entry"),
    ("golden digits", "Missing option '--data'"),
    ("golden digits --data digits", "expected SET:SPLIT"),
    ("golden digits --data nope:test", "unknown data set 'nope'; known: digits, mnist, fashion"),
    ("golden digits --data digits:val", "unknown split 'val'; known: train, test"),
    ("golden digits --data digits:", "unknown split ''"),
    ("golden digits --data :", "unknown data"),
    ("golden digits --data digits:test --limit 0", "0 is not in the range"),
    ("golden digits --data digits:test --limit x", "'x' is not a valid integer"),
    ("golden digits --data digits:test --core nope", "unknown core"),
    ("golden digits --data digits:test --noise dnl=1", "--noise is that of PIM macros"),
    ("golden digits-direct --data digits:test --target hybrid --noise x=1", "'x': unknown; known"),
    ("golden digits-direct --data digits:test --target hybrid --noise n.toml", "n.toml"),
    ("golden mnist-ternary --data digits:test", "8x8 pixels give 64 inputs, the network"),
    ("cosim digits --data digits:test -o x --first 360", "no sample 360, it has 360"),
    ("cosim digits --data digits:test -o x --first -1", "-1 is not in the range"),
    ("cosim digits --data digits:test -o x --engine quantum", "unknown engine 'quantum'; known:"),
    ("cosim digits --data digits:test -o x --stall 1", "stall probability"),
    ("cosim digits --data digits:test -o x --stall nan", "stall probability"),
    ("cosim digits --data digits:test -o x --jobs 0", "0 is not in the range"),
    ("cosim digits --data digits:test", "Missing option '-o'"),
    ("verify nope", "nope"), ("verify", "Missing argument 'EVIDENCE'"),
    ("diff nope --data digits:test --sample 0 -o x", "nope: no such ChipImage folder"),
    ("diff digits --data digits:test --sample 999 -o x", "there is no sample 999"),
    ("diff digits --data digits:test --sample 0 --engines golden quantum -o x", "unknown engine"),
    ("shell nope", "nope: no such ChipImage folder"), ("shell", "Missing argument 'CHIP'"),
    ("shell digits -c 1 x.py", "-c and x.py: give one of them"),
    ("verilog nope -o x", "no such ChipImage folder"), ("verilog digits", "Missing option '-o'"),
    ("zoo nope", "nope: no such zoo entry; known: "), ("zoo --limit 3", "--limit is for --verify"),
    ("zoo --verify digits --limit 0", "0 is not in the range"),
    ("map digits-direct --target hybrid --core full,macro.adc_bits=3", "or allow the loss (lossy"),
    ("map digits-direct --target hybrid --core full,lossy=2", "lossy must be in 0..1, not 2"),
    ("map digits-direct --target hybrid --core full,lossy=1,adc_shift=5", "every output would be"),
    ("sweep-macro digits-direct --data digits:test -o x", "Missing option '--set'"),
    ("sweep-macro nope --data digits:test -o x --set adc_shift=1", "nope: no such network file"),
    ("sweep-macro digits-direct --data digits:test -o x --set noise.x=1", "unknown; known: bit_li"),
    ("sweep-macro digits --data digits:test -o x --set adc_shift=1", "the input is spikes"),
    ("energy nope --data digits:test", "nope: no such network file"),
    ("energy", "Missing argument"), ("energy nope", "nope"),
    ("energy digits-direct --core small", "give --data to run another"),
    ("energy mnist-stbp", "mnist-stbp ships no Evidence"),
    ("energy digits-direct --constants nope.toml", "nope.toml"),
    ("energy digits-direct --data digits:test --core full,macro.adc_bits=9", "must be an integer"),
    ("host nope --simulate", "nope: no such ChipImage folder"), ("host", "Missing argument"),
    ("host digits", "give either --port PORT or --simulate"),
    ("host digits --port x --simulate", "give either --port PORT or --simulate"),
    ("host digits --port /dev/nope", "port /dev/nope cannot be opened"),
    ("host digits --port /dev/null", "port /dev/null cannot be opened"),
    ("host digits --port nope://x", "port nope://x cannot be opened"),
    ("host digits --port socket://localhost:1", "port socket://localhost:1 cannot be opened"),
    ("host digits --port x --data digits:test --watts 0 --clock 50", "0.0 is not in the range"),
    ("host digits --port x --data digits:test --watts nan --clock 50", "nan is no number"),
    ("host digits --port x --data digits:test --watts 1", "give both --watts and --clock"),
    ("host digits --port x --watts 1 --clock 50", "--watts is for samples: give --data"),
    ("host digits --port x --noise 0.1", "--noise is for --simulate"),
    ("host digits --port x --baud 0", "0 is not in the range"),
    ("host digits --port x --line can", "'can' is not one of 'uart', 'spi'"),
    ("host digits --port x --line spi --baud 9600", "--baud is for --line uart"),
    ("host digits --simulate --spi-clock 9", "--spi-clock is for --line spi"),
    ("host digits --port ftdi://x/1 --line spi --spi-clock 9", "SPI clock 9 Hz: must be in 458.."),
    ("host digits --port nope --line spi", "port nope cannot be opened: Invalid URL"),
    ("host digits --port ftdi://ftdi:2232h/? --line spi", "cannot be opened: give the URL of one"),
    ("host digits --simulate --noise 1", "a probability per byte"),
    ("host digits --simulate --data digits", "expected SET:SPLIT"),
    ("board-sim nope", "nope: no such ChipImage folder"), ("board-sim", "Missing argument"),
    ("board-sim digits --noise nan", "a probability per byte"),
    ("report nope -o x.html", "nope"), ("report -o x.html", "Missing argument"),
    ("demo --core bogus -o x", "unknown core 'bogus'"),
])  # fmt: skip
def test_arguments(command, message, refused):
    assert message in refused(*command.split())


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\nxx", b"text", b"PK\3\4", b"\x80\x04."])
def test_files_that_are_no_networks(content, refused, tmp_path):
    (tmp_path / "a.nir").write_bytes(content)
    for command in (("map", "-o", "x"), ("check",), ("golden", *DATA), ("verilog", "-o", "x")):
        assert "a.nir: not a Network" in refused(command[0], "a.nir", *command[1:])


def test_damaged_networks(refused, small_nir):
    raw = small_nir.read_bytes()
    for damaged in (raw[: len(raw) // 2], raw[:-1], raw[:9000] + b"\xff" + raw[9001:]):
        small_nir.write_bytes(damaged)
        assert "small.nir: damaged" in refused("check", "small.nir")
    with h5py.File(small_nir, "w") as file:
        file["node"] = 1
    assert "foreign NIR" in refused("check", small_nir)


def test_damaged_chips(refused, spikeloom, small_nir, tmp_path):
    assert spikeloom("map", small_nir, "-o", "chip", "--core", "tiny").code == 0
    for name in ("chip.json", "memories.npz"):
        shutil.copytree("chip", "broken", dirs_exist_ok=True)
        raw = (tmp_path / "broken" / name).read_bytes()
        for content in (b"", raw[: len(raw) // 2], raw.replace(b"tick", b"tock")[:-2]):
            (tmp_path / "broken" / name).write_bytes(content)
            assert "broken" in refused("golden", "broken", *DATA)
            assert "broken" in refused("verilog", "broken", "-o", "x")
    facts = json.loads((tmp_path / "chip" / "chip.json").read_text()) | {"network_name": "other"}
    (tmp_path / "chip" / "chip.json").write_text(json.dumps(facts))
    assert "changed after it was written" in refused("golden", "chip", *DATA)
    assert "unknown core" in refused("golden", "chip", *DATA, "--core", "bogus")


@pytest.mark.parametrize("toml", [
    "", "name = ", "[rule]", 'name = "x"\n[rule]\nname = "magic"', "\ud800", "x = 1" * 99,
])  # fmt: skip
def test_bad_recipes(toml, refused, tmp_path):
    (tmp_path / "r.toml").write_bytes(toml.encode(errors="surrogatepass"))
    assert "r.toml: " in refused("train", "r.toml")


@pytest.mark.parametrize("command", [
    "map digits -o", "verilog digits -o", "train digits -o", "sweep digits -o",
    "cosim digits --data digits:test -o",
])  # fmt: skip
def test_unwritable_folders(command, refused, tmp_path, make_network):
    (tmp_path / "file").write_text("")
    for place in ("file", "file/x", "/proc/nope", "/dev/null", "n" * 300):
        refused(*command.split(), place)


def test_folders_with_other_things(refused, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years")
    assert "holds other files" in refused("cosim", "digits", *DATA, "-o", "thesis")
    assert "holds other files" in refused("map", "digits", "-o", "thesis")
    assert "the folder you are in" in refused("map", "digits", "-o", ".")


def test_a_read_only_disk(spikeloom, small_nir, tmp_path):
    """Root ignores modes, so this needs a place that even root cannot write."""
    code, _, err = spikeloom("map", small_nir, "-o", "/sys/kernel/x", "--core", "tiny")
    assert code == 2 and err.count("\n") == 1 and "cannot" in err
    if os.geteuid():
        (tmp_path / "closed").mkdir(mode=0o555)
        assert spikeloom("map", small_nir, "-o", "closed/x", "--core", "tiny").code == 2


def test_names_are_not_markup(refused, spikeloom, small_nir, tmp_path):
    assert "[/red]: no such" in refused("check", "[/red]")
    shutil.copy(small_nir, "[red]x.nir")
    code, out, err = spikeloom("check", "[red]x.nir", "--core", "tiny")
    assert code == 0 and "[red]x.nir" in out and err == ""


def test_every_command_is_covered():
    tested = {c.split()[0] for c, _ in test_arguments.pytestmark[0].args[1]}
    assert {*COMMANDS} <= tested
