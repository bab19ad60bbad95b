"""Random macros: what they are programmed with, and the packets that do it."""

import numpy as np

from mapper.crossbar.layout import CONTROL, POINTER, ROUTE
from mapper.packets import Space
from mapper.pim.layout import ROUTES, ChannelField, Region, Register, channel_address
from mapper.pim.layout import region_address as address
from mapper.pim.macro_image import MacroImage
from mapper.pim.params import MacroParams

from .core_driver import write


def random_macro_image(rng: np.random.Generator, macro: MacroParams, stack: int) -> MacroImage:
    """As large as it gets in some dimension, any ADC."""
    channels = int(rng.integers(1, (macro.channels >> stack) + 1))
    rows = int(rng.integers(1, (macro.rows << stack) + 1))
    positions = int(rng.integers(1, min(macro.positions, macro.neurons // channels) + 1))
    limit = 1 << (macro.weight_bits - 1)
    half = macro.activations // 2
    count = rng.integers(0, 3, positions * channels)
    start = np.minimum(np.cumsum(count) - count, macro.routes - 3)
    routes = macro.routes
    decay = rng.integers(0, 4, channels)
    amount = np.where((decay == 1) | (decay == 2), rng.integers(1, 8, channels), 0)
    return MacroImage(
        weight=rng.integers(-limit, limit, (channels, rows)),
        row=rng.integers(0, half, rows), position=rng.integers(0, half, positions),
        control=CONTROL.pack(
            decay=decay, amount=amount, reset=rng.integers(0, 4, channels),
            silent=rng.random(channels) < 0.1,
        ).astype(np.int64),
        threshold=rng.integers(-5, 200, channels), initial=rng.integers(-9, 9, channels),
        bias=rng.integers(-20, 20, channels),
        pointer=POINTER.pack(start=start, count=count).astype(np.int64),
        route=ROUTE.pack(
            row=rng.integers(0, 2048, routes), phase=rng.integers(0, 64, routes),
            x1=rng.integers(0, 8, routes), host=rng.random(routes) < 0.2,
        ).astype(np.int64),
        stack=stack, ticks=int(rng.integers(1, 5)),
        adc=int(rng.integers(0, 128)) if rng.random() < 0.5 else 0,
    )  # fmt: skip


def cell_address(macro: MacroParams, bank: int, group: int, block: int, part: int) -> int:
    """Address of a programming word of the arrays in Space.SYNAPSE."""
    part_bits = (macro.parts - 1).bit_length()
    block_bits = (macro.blocks - 1).bit_length()
    return (((bank * macro.groups + group) << block_bits | block) << part_bits) | part


def macro_writes(image: MacroImage, macro: MacroParams) -> list[int]:
    """WRITE packets for everything."""
    found = [write(cell_address(macro, *place), int(word), Space.SYNAPSE)
             for place, word in np.ndenumerate(image.cells(macro))]  # fmt: skip
    found += [write(ROUTES + i, int(word), Space.SYNAPSE) for i, word in enumerate(image.route)]
    for region, words in ((Region.POINTER, image.pointer), (Region.ROW, image.row),
                          (Region.POSITION, image.position)):  # fmt: skip
        found += [write(address(region, i), int(word)) for i, word in enumerate(words)]
    for field in ChannelField:
        words = getattr(image, field.name.lower())
        found += [write(channel_address(c, field), int(w) & 0xFFFF_FFFF)
                  for c, w in enumerate(words)]  # fmt: skip
    registers = {
        Register.CHANNELS: image.channels, Register.POSITIONS: image.positions,
        Register.ROWS: image.rows, Register.STACK: image.stack, Register.TICKS: image.ticks,
        Register.ADC: image.adc,
    }  # fmt: skip
    return found + [write(address(Region.REGISTER, r), v) for r, v in registers.items()]


def value_writes(values: np.ndarray) -> list[int]:
    """WRITE packets for the input values of a sample."""
    words = values.astype(np.uint8).view("<u4")
    return [write(address(Region.ACTIVATION, i), int(word)) for i, word in enumerate(words)]
