"""Do a chip's answers have the form that the requests call for? What all fabrics check alike."""

import numpy as np
import numpy.typing as npt

from mapper.errors import VerificationError
from mapper.mesh import MeshParams
from mapper.packets import PACKET, Kind, Space

from .reads import Answers

__all__ = ["Fields", "HostError", "added_counts", "check_answers", "fields_slice", "sort_packets"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Fields = dict[str, Ints]
"""Fields of PACKET, arrays of one shape."""


class HostError(VerificationError):
    """The chip's answers do not have the form that the requests call for."""


def sort_packets(packets: Packets, expected: int) -> tuple[Fields, Ints, Fields]:
    """OUTPUT packets; how many DONEs came before each of them; all other packets, in order.

    expected: DONE and REPLY packets that must be there. Raises HostError when there are fewer,
    more, packets of another kind or of several cores, and when the chip says that it lost one.
    """
    fields = PACKET.unpack(packets)
    kind = fields["kind"]
    surplus = ~np.isin(kind, (Kind.REPLY, Kind.DONE, Kind.OUTPUT))
    if surplus.any():
        raise HostError(f"the chip sent a packet of kind {int(kind[surplus][0])} to the host")
    if any((fields[first] != fields[last]).any() for first, last in (("x0", "x1"), ("y0", "y1"))):
        raise HostError("the chip sent a packet that names several cores as its origin")
    output, done = kind == Kind.OUTPUT, kind == Kind.DONE
    if fields["address"][done].any():
        raise HostError("the chip lost a packet: its rectangle holds no core")
    found = int((~output).sum())
    if found != expected:
        raise HostError(f"expected {expected} DONE and REPLY packets, got {found}")
    outputs, others = ({n: v[which] for n, v in fields.items()} for which in (output, ~output))
    return outputs, np.cumsum(done)[output], others


def fields_slice(fields: Fields, first: int, count: int) -> Fields:
    """`count` packets from `first` on."""
    return {n: v[first : first + count] for n, v in fields.items()}


def check_answers(fields: Fields, expected: Answers, params: MeshParams) -> None:
    """HostError unless every sample's answers (samples, answers) are the expected ones."""
    y, x = np.divmod(expected.place, params.width)
    space = np.where(expected.kind == Kind.REPLY, Space.CONFIG, 0)
    right = {"kind": expected.kind, "space": space, "address": expected.address, "x0": x, "y0": y}
    for name, values in right.items():
        wrong = np.argwhere(fields[name] != values)
        if len(wrong):
            sample, answer = (int(i) for i in wrong[0])
            raise HostError(
                f"answer {answer} of sample {sample} has {name} "
                f"{int(fields[name][sample, answer])}, expected {int(values[answer])}"
            )


def added_counts(registers: Ints) -> tuple[Ints, Ints]:
    """(error bits new in each row (rows, cores), what each counter added (rows, cores, counters)).

    registers: (rows, cores, words), the sticky error bits, then counters of 32 bits. They run on
    from row to row, and start at 0.
    """
    before = np.concatenate([np.zeros_like(registers[:1]), registers[:-1]])
    added = (registers - before) & 0xFFFF_FFFF
    return registers[:, :, 0] & ~before[:, :, 0], added[:, :, 1:]
