"""Crossbar cores and PIM macros on one mesh."""
