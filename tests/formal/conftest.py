"""Small parts of a YOSO PE, and queues that a proof can look into, here and in the config unit."""

from types import ModuleType

import pytest

from rtl.config import answer_queue
from rtl.yoso import load, operation, pending_stores, spike_sender, store

from .open_fifo import OpenFifo


@pytest.fixture
def small_parts(monkeypatch):
    """Shorten the queues of the modules that have some, or of those given in their place."""

    def shorten(*changed: ModuleType) -> None:
        monkeypatch.setattr(operation, "ADDRESS_BITS", 1)
        lengths = {load: ("_OPERANDS", 2), store: ("_RESULTS", 2), spike_sender: ("_DEPTH", 2)}
        modules = {m.__name__.split(".")[-1]: m for m in changed}
        for module, (name, length) in lengths.items():
            found = modules.get(module.__name__.split(".")[-1], module)
            monkeypatch.setattr(found, name, length)
            monkeypatch.setattr(found, "SyncFIFOBuffered", OpenFifo)
        monkeypatch.setattr(pending_stores, "_DEPTH", 4)

    return shorten


@pytest.fixture
def open_answers(monkeypatch):
    """The queue of answers is one that a proof can look into."""
    monkeypatch.setattr(answer_queue, "SyncFIFOBuffered", OpenFifo)
