"""Counting ones with a balanced tree of adders."""

from amaranth.hdl import Value

__all__ = ["popcount"]


def popcount(bits: Value) -> Value:
    """Number of ones in `bits`; depth log2(len), where `sum` would chain len adders."""
    terms: list[Value] = list(bits)
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]
