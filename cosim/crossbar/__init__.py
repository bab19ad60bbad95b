"""The host of a crossbar chip."""
