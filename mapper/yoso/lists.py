"""Weight lists: per source element the runs of local neurons that it reaches, and their weights.

Equal strings of weights are stored once; a convolution's positions share theirs that way.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from ..errors import InputError
from .layout import RUN
from .params import PeParams

__all__ = ["WeightLists", "weight_lists"]

Indices = npt.NDArray[np.int64]
_LONGEST = 1 << dict(RUN.fields)["more"]


@dataclass(frozen=True, eq=False)
class WeightLists:
    """Of one slice.

    weight: int8 (words,);  run: (runs,) RUN words
    start, count: per source (elements,), the slice of `run` of each of its elements
    """

    weight: npt.NDArray[np.int8]
    run: Indices
    start: dict[str, Indices]
    count: dict[str, Indices]


@dataclass(frozen=True)
class _Spans:
    """Stretches of consecutive local neurons that an element reaches, in order of elements.

    element, neuron: (spans,), neuron is the first;  weights: of each span
    """

    element: Indices
    neuron: Indices
    weights: list[bytes]


def weight_lists(weights: dict[str, csr_array], neurons: Indices, pe: PeParams) -> WeightLists:
    """Lists for `neurons` of a population, whose weights (n, n_source) are given per source.

    Raises InputError when runs or weights are more than the PE has.
    """
    spans = {source: _spans(matrix[neurons], pe) for source, matrix in weights.items()}
    strings = [w for found in spans.values() for w in found.weights]
    needs = sum(-(-len(w) // _LONGEST) for w in strings)
    if needs > pe.runs:
        raise InputError(f"{len(neurons)} of its neurons need {needs} runs of weights, a PE has "
                         f"{pe.runs}")  # fmt: skip
    place, memory = _share(strings, pe)
    runs, start, count = list[Indices](), {}, {}
    used = 0
    for source, found in spans.items():
        words, owner = _runs(found, place)
        count[source] = np.bincount(owner, minlength=weights[source].shape[1])
        start[source] = np.where(count[source], used + np.cumsum(count[source]) - count[source], 0)
        used += len(words)
        runs.append(words)
    return WeightLists(memory, np.concatenate(runs), start, count)


def _spans(matrix: csr_array, pe: PeParams) -> _Spans:
    """A gap is bridged by zeros where these take less memory than another run."""
    columns = csc_array(matrix)
    columns.eliminate_zeros()
    columns.sort_indices()
    element = np.repeat(np.arange(matrix.shape[1]), np.diff(columns.indptr))
    neuron, values = columns.indices.astype(np.int64), columns.data.astype(np.int8)
    gap = np.diff(neuron, prepend=-1) - 1
    new = (np.diff(element, prepend=-1) > 0) | (gap * pe.weight_bits >= RUN.width)
    first = np.flatnonzero(new)
    stop = np.append(first, len(neuron))[1:]
    strings = []
    for a, b in zip(first.tolist(), stop.tolist(), strict=True):
        string = np.zeros(neuron[b - 1] - neuron[a] + 1, np.int8)
        string[neuron[a:b] - neuron[a]] = values[a:b]
        strings.append(string.tobytes())
    return _Spans(element[first], neuron[first], strings)


def _share(strings: list[bytes], pe: PeParams) -> tuple[dict[bytes, int], npt.NDArray[np.int8]]:
    """Where each string is, and the memory that holds them all, the longest first."""
    memory, place = bytearray(), dict[bytes, int]()
    for string in sorted(dict.fromkeys(strings), key=len, reverse=True):
        place[string] = memory.find(string)
        if place[string] < 0:
            place[string] = len(memory)
            memory += string
        if len(memory) > pe.weights:
            raise InputError(f"its weights take more than the {pe.weights} words of a PE")
    return place, np.frombuffer(bytes(memory), np.int8)


def _runs(spans: _Spans, place: dict[bytes, int]) -> tuple[Indices, Indices]:
    """RUN words, and the element of each; a long span is several runs."""
    length = np.array([len(w) for w in spans.weights], np.int64)
    weight = np.array([place[w] for w in spans.weights], np.int64)
    pieces = -(-length // _LONGEST)
    which = np.repeat(np.arange(len(length)), pieces)
    offset = (np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) * _LONGEST
    words = RUN.pack(
        weight=weight[which] + offset, neuron=spans.neuron[which] + offset,
        more=np.minimum(length[which] - offset, _LONGEST) - 1,
    )  # fmt: skip
    return words.astype(np.int64), spans.element[which]
