"""Planted bugs: a module of the design with one expression changed."""

import inspect
from types import ModuleType

__all__ = ["planted"]


def planted(module: ModuleType, right: str, wrong: str) -> ModuleType:
    """A copy of `module` in which the text `right`, which it must hold once, reads `wrong`."""
    source = inspect.getsource(module)
    assert source.count(right) == 1, f"{module.__name__}: {right!r} must occur exactly once"
    copy = ModuleType(module.__name__)
    copy.__package__ = module.__package__
    exec(compile(source.replace(right, wrong), f"{module.__name__} (planted)", "exec"), vars(copy))
    return copy
