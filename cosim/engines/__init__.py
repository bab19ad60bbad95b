"""Engines: ways to run the generated hardware, one interface."""
