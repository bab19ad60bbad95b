"""A number per sample that stands for all that went into the chip and all that it did."""

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.files import check_file

from .trace import ChipTrace

__all__ = ["Digests", "overall_digest", "read_digests", "sample_digests", "write_digests"]

BYTES = 16
"""Of a SHA-256, per sample."""
Digests = npt.NDArray[np.uint8]
"""(samples, BYTES)"""


def sample_digests(trace: ChipTrace, spikes: npt.NDArray[np.generic]) -> Digests:
    """Per sample the first BYTES of a SHA-256 over its input, spikes, potentials and outputs.

    spikes: (samples, ticks, inputs), what `trace` is the answer to

    Input spikes as packed bits, or values as bytes; populations in alphabetical order, spikes as
    packed bits, potentials as little-endian int64; then outputs as packed bits.
    """
    digests = np.empty((trace.samples, BYTES), np.uint8)
    for i in range(trace.samples):
        packed = spikes[i].dtype == bool
        digest = hashlib.sha256((np.packbits(spikes[i]) if packed else spikes[i]).tobytes())
        for name in sorted(trace.spikes):
            digest.update(np.packbits(trace.spikes[name][i]).tobytes())
            digest.update(trace.potentials[name][i].astype("<i8").tobytes())
        for name in sorted(trace.outputs):
            digest.update(np.packbits(trace.outputs[name][i]).tobytes())
        digests[i] = np.frombuffer(digest.digest()[:BYTES], np.uint8)
    return digests


def overall_digest(digests: Digests) -> str:
    """SHA-256 of the digests of all samples, in hexadecimal."""
    return hashlib.sha256(digests.tobytes()).hexdigest()


def write_digests(path: Path, digests: Digests) -> None:
    """As plain bytes, sample by sample."""
    path.write_bytes(digests.tobytes())


def read_digests(path: Path, samples: int) -> Digests:
    """Inverse of `write_digests`; InputError unless there are so many."""
    check_file(path, "digests of the samples", samples * BYTES)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read the samples' digests: {error.strerror}") from error
    if len(content) != samples * BYTES:
        raise InputError(f"{path}: {len(content)} bytes, expected {BYTES} for each of {samples} "
                         "samples")  # fmt: skip
    return np.frombuffer(content, np.uint8).reshape(samples, BYTES)
