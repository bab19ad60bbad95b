"""Images of hybrid chips against their Network: the audit, which shares no code with the mapper,
of random direct-coded networks; and the bit cells as they are programmed.
"""

from dataclasses import replace
from itertools import product

import numpy as np
from directs import random_cores, random_direct_network
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cosim.golden.hybrid import run_hybrid
from cosim.hybrid.program import macro_blocks
from mapper.audit import audit
from mapper.errors import InputError
from mapper.hybrid.compiler import map_network
from mapper.network import Conv
from mapper.pim.macro_image import MacroImage
from mapper.run import run_network
from mapper.weights import WEIGHT_FORMATS
from tests.cosim.hybrid_networks import random_values

seeds = st.integers(0, 2**32)


def mapped(seed, mesh=None):
    """(network, image); another example when these macros do not hold that network."""
    network = random_direct_network(seed)
    try:
        return network, map_network(network, random_cores(network, seed), mesh)
    except InputError:
        assume(False)


@given(seeds, st.sampled_from([None, (8, 8), (5, 7)]))
@example(203, None)  # three macros, two banks stacked
@settings(max_examples=50)
def test_random_networks(seed, mesh):
    network, image = mapped(seed, mesh)
    found = audit(network, image.facts(), image.arrays())
    assert not found, found.told


def decoded(words, image, macro):
    """weight (channels, rows) of the words of Space.SYNAPSE, as docs/chipimage.md places them."""
    address, bit = np.nonzero(words[:, None] >> np.arange(32) & 1)
    parts, blocks = (1 << (n - 1).bit_length() for n in (macro.parts, macro.blocks))
    address, part = np.divmod(address, parts)
    address, block = np.divmod(address, blocks)
    bank, group = np.divmod(address, macro.rows // macro.rows_active)
    cell, active = np.divmod(part * 32 + bit, macro.rows_active)
    lane, power = np.divmod(cell, macro.weight_bits)
    among, stack = bank >> image.stack, 1 << image.stack
    channel = (block * macro.lanes + lane) * (macro.banks // stack) + among
    row = bank % stack * macro.rows + group * macro.rows_active + active
    found = np.zeros((macro.channels, macro.rows * macro.banks), np.int64)
    np.add.at(found, (channel, row), np.where(power == macro.weight_bits - 1, -1, 1) << power)
    return found


@given(seeds)
@settings(max_examples=20)
def test_bit_cells(seed):
    """Each bit of each weight has its place in the words of the program; all others are 0."""
    image = mapped(seed)[1]
    macro = image.params.macro
    for part in image.macros.values():
        cells = next(b for b in macro_blocks(part, macro) if b.name == "bit cell memory")
        assert np.array_equal(cells.addresses, np.arange(len(cells.values)))
        expected = np.zeros((macro.channels, macro.rows * macro.banks), np.int64)
        expected[: part.channels, : part.rows] = part.weight
        np.testing.assert_array_equal(decoded(cells.values, part, macro), expected)


def damaged(rng, image):
    """One word or register of a macro changed, or two words exchanged."""
    place = int(rng.choice([*image.macros]))
    part, cores = image.macros[place], [*image.cores]
    name = str(rng.choice([*MacroImage.TYPES, "adc", "stack"]))
    value = np.array(getattr(part, name))
    assume(value.size)
    words = value.reshape(-1)
    i, j = rng.integers(words.size, size=2)
    if rng.random() < 0.3:
        words[[i, j]] = words[[j, i]]
    else:
        words[i] ^= 1 << int(rng.integers(8))
    assume(not np.array_equal(words, np.ravel(getattr(part, name))))
    changed = words.reshape(value.shape) if value.ndim else int(words[0])
    cores[place] = replace(part, **{name: changed})
    cores[place].check(image.params.macro)
    return replace(image, cores=tuple(cores))


@given(seeds)
@settings(max_examples=50)
def test_a_chip_without_a_mistake_computes_the_network(seed):
    """Whatever was changed, of macros: it is named, or changes no spike and no potential."""
    network, image = mapped(seed)
    try:
        image = damaged(np.random.default_rng(seed), image)
        image.check()
    except ValueError:
        assume(False)
    if audit(network, image.facts(), image.arrays()):
        return
    values = random_values(network, 3, seed)
    truth, found = run_network(network, values), run_hybrid(image, values)
    for name, potentials in truth.potentials.items():
        np.testing.assert_array_equal(found.potentials[name], potentials)
        np.testing.assert_array_equal(found.spikes[name], truth.spikes[name])


def misread(image, macro, driven):
    """Columns of which some sum is read as another, group by group, by trying all word lines."""
    shift, offset = image.adc & 7, image.adc >> 3
    total = 0
    for first in range(0, image.rows, macro.rows_active):
        rows = range(first, min(first + macro.rows_active, image.rows))
        for channel, bit in np.ndindex(image.channels, macro.weight_bits):
            ones = image.weight[channel, rows] >> bit & 1
            seen = {
                (sum(o for o, on in zip(ones, lines, strict=True) if on))
                for ways in driven[:, rows]
                for lines in product(*([0, 1] if way else [0] for way in ways))
                if any(lines)
            }
            codes = {
                n: min((n + offset) >> shift, (1 << macro.adc_bits) - 1) << shift for n in seen
            }
            total += any(n != code for n, code in codes.items())
    return total


@given(seeds, st.integers(1, 3), st.integers(0, 2), st.integers(0, 5))
@settings(max_examples=30)
def test_lossy_converters(seed, bits, shift, offset):
    """Those columns are counted of which some sum is misread; nothing else is wrong."""
    network = random_direct_network(seed)
    cores = random_cores(network, seed)
    cores = replace(cores, macro=replace(cores.macro, adc_bits=bits, rows_active=4), lossy=1,
                    adc_shift=shift, adc_offset=offset)  # fmt: skip
    try:
        image = map_network(network, cores)
    except InputError:
        assume(False)
    found = audit(network, image.facts(), image.arrays())
    driven = np.zeros(cores.macro.activations, bool)
    driven[image.values] = True
    expected = sum(misread(part, cores.macro, np.unique(driven[part.places()], axis=0))
                   for part in image.macros.values())  # fmt: skip
    assert dict(found.count) == ({"lossy converter": expected} if expected else {}), found.told


def test_the_random_networks_have_everything():
    """Kernels of every kind, macros that share channels or positions, stacked banks."""
    seen = set()
    for seed in range(120):
        network = random_direct_network(seed)
        try:
            image = map_network(network, random_cores(network, seed))
        except InputError:
            continue
        first = network.connections[0]
        macros = [*image.macros.values()]
        seen |= {("format", first.format), ("stack", macros[0].stack)}
        seen |= {len(first.kernel) if isinstance(first, Conv) else 0}
        seen |= {"positions" for m in macros[1:] if m.position[0] != macros[0].position[0]}
        seen |= {"channels" for m in macros[1:] if m.position[0] == macros[0].position[0]}
        seen |= {"loop" for c in network.connections if c.source == c.target}
    formats = {("format", name) for name in WEIGHT_FORMATS}
    assert seen >= formats | {0, 1, 2, 3, ("stack", 0), ("stack", 1), "positions", "channels",
                              "loop"}  # fmt: skip
