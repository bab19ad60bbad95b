"""A network on a hybrid chip: how the first layer fills the macros, what converters do."""

from typing import Any

import numpy as np

from cosim.inputs import input_values
from mapper.errors import InputError
from mapper.fabrics import Fabric
from mapper.hybrid.image import HybridImage
from mapper.network import Network
from mapper.pim.array import ArrayModel

from ..output import progress_bar, say, step
from ..resolve import samples_for
from ..shapes import layer_rows
from .base import MapOptions, Mapped

__all__ = ["map_hybrid"]

_SAMPLES = 20


def map_hybrid(fabric: Fabric, network: Network, options: MapOptions) -> Mapped:
    """Map; a network runs in one load, so `samples` and `seed` mean nothing here.

    Raises whatever mapping and data sets refuse.
    """
    if options.placement != "rows":
        raise InputError("--place: a hybrid chip is placed row by row; leave the option out")
    with progress_bar("filling cores", 1) as bar:
        image = fabric.map(
            network, options.core, options.mesh, options.strategy,
            lambda done, cores: bar.update(bar.task_ids[0], completed=done, total=cores),
        )  # fmt: skip
    array = _array_work(image, options.activity)
    if "lossy" in image.layers[0]:
        _warn_of_loss(array, image, options.activity)
    first = image.layers[0]
    chip = {
        "first layer": f"{first['name']}: {first['channels']} channels, fan-in {first['fan_in']}, "
        f"{first['positions']} positions; {first['cells_used']:.1%} of the bit cells",
        "crossbar cores": sum(c.columns > 0 for c in image.crossbar.cores),
        "PIM macros": image.params.macros,
        "mesh": [image.params.width, image.params.height],
        "ticks per sample": image.ticks,
        "sha256": image.sha256(),
    }
    costs = {
        "input values": options.activity or "all 255: every word line at every bit",
        "word lines raised": f"{array['events']:,.0f}",
        "cells accumulated": f"{array['synaptic_ops']:,.0f}",
        "conversions": f"{array['conversions']:,.0f}",
        "of them clipped": f"{array['clipped_share']:.2%}",
    }
    return Mapped(image, {"array": array}, layer_rows(image.layers[1:]), chip, costs)


def _array_work(image: HybridImage, data: str | None) -> dict[str, Any]:
    """The arrays' counters, mean over samples."""
    if data is None:
        values = np.full((1, len(image.values)), 255, np.uint8)
    else:
        with step(f"counting conversions on {data}"):
            values = input_values(image, samples_for(image, data, _SAMPLES).spikes)
    buffer = np.zeros((len(values), image.params.macro.activations), np.uint8)
    buffer[:, image.values] = values
    total: dict[str, float] = {}
    for macro in image.macros.values():
        model = ArrayModel(macro, image.params.macro)
        model.sums(buffer)
        for name, counts in (model.counters | {"clipped_sums": model.touched}).items():
            total[name] = total.get(name, 0.0) + float(counts.mean())
    share = total["clipped"] / max(total["conversions"], 1)
    return total | {"clipped_share": share, "activity": data}


def _warn_of_loss(array: dict[str, Any], image: HybridImage, data: str | None) -> None:
    """Say how much lossy converters lose; InputError when nothing is left."""
    macro, neurons = image.params.macro, len(image.first.core)
    converters = f"converters of {macro.adc_bits} bits on {macro.rows_active} rows"
    where = f"on {data}" if data else "if all values are 255 (--activity SET:SPLIT measures)"
    share, sums = array["clipped_share"], array["clipped_sums"] / neurons
    if share == 1:
        raise InputError(f"{converters}: every conversion clips {where}: more bits "
                         "(macro.adc_bits), fewer rows (macro.rows_active), a coarser step "
                         "(adc_shift) or a smaller adc_offset")  # fmt: skip
    every = "every output clips: " if sums == 1 else ""
    say(f"warning: {every}{converters} are lossy: {share:.2%} of conversions clip {where}, in "
        f"{sums:.1%} of the first layer's sums; the chip computes another network, see "
        "`spikeloom golden` for its accuracy")  # fmt: skip
