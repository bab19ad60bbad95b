"""Shared by tests of cosimulation."""

from dataclasses import replace

import pytest

from cosim.divergence.observe import GOLDEN, Run


@pytest.fixture
def planted(monkeypatch):
    """A function: from now on engines run another image than the golden model."""
    observe = Run.observe

    def plant(broken) -> None:
        def faulty(run, engine):
            return observe(run if engine == GOLDEN else replace(run, image=broken), engine)

        monkeypatch.setattr(Run, "observe", faulty)

    return plant
