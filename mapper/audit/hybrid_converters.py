"""Whether the converters of a PIM macro read every sum of its columns as it is."""

import numpy as np
import numpy.typing as npt

from .hybrid_macro import Macro
from .words import Integers, Mistakes, bits

__all__ = ["check_converters"]


def check_converters(macro: Macro, driver: Integers, found: Mistakes) -> None:
    """Add to `found` the columns of which some sum is read as another one: such a macro computes
    another network.

    A column's sum over the rows of a group that are driven is at most the ones that it has there,
    and each sum up to that occurs for some input.

    driver: see `check_kernel`
    """
    size, (channels, rows) = macro.size, macro.weight.shape
    at_a_time, width = size["rows_active"], size["weight_bits"]
    cells = bits(macro.weight.T[:, :, None] >> np.arange(width), 0, 1).reshape(rows, -1)
    misread = _misread(macro, at_a_time)
    # Of the sums 0..k: any misread; that of 0 occurs only beside rows that are raised.
    up_to = np.logical_or.accumulate(misread & (np.arange(at_a_time + 1) > 0))
    lossy = []
    for first in range(0, rows, at_a_time):
        group = slice(first, first + at_a_time)
        raised = np.unique(driver[:, group] >= 0, axis=0).astype(np.int64)
        ones, lines = raised @ cells[group], raised.sum(axis=1, keepdims=True)
        wrong = (up_to[ones] | (misread[0] & (ones < lines))).any(axis=0)
        lossy += [(first, column) for column in np.flatnonzero(wrong).tolist()]
    if lossy:
        first, column = lossy[0]
        columns = channels * width * -(-rows // at_a_time)
        found.add("lossy converter", f"{macro.where} reads some sums of {len(lossy)} columns of "
                  f"{columns} ({at_a_time} rows each) as others, first of bit {column % width} of "
                  f"channel {column // width} from row {first} on", len(lossy))  # fmt: skip


def _misread(macro: Macro, largest: int) -> npt.NDArray[np.bool_]:
    """(largest + 1,) whether a sum is read as another one."""
    shift, offset = int(bits(macro.adc, 0, 3)), int(bits(macro.adc, 3, 4))
    sums = np.arange(largest + 1)
    codes = np.minimum((sums + offset) >> shift, (1 << macro.size["adc_bits"]) - 1)
    return np.asarray(codes << shift != sums)
