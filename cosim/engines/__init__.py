"""Engines: ways to run the generated hardware, one interface.

A new engine is one file here and one line in `ENGINES`.
"""

from collections.abc import Callable

from mapper.errors import InputError
from mapper.mesh import MeshParams

from .base import Engine, EngineError, Stalls

__all__ = ["ENGINES", "Engine", "EngineError", "Stalls", "make_engine"]


def _amaranth(params: MeshParams) -> Engine:
    from .amaranth_sim import AmaranthEngine

    return AmaranthEngine(params)


def _cocotb(params: MeshParams) -> Engine:
    from .cocotb_verilator import CocotbEngine

    return CocotbEngine(params)


def _batch(params: MeshParams) -> Engine:
    from .batch import BatchEngine

    return BatchEngine(params)


def _pyverilator(params: MeshParams) -> Engine:
    from .pyverilator import PyVerilatorEngine

    return PyVerilatorEngine(params)


ENGINES: dict[str, Callable[[MeshParams], Engine]] = {
    "amaranth": _amaranth,
    "cocotb": _cocotb,
    "batch": _batch,
    "pyverilator": _pyverilator,
}


def make_engine(name: str, params: MeshParams) -> Engine:
    """The engine called `name` for a chip; InputError lists the known ones."""
    if name not in ENGINES:
        raise InputError(f"unknown engine {name!r}; known: {', '.join(ENGINES)}")
    return ENGINES[name](params)
