"""Do the parts of a ChipImage fit each other? Asked of every image that comes from a file."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..network import check_shape
from ..packets import PACKET, SPIKE, Kind
from .layout import CONTROL, POINTER, ROUTE

if TYPE_CHECKING:
    from .image import ChipImage, Placement

__all__ = ["check_image"]

Fields = dict[str, npt.NDArray[np.int64]]


def check_image(image: "ChipImage") -> None:
    """Raise ValueError (InputError for shapes), naming the first thing that does not fit."""
    check_shape(image.input_shape, "ChipImage input")
    for name in ("output", "decision", "network_sha256", "network_name"):
        _kind(name, getattr(image, name), str)
    for name, kind in (("layers", list), ("encoding", dict), ("record", dict)):
        _kind(name, getattr(image, name), kind)
    if type(image.ticks) is not int or type(image.network_ticks) is not int:
        raise ValueError("ticks and network_ticks must be integers")
    if not 1 <= image.ticks <= 1 << 16 or not 1 <= image.network_ticks <= image.ticks:
        raise ValueError(f"ticks {image.ticks} or network ticks {image.network_ticks}")
    names = [p.name for p in image.populations]
    if len(set(names)) != len(names):
        raise ValueError("two populations share a name")
    for p in image.populations:
        _check_placement(p, image)
    if image.output not in names:
        raise ValueError(f"output {image.output!r} is not on the chip")
    if image.decision not in ("potential", "spikes"):
        raise ValueError(f"decision {image.decision!r}")
    _check_input(image)
    for i in range(len(image.cores)):
        _check_routes(i, image)


def _kind(name: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise ValueError(f"{name} is {value!r}, not a {kind.__name__}")


def _check_placement(p: "Placement", image: "ChipImage") -> None:
    where = f"population {p.name!r}"
    _kind("a population's name", p.name, str)
    _kind(f"{where}: spiking", p.spiking, bool)
    check_shape(p.shape, where)
    n = int(np.prod(p.shape))
    if p.core.shape != (n,) or p.column.shape != (n,):
        raise ValueError(f"{where}: placement does not match its shape")
    if (p.core < 0).any() or (p.core >= len(image.cores)).any():
        raise ValueError(f"{where}: placed outside the chip")
    for i in np.unique(p.core):
        core, columns = image.cores[i], p.column[p.core == i]
        if (columns < 0).any() or (columns >= core.columns).any():
            raise ValueError(f"{where}: placed outside core {i}")
        if not CONTROL.unpack(core.control)["last"][columns].all():
            raise ValueError(f"{where}: placed on a column of core {i} that holds no potential")
        if (core.first_tick, core.ticks) != (p.first_tick, image.network_ticks):
            raise ValueError(f"{where}: core {i} is active at other ticks")
        if p.first_tick + image.network_ticks > image.ticks:
            raise ValueError(f"{where}: still active when the sample ends")


def _check_input(image: "ChipImage") -> None:
    start, packets = image.input_start, image.input_packet
    if (
        start.shape != (int(np.prod(image.input_shape)) + 1,)
        or packets.ndim != 1
        or start[0] != 0
        or (np.diff(start) < 0).any()
        or start[-1] != len(packets)
    ):
        raise ValueError("input binding does not match the input shape")
    fields = PACKET.unpack(packets)
    if (fields["kind"] != Kind.SPIKE).any() or (fields["data"] >> SPIKE.width).any():
        raise ValueError("input packets must be spikes")
    _check_targets(fields | SPIKE.unpack(fields["data"]), image, "input packets")


def _check_routes(index: int, image: "ChipImage") -> None:
    core, where = image.cores[index], f"core {index}: routes"
    if (core.route >> ROUTE.width).any():
        raise ValueError(f"{where} have unknown bits")
    lasts = np.flatnonzero(CONTROL.unpack(core.control)["last"])
    pointer = POINTER.unpack(core.pointer[lasts])
    used = pointer["count"] > 0
    if (pointer["start"] + pointer["count"])[used].max(initial=0) > len(core.route):
        raise ValueError(f"{where} lie beyond the routing table")
    mark = np.zeros(len(core.route) + 1, np.int64)
    np.add.at(mark, pointer["start"][used], 1)
    np.add.at(mark, (pointer["start"] + pointer["count"])[used], -1)
    words = ROUTE.unpack(core.route[np.cumsum(mark)[:-1] > 0])
    host = words.pop("host").astype(bool)
    lines = SPIKE.pack(row=words["row"][host], phase=words["phase"][host]).astype(np.int64)
    if lines.max(initial=0) >= len(image[image.output].core):
        raise ValueError(f"{where} lead to an output line that does not exist")
    if not host.all() and core.first_tick + core.ticks >= image.ticks:
        raise ValueError(f"{where}: spikes of the last tick would reach the next sample")
    _check_targets({n: v[~host] for n, v in words.items()}, image, where)


def _check_targets(fields: Fields, image: "ChipImage", where: str) -> None:
    """Every spike arrives at axons that exist."""
    params = image.params
    if (fields["row"] >= params.core.axons).any():
        raise ValueError(f"{where} lead to an axon that does not exist")
    phases = np.array([1 << c.extension for c in image.cores])
    phases = phases.reshape(params.height, params.width)
    sides = np.stack([fields[n] for n in ("x0", "y0", "x1", "y1")], axis=1)
    for rectangle in np.unique(sides, axis=0):
        x0, y0, x1, y1 = rectangle
        if not x0 <= x1 < params.width or not y0 <= y1 < params.height:
            raise ValueError(f"{where} lead outside the mesh")
        highest = fields["phase"][(sides == rectangle).all(axis=1)].max()
        if highest >= phases[y0 : y1 + 1, x0 : x1 + 1].min():
            raise ValueError(f"{where} lead to a phase that does not exist")
