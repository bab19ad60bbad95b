"""The ports of a chip as Python attributes."""

from typing import Any

from mapper.errors import InputError

__all__ = ["Ports"]


class Ports:
    """PyVerilator's `sim.io`, with a check of what is written.

    Reading `ports.o__valid` gives a number that shows itself as Verilog; `ports.i__valid = 1` sets
    an input. InputError for an unknown name, an output, and a number that does not fit, of which
    PyVerilator would keep the low bits.
    """

    _sim: Any

    def __init__(self, sim: Any) -> None:
        vars(self)["_sim"] = sim

    def __dir__(self) -> list[str]:
        return sorted(self._sim.io)

    def __repr__(self) -> str:
        return repr(self._sim.io)

    def __getattr__(self, name: str) -> int:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._sim.io[self._known(name)]

    def __setattr__(self, name: str, value: int) -> None:
        self._known(name)
        width = dict(self._sim.inputs).get(self._sim.all_signals[(name,)].verilator_name)
        if width is None:
            raise InputError(f"port {name} is an output; it cannot be set")
        if not isinstance(value, int) or not 0 <= value < 1 << width:
            raise InputError(f"port {name}: {value!r} is not a number of {width} bits")
        self._sim.io[name] = int(value)

    def _known(self, name: str) -> str:
        if name not in self._sim.io:
            raise InputError(f"there is no port {name!r}; there are {', '.join(dir(self))}")
        return name
