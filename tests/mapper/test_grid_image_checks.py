"""Grid images that contradict themselves are refused, though their hash is right."""

import json
from dataclasses import replace

import numpy as np
import pytest
from grids import chain, grid_pe, random_grid_network

from mapper.errors import InputError
from mapper.network import INPUT, Dense, Network, Population
from mapper.packets import PACKET
from mapper.yoso.compiler import map_network
from mapper.yoso.image import Feed, GridImage
from mapper.yoso.layout import MODE, ROW, RUN, TARGET
from mapper.yoso.params import GridParams


@pytest.fixture(scope="module")
def dense():
    """PEs 0 to 2 hear of the host, PE 3 of them; PE 4 and 5 are not used."""
    network = chain(60, 10, 3, weight=2, decision="first_spike")
    return map_network(network, grid_pe(), mesh=(3, 2))


@pytest.fixture(scope="module")
def listed():
    """Two layers on one PE each, that both hear of the host; PE 1 has lists."""
    a, b = (Population(n, (3,), "rel_psp", threshold=2) for n in "ab")
    rng = np.random.default_rng(1)
    weights = [rng.integers(1, 9, (3, n)) for n in (4, 4, 3)]
    connections = tuple(
        Dense(s, t, w, "int6") for (s, t), w in zip(((INPUT, "a"), (INPUT, "b"), ("a", "b")),
                                                  weights, strict=True))  # fmt: skip
    return map_network(Network("l", (4,), (a, b), connections, "b", 4), grid_pe())


def changed(image, core, **facts):
    """With other registers or memories of a PE."""
    cores = [*image.cores]
    cores[core] = replace(cores[core], **facts)
    return replace(image, cores=tuple(cores))


def word(image, core, name, index, value):
    """With another word of a memory."""
    memory = getattr(image.cores[core], name).copy()
    memory[index] = value
    return changed(image, core, **{name: memory})


def mode(image, core, **fields):
    old = {n: int(v) for n, v in MODE.unpack(image.cores[core].mode).items()}
    return changed(image, core, mode=int(MODE.pack(**old | fields)))


def target(*sides, valid=1):
    return int(TARGET.pack(**dict(zip(("x0", "y0", "x1", "y1"), sides, strict=True)), valid=valid))


def to(image, core, *sides):
    return changed(image, core, targets=(target(*sides), 0, 0, 0))


def fed(image, index=0, **changes):
    """With other fields in one of the host's spikes."""
    fields = {n: int(v) for n, v in PACKET.unpack(image.feed.packet[index]).items()}
    packets = image.feed.packet.copy()
    packets[index] = PACKET.pack(**fields | changes)
    return replace(image, feed=Feed(image.feed.start, packets))


def ticked(image, **changes):
    fields = {n: int(v) for n, v in PACKET.unpack(image.tokens[0]).items()}
    tokens = np.append(PACKET.pack(**fields | changes), image.tokens[1:])
    return replace(image, tokens=tokens.astype(np.uint64))


def placed(image, **changes):
    first, *others = image.populations
    return replace(image, populations=(replace(first, **changes), *others))


def assert_refused(image, match, folder):
    image.save(folder / "chip")
    with pytest.raises(InputError, match=f"damaged GridImage: .*{match}"):
        GridImage.load(folder / "chip")


@pytest.mark.parametrize(("change", "match"), [
    (lambda i: changed(i, 0, sources=2), "PE 0 waits for 2 tokens, 1 send some"),
    (lambda i: changed(i, 3, sources=2), "PE 3 waits for 2 tokens, 3 send some"),
    (lambda i: changed(i, 3, sources=128), "register sources is 128"),
    (lambda i: changed(i, 0, neurons=17), "register neurons is 17"),
    (lambda i: changed(i, 0, neurons=True), "register neurons is True"),
    (lambda i: changed(i, 0, neurons=2), "neurons beyond those in use"),
    (lambda i: changed(i, 0, ticks=3), "PE 0 has 3 ticks, not 4"),
    (lambda i: changed(i, 0, ticks=0), "register ticks is 0"),
    (lambda i: changed(i, 0, ticks=9), "register ticks is 9, expected an integer in 1..8"),
    (lambda i: changed(i, 0, mode=64), "register mode is 64"),
    (lambda i: mode(i, 0, exit=1), "mode exit is the host's"),
    (lambda i: mode(i, 0, silent=1), "another output condition"),
    (lambda i: mode(i, 0, host=1), "PEs that send to the host differ"),
    (lambda i: mode(i, 3, host=0), "PEs that send to the host differ"),
    (lambda i: word(i, 0, "threshold", 0, 0), "PE 0 is lazy, but a neuron fires without"),
    (lambda i: word(i, 0, "threshold", 0, 1 << 19), "threshold does not fit 20 bits"),
    (lambda i: word(i, 0, "threshold", 4, 1), "neurons beyond those in use"),
    (lambda i: word(i, 0, "weight", 0, 32), "weight does not fit 6 bits"),
    (lambda i: word(i, 0, "weight", 0, -33), "weight does not fit 6 bits"),
    (lambda i: word(i, 0, "row", 0, 1), "weight lists in a PE that does not read them"),
    (lambda i: word(i, 0, "spike", 0, 254), "PE 3: a spike leads beyond the weights"),
    (lambda i: word(i, 4, "weight", 0, 1), "a PE without neurons has weights"),
    (lambda i: changed(i, 4, line=1), "a PE without neurons has .* registers"),
    (lambda i: changed(i, 3, line=1), "lines of 'l1' are not those of its PEs"),
    (lambda i: changed(i, 3, line=1 << 16), "register line is 65536"),
    (lambda i: replace(i, lines={"l1": 1}), "lines of 'l1' are not"),
    (lambda i: replace(i, lines={"l1": -1}), "line of 'l1' is -1"),
    (lambda i: replace(i, lines={"l1": "0"}), "line of 'l1' is '0'"),
    (lambda i: replace(i, lines={}), "PEs that send to the host differ"),
    (lambda i: replace(i, lines={"l0": 0, "l1": 0}), "lines of 'l[01]' are not"),
    (lambda i: replace(i, lines={"nobody": 0}), "no population 'nobody'"),
    (lambda i: mode(replace(i, lines={}), 3, host=0), "decision first_spike, but output"),
    (lambda i: changed(i, 3, stop=0), "PE 3: stop does not match"),
    (lambda i: changed(i, 0, stop=target(0, 0, 0, 0)), "PE 0: stop does not match"),
    (lambda i: changed(i, 3, stop=target(0, 0, 3, 0)), "PE 3: stop leads outside the mesh"),
    (lambda i: changed(i, 3, stop=1 << 13), "register stop is 8192"),
    (lambda i: replace(i, decision="spikes"), "PE 3: stop does not match"),
    (lambda i: to(i, 0, 0, 1, 3, 1), "PE 0: a target leads outside the mesh"),
    (lambda i: to(i, 0, 1, 1, 0, 1), "PE 0: a target leads outside the mesh"),
    (lambda i: to(i, 0, 2, 1, 2, 1), "PE 3 waits for 3 tokens, 2 send some|PE 5 is not used"),
    (lambda i: to(i, 3, 0, 0, 0, 0), "PE 0 waits for 1 tokens, 2 send"),
    (lambda i: changed(i, 0, targets=(target(0, 1, 0, 1),) * 2 + (0, 0)), "0 sends twice to PE 3"),
    (lambda i: changed(i, 0, targets=(target(0, 1, 0, 1),)), "1 targets, expected 4"),
    (lambda i: changed(i, 0, targets=(target(0, 1, 0, 1, valid=0), 0, 0, 0)), "is not valid"),
    (lambda i: changed(i, 0, targets=("a", 0, 0, 0)), "register target is 'a'"),
    (lambda i: changed(to(i, 3, 0, 0, 0, 0), 0, sources=2), "PEs 0, 3 wait for each other"),
    (lambda i: changed(to(i, 3, 0, 1, 0, 1), 3, sources=4), "PEs 3 wait for each other"),
    (lambda i: fed(i, kind=1), "packets of the input must be spikes"),
    (lambda i: fed(i, address=1), "packets of the input must be spikes"),
    (lambda i: fed(i, data=1 << 16), "packets of the input must be spikes"),
    (lambda i: fed(i, data=253), "a spike leads beyond the weights"),
    (lambda i: fed(i, x1=7), "a packet of the input leads outside the mesh"),
    (lambda i: fed(i, x0=0, y0=1, x1=0, y1=1), "sends spikes to PE 3, but no tokens"),
    (lambda i: replace(i, feed=Feed(np.zeros(61, int), i.feed.packet)), "do not match its shape"),
    (lambda i: replace(i, feed=Feed(i.feed.start * 2, np.repeat(i.feed.packet, 2))),
     "an input element sends twice to PE 0"),
    (lambda i: ticked(i, kind=0), "tokens must be TICKs"),
    (lambda i: ticked(i, data=1), "tokens must be TICKs"),
    (lambda i: ticked(i, address=1), "tokens must be TICKs"),
    (lambda i: ticked(i, x1=6), "a token leads outside the mesh"),
    (lambda i: replace(i, tokens=np.repeat(i.tokens, 2)), "input sends twice to PE 0"),
    (lambda i: replace(i, tokens=i.tokens[:0]), "sends spikes to PE 0, but no tokens"),
    (lambda i: ticked(i, x1=2, y1=1), "PE 3 waits for 3 tokens, 4 send|PE 4 is not used"),
    (lambda i: placed(i, core=i.populations[0].core + 1), "neurons are not those of PE"),
    (lambda i: placed(i, core=i.populations[0].core + 9), "placed outside the chip"),
    (lambda i: placed(i, column=i.populations[0].column + 1), "neurons are not those of PE"),
    (lambda i: placed(i, column=0 * i.populations[0].column), "neurons are not those of PE"),
    (lambda i: placed(i, shape=(9,)), "does not match its shape"),
    (lambda i: placed(i, spiking=False), "another output condition"),
    (lambda i: placed(i, spiking=1), "spiking is 1, not a bool"),
    (lambda i: replace(i, populations=i.populations[1:]), "PE 0 belong to no population"),
    (lambda i: replace(i, populations=i.populations * 2), "two populations share a name"),
    (lambda i: replace(i, populations=(*i.populations, replace(i.populations[0], name="x"))),
     "a PE holds neurons of two populations"),
    (lambda i: replace(i, network_ticks=0), "network_ticks is 0"),
    (lambda i: replace(i, input_shape=(59,)), "do not match its shape"),
    (lambda i: replace(i, output="nobody"), "'nobody' is not on the chip"),
    (lambda i: replace(i, decision="loudest"), "decision 'loudest'"),
    (lambda i: replace(i, params=GridParams(pe=i.params.pe, width=2, height=2)), "expected 4"),
    (lambda i: replace(i, params=replace(i.params, pe=replace(i.params.pe, queue=32))),
     "PE 0 hears of 60 spikes, its queue holds 32"),
])  # fmt: skip
def test_dense_images_that_contradict_themselves(change, match, dense, tmp_path):
    assert_refused(change(dense), match, tmp_path)


@pytest.mark.parametrize(("change", "match"), [
    (lambda i: word(i, 1, "row", 0, int(ROW.pack(start=256, count=1))), "a row leads beyond"),
    (lambda i: word(i, 1, "run", 9, int(RUN.pack(neuron=3))), "a run leads beyond the neurons"),
    (lambda i: word(i, 1, "run", 9, int(RUN.pack(neuron=1, more=2))), "beyond the neurons"),
    (lambda i: word(i, 1, "run", 9, int(RUN.pack(weight=255, more=1))), "beyond the weights"),
    (lambda i: word(i, 0, "spike", 0, 256), "PE 1: a spike leads to a row that does not exist"),
    (lambda i: fed(i, 1, data=256), "PE 1: a spike leads to a row that does not exist"),
    (lambda i: mode(i, 1, listed=0), "weight lists in a PE that does not read them"),
    (lambda i: replace(i, params=replace(i.params, pe=replace(i.params.pe, rows=0, runs=0))),
     "row has shape"),
])  # fmt: skip
def test_listed_images_that_contradict_themselves(change, match, listed, tmp_path):
    assert_refused(change(listed), match, tmp_path)


def test_lists_need_a_pe_that_reads_them(tmp_path):
    image = map_network(chain(3, 2), grid_pe(rows=0, runs=0))
    assert_refused(mode(image, 0, listed=1), "listed in a PE without weight lists", tmp_path)


@pytest.mark.parametrize("change", [
    lambda i: replace(i, lines={}), lambda i: replace(i, tokens=i.tokens[1:]),
    lambda i: fed(i, data=1), lambda i: placed(i, spiking=False), lambda i: changed(i, 0, line=1),
    lambda i: replace(i, network_ticks=3), lambda i: replace(i, decision="spikes"),
])  # fmt: skip
def test_the_hash_covers_what_hardware_and_host_act_on(change, dense):
    assert change(dense).sha256() != dense.sha256()


@pytest.mark.parametrize("name", ["weight", "threshold", "spike", "row", "run"])
def test_a_changed_memory_is_noticed(name, listed, tmp_path):
    listed.save(tmp_path / "chip")
    other = getattr(listed.cores[1], name).copy()
    other[1] += 1
    np.savez(tmp_path / "chip/memories.npz", **changed(listed, 1, **{name: other}).arrays())
    with pytest.raises(InputError, match="changed after it was written|damaged"):
        GridImage.load(tmp_path / "chip")


@pytest.mark.parametrize(("name", "value"), [
    ("neurons", None), ("sources", 1.0), ("ticks", True), ("targets", 3), ("targets", [[]] * 4),
    ("mode", "psp"), ("line", [0]),
])  # fmt: skip
def test_registers_of_other_types(name, value, dense, tmp_path):
    dense.save(tmp_path / "chip")
    facts = json.loads((tmp_path / "chip/chip.json").read_text())
    facts["cores"][0][name] = value
    (tmp_path / "chip/chip.json").write_text(json.dumps(facts))
    with pytest.raises(InputError, match="damaged GridImage"):
        GridImage.load(tmp_path / "chip")


def test_what_the_mapper_makes_passes(tmp_path):
    for seed in range(40):
        image = map_network(random_grid_network(seed), grid_pe())
        image.save(tmp_path / str(seed))
        assert GridImage.load(tmp_path / str(seed)).sha256() == image.sha256()
