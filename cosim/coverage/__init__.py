"""Functional coverage: which combinations of features the runs of a regression have exercised."""

from .bins import all_bins, bins_of

__all__ = ["all_bins", "bins_of"]
