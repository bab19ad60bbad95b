"""Do the parts of an image fit each other? What is asked of the images of every fabric."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .decisions import DECISIONS
from .image import Image, Placement
from .integers import check_shape
from .packets import PACKET, Kind

__all__ = ["MAX_TICKS", "check_facts", "check_integer", "check_kind", "check_spikes_of"]

Fields = dict[str, npt.NDArray[np.int64]]
MAX_TICKS = 1 << 16


def check_kind(name: str, value: Any, kind: type) -> None:
    """Raise ValueError unless `value` is of this type."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} is {value!r}, not a {kind.__name__}")


def check_integer(name: str, value: Any, low: int, high: int) -> None:
    """Raise ValueError unless `value` is an integer in low..high."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} is {value!r}, expected an integer in {low}..{high}")


def check_facts(image: Image[Any]) -> None:
    """Raise ValueError (InputError for shapes) unless the facts have their types, populations
    have different names and sane shapes, and output and decision exist.
    """
    check_shape(image.input_shape, f"{type(image).__name__} input")
    for name in ("output", "decision", "network_sha256", "network_name"):
        check_kind(name, getattr(image, name), str)
    for name, kind in (("layers", list), ("encoding", dict), ("record", dict)):
        check_kind(name, getattr(image, name), kind)
    check_integer("network_ticks", image.network_ticks, 1, MAX_TICKS)
    names = [p.name for p in image.populations]
    if len(set(names)) != len(names):
        raise ValueError("two populations share a name")
    for p in image.populations:
        check_kind("a population's name", p.name, str)
        check_kind(f"population {p.name!r}: spiking", p.spiking, bool)
        check_shape(p.shape, f"population {p.name!r}")
        _check_places(p, len(image.cores))
    if image.output not in names:
        raise ValueError(f"output {image.output!r} is not on the chip")
    if image.decision not in DECISIONS:
        raise ValueError(f"decision {image.decision!r}")


def _check_places(p: Placement, cores: int) -> None:
    where = f"population {p.name!r}"
    n = int(np.prod(p.shape))
    if p.core.shape != (n,) or p.column.shape != (n,):
        raise ValueError(f"{where}: placement does not match its shape")
    if (p.core < 0).any() or (p.core >= cores).any():
        raise ValueError(f"{where}: placed outside the chip")


def check_spikes_of(
    elements: int, start: npt.NDArray[np.int64], packets: npt.NDArray[np.uint64], bits: int,
    where: str,
) -> Fields:  # fmt: skip
    """Fields of the host's spikes, packets start[i]..start[i + 1] - 1 of element i.

    Raises ValueError unless they are that, and SPIKEs without a tick and with `bits` bits of data.
    """
    if (
        start.shape != (elements + 1,)
        or packets.ndim != 1
        or start[0] != 0
        or (np.diff(start) < 0).any()
        or start[-1] != len(packets)
    ):
        raise ValueError(f"{where} do not match its shape")
    fields = PACKET.unpack(packets)
    known = (fields["kind"] == Kind.SPIKE) & (fields["address"] == 0) & (fields["space"] == 0)
    if not known.all() or (fields["data"] >> bits).any():
        raise ValueError(f"{where} must be spikes")
    return fields
