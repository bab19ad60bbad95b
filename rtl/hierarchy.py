"""Modules that appear once in the Verilog however often they are instantiated.

Amaranth writes one Verilog module per instance. A core has 64 equal lanes and a chip 64 equal
cores, so the text, the simulator's build and synthesis would all grow with the instances. Under
a `ModuleLibrary` (the "platform" of Verilog generation) a `Shared` component becomes an instance
of a module that the library converts once; anywhere else it is the component itself.
"""

import re
from collections.abc import Callable

from amaranth.hdl import ClockSignal, Elaboratable, Instance, Module, ResetSignal, Value
from amaranth.lib import wiring

__all__ = ["ModuleLibrary", "Shared", "flat_ports"]


def flat_ports(component: wiring.Component) -> dict[str, tuple[str, Value]]:
    """Port name in Verilog -> ("i" or "o", value)."""
    ports = {}
    for path, member, value in component.signature.flatten(component):
        direction = "i" if member.flow == wiring.In else "o"
        ports["__".join(map(str, path))] = (direction, Value.cast(value))
    return ports


class ModuleLibrary:
    """Collects the shared modules met during an elaboration: name -> component to convert."""

    def __init__(self) -> None:
        self.modules: dict[str, Elaboratable] = {}


class Shared(wiring.Component):
    """Wraps the component that `build()` returns; `name` is its Verilog module's name.

    Two wrappers of one name must wrap equal components: the name carries no parameters, so one
    design may hold only one configuration of it.
    """

    def __init__(self, name: str, build: Callable[[], wiring.Component]) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"Module name must be a lower-case identifier, not {name!r}")
        self._name = name
        self._inner = build()
        super().__init__(self._inner.signature.members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if isinstance(platform, ModuleLibrary):
            platform.modules.setdefault(self._name, self._inner)
            ports = {f"{d}_{name}": value for name, (d, value) in flat_ports(self).items()}
            m.submodules.shared = Instance(
                self._name, i_clk=ClockSignal(), i_rst=ResetSignal(), **ports
            )
        else:
            m.submodules.inner = self._inner
            wiring.connect(m, wiring.flipped(self), self._inner)
        return m
