"""Modules that appear once in the Verilog however often they are instantiated.

Amaranth writes one Verilog module per instance. A core has 64 equal lanes and a chip 64 equal
cores, so the text, the simulator's build and synthesis would all grow with the instances. Under
a `ModuleLibrary` (the "platform" of Verilog generation) a `Shared` component becomes an instance
of a module that the library converts once; anywhere else it is the component itself.
"""

import re
from collections.abc import Callable
from typing import ClassVar

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Value
from amaranth.lib import wiring

__all__ = ["ModuleLibrary", "Shared", "UngatedLibrary", "flat_ports"]


def flat_ports(component: wiring.Component) -> dict[str, tuple[str, Value]]:
    """Port name in Verilog -> ("i" or "o", value)."""
    ports = {}
    for path, member, value in component.signature.flatten(component):
        direction = "i" if member.flow == wiring.In else "o"
        ports["__".join(map(str, path))] = (direction, Value.cast(value))
    return ports


class ModuleLibrary:
    """Collects the shared modules met during an elaboration: name -> component to convert.

    gates_clocks: whether parts with nothing to do are not clocked, see `rtl.clock_gate`
    """

    gates_clocks: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()  # of the platform, where this is mixed into one
        self.modules: dict[str, wiring.Component] = {}


class UngatedLibrary(ModuleLibrary):
    """For FPGAs, whose flip-flops have clock enables instead."""

    gates_clocks = False


class Shared(wiring.Component):
    """One of several equal components; make them with `Shared.several`.

    Two wrappers of one name must wrap equal components: the name carries no parameters, so one
    design may hold only one configuration of it.
    """

    def __init__(
        self, name: str, build: Callable[[], wiring.Component], first: wiring.Component | None
    ) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"Module name must be a lower-case identifier, not {name!r}")
        self._name, self._build = name, build
        self._inner = build() if first is None else None
        pattern = first or self._inner
        assert pattern is not None
        super().__init__(dict(pattern.signature.members.items()))

    @classmethod
    def several(
        cls, count: int, name: str, build: Callable[[], wiring.Component]
    ) -> list["Shared"]:
        """`count` wrappers of equal components; `name` is their Verilog module's name.

        Only the first builds its component at once: in Verilog the others never need theirs.
        """
        first = cls(name, build, None)
        return [first, *(cls(name, build, first._inner) for _ in range(count - 1))]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if isinstance(platform, ModuleLibrary):
            if self._inner is not None:
                platform.modules.setdefault(self._name, self._inner)
            ports = {f"{d}_{name}": value for name, (d, value) in flat_ports(self).items()}
            m.submodules.shared = Instance(
                self._name, i_clk=ClockSignal(), i_rst=ResetSignal(), **ports
            )
        else:
            m.submodules.inner = inner = self._inner or self._build()
            # Port by port: `wiring.connect` cannot flip a component that has arrays of ports.
            own, theirs = flat_ports(self), flat_ports(inner)
            for name, (direction, value) in own.items():
                other = theirs[name][1]
                m.d.comb += other.eq(value) if direction == "i" else value.eq(other)
        return m
