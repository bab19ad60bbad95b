"""Single bits of configuration memories flip after programming: the checksums name the memory.

Every bit of every word of a core, and on top the algebra: with a primitive polynomial of degree
32, any change of one word, any two changed bits, and any exchange of two words change the checksum.
"""

import zlib

import numpy as np
import pytest

from cosim.blocks import Block
from cosim.checksums import Checksums
from cosim.crossbar.program import scanned_blocks
from cosim.crossbar.session import CrossbarSession
from cosim.engines import EngineError, make_engine
from cosim.engines import batch as batch_module
from cosim.yoso.program import pe_blocks
from cosim.yoso.session import GridSession
from mapper.crossbar.compiler import map_network as map_crossbar
from mapper.crossbar.layout import CONTROL, ROUTE
from mapper.errors import VerificationError
from mapper.packets import PACKET, Kind, rectangle
from mapper.yoso.compiler import map_network as map_yoso

from .grid_networks import GRID, PE, grid_network
from .networks import CORE, MESH, random_network

POLYNOMIAL = 0x1_04C1_1DB7
ON_MESH = pytest.mark.xdist_group("mesh-batch-build")
ON_GRID = pytest.mark.xdist_group("grid-batch-build")
STORED = {
    "crossbar": {
        "synapse memory": CORE.axons * CORE.neurons,
        "control memory": CORE.neurons * CONTROL.width,
        **{f"{name} memory": CORE.neurons * CORE.potential_bits
           for name in ("threshold", "initial", "bias")},
        "pointer memory": CORE.neurons * 32,
        "route memory": CORE.routes * ROUTE.width,
    },
    "yoso": {
        "weight memory": PE.weights * PE.weight_bits,
        "threshold memory": PE.neurons * PE.potential_bits,
        "spike address memory": PE.neurons * 16,
        "row memory": PE.rows * 32,
        "run memory": PE.runs * 32,
    },
}  # fmt: skip
"""Bits of a core's memories."""


def crossbar():
    image = map_crossbar(random_network(3), CORE, mesh=MESH)
    return CrossbarSession(image), [scanned_blocks(core, CORE) for core in image.cores]


def grid():
    image = map_yoso(grid_network(1), PE, mesh=GRID)
    return GridSession(image), [pe_blocks(core, PE) for core in image.cores]


def flips(block: Block) -> Block:
    """The words of `block`, each with each of its 32 bits changed, one after the other."""
    bits = 1 << np.arange(32)
    return Block(block.name, block.space, np.repeat(block.addresses, 32),
                 (block.values[:, None] ^ bits).ravel())  # fmt: skip


def changes(block: Block, where: dict[str, int], scans: np.ndarray) -> np.ndarray:
    """Per flip: WRITE it, READ the word, SCAN, WRITE the right word again."""
    wrong = flips(block)
    right = Block(block.name, block.space, wrong.addresses, np.repeat(block.values, 32))
    read = PACKET.pack(kind=Kind.READ, space=block.space, address=wrong.addresses, data=0, **where)
    every = np.broadcast_to(scans, (len(wrong.values), len(scans)))
    return np.column_stack([wrong.writes(where), read, every, right.writes(where)])


@pytest.mark.parametrize("make", [
    pytest.param(crossbar, marks=ON_MESH), pytest.param(grid, marks=ON_GRID),
])  # fmt: skip
def test_every_bit_of_every_memory_is_watched(make):
    """A flip that the memory keeps is named; one in a bit that it lacks changes nothing."""
    session, cores = make()
    image = session.image
    spikes = np.zeros((0, image.network_ticks, image.size("input")), bool)
    core = max(range(len(cores)), key=lambda i: sum((b.values != 0).sum() for b in cores[i]))
    where = rectangle(*image.position(core))
    watches = [Checksums(image.params, [[b]], 0, [core]) for b in cores[core]]
    sent = [changes(b, where, np.concatenate([*w.packets()]))
            for b, w in zip(cores[core], watches, strict=True)]  # fmt: skip
    packets = np.concatenate([session.packets(spikes), *(part.ravel() for part in sent)])
    first, flipped = session.answers(0), sum(map(len, sent))
    answers = make_engine("batch", image.params).exchange(packets, first + 2 * flipped)
    assert session.corrupt(answers[:first]) == []
    pairs, kept = answers[first:].reshape(flipped, 2), {}
    for block, watch, part in zip(cores[core], watches, sent, strict=True):
        here, pairs = pairs[: len(part)], pairs[len(part) :]
        changed = PACKET.unpack(here[:, 0])["data"] != np.repeat(block.values, 32)
        named = [f"core {core}: {block.name} is not what was programmed"]
        for answer, wrong in zip(here[:, 1:], changed, strict=True):
            assert watch.corrupt(PACKET.unpack(answer)) == named * int(wrong)
        kept[block.name] = int(changed.sum())
    registers = kept.pop("registers")
    assert kept == STORED[image.fabric] and registers >= 30


@ON_MESH
@pytest.mark.parametrize("seed", range(10))
def test_a_flip_on_the_way_to_the_chip(seed, monkeypatch):
    """One bit of one packet of the program: noticed, unless the chip holds what it should."""
    monkeypatch.setattr(batch_module, "_PATIENCE", 20_000)
    session, cores = crossbar()
    dice, params = np.random.default_rng(seed), session.image.params
    spikes = np.zeros((0, session.image.network_ticks, session.image.size("input")), bool)
    packets = session.packets(spikes)
    programming = packets[PACKET.unpack(packets)["kind"] == Kind.WRITE]
    packets[dice.integers(len(programming))] ^= np.uint64(1 << int(dice.integers(64)))
    reads = [b.reads(Kind.READ, rectangle(*session.image.position(i)))
             for i, blocks in enumerate(cores) for b in blocks]  # fmt: skip
    words = np.concatenate([b.values for blocks in cores for b in blocks])
    scanned = session.answers(0)
    try:
        answers = make_engine("batch", params).exchange(
            np.concatenate([packets, *reads]), scanned + len(words)
        )
        corrupt = session.corrupt(answers[:scanned])
        data = PACKET.unpack(answers[scanned:])["data"]
    except (EngineError, VerificationError):
        return  # it asked for an answer that nobody expected
    assert corrupt or np.array_equal(data, words)


def times_x(value: int) -> int:
    """Of polynomials modulo POLYNOMIAL, the highest power first."""
    value <<= 1
    return value ^ POLYNOMIAL if value >> 32 else value


def power_of_x(exponent: int) -> int:
    result, base = 1, 2
    while exponent:
        result = product(result, base) if exponent & 1 else result
        base, exponent = product(base, base), exponent >> 1
    return result


def product(a: int, b: int) -> int:
    found = 0
    for bit in range(31, -1, -1):
        found = times_x(found) ^ (a if b >> bit & 1 else 0)
    return found


def test_the_polynomial_is_primitive():
    """The powers of x repeat after 2^32 - 1 and not before: no two flipped bits, of any memory
    below 2^32 bits, and no exchange of two words cancel out.
    """
    order = (1 << 32) - 1
    assert power_of_x(order) == 1 and order == 3 * 5 * 17 * 257 * 65537
    assert all(power_of_x(order // prime) != 1 for prime in (3, 5, 17, 257, 65537))


def changed_checksum(words: np.ndarray, other: np.ndarray) -> int:
    return zlib.crc32(words.astype("<u4").tobytes()) ^ zlib.crc32(other.astype("<u4").tobytes())


def test_the_checksum_is_that_polynomial():
    """What a flipped bit changes is a power of x: bytes and the result are reflected."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 32, 100)
    for bit in range(3200):
        other = words.copy()
        other[bit // 32] ^= 1 << bit % 32
        reflected = int(f"{changed_checksum(words, other):032b}"[::-1], 2)
        assert reflected == power_of_x(3200 - 1 - bit + 32)


@pytest.mark.parametrize("seed", range(5))
def test_changed_and_exchanged_words(seed):
    """In a memory as large as the full core's synapses."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 1 << 32, 1152 * 1024 // 32)
    i, j = rng.choice(len(words), 2, replace=False)
    for value in (words[i] ^ 1 << rng.integers(32), rng.integers(0, 1 << 32), 0, 0xFFFF_FFFF):
        other = words.copy()
        other[i] = value
        assert bool(changed_checksum(words, other)) == bool(words[i] != value)
    other = words.copy()
    other[[i, j]] = words[[j, i]]
    assert bool(changed_checksum(words, other)) == bool(words[i] != words[j])
    other[[i, j]] = words[[i, j]] ^ (1 << rng.integers(0, 32, 2))
    assert changed_checksum(words, other)


def test_a_core_out_of_place_is_no_match():
    """Two cores that were programmed with each other's contents are both named."""
    session, cores = crossbar()
    params = session.image.params
    exchanged = [cores[1], cores[0], *cores[2:]]
    crc = np.array([[b.crc for b in core] for core in exchanged])
    names = [b.name for i, b in enumerate(cores[0]) if crc[0, i] != crc[1, i]]
    answers = np.concatenate([
        PACKET.pack(kind=Kind.REPLY, space=b.space, address=int(b.addresses[-1]), data=crc[:, i],
                    x0=np.arange(6) % 3, y0=np.arange(6) // 3)
        for i, b in enumerate(cores[0])
    ])  # fmt: skip
    found = Checksums(params, cores).corrupt(PACKET.unpack(answers))
    assert len(found) == 2 * len(names) > 0
