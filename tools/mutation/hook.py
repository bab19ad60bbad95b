"""Imports one module with other text than its file has."""

import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

__all__ = ["plant"]


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec", dont_inherit=True)


class _Finder:
    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text

    def find_spec(
        self, name: str, path: object, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._name:
            return None
        spec = PathFinder.find_spec(name, path, target)  # type: ignore[arg-type]
        assert spec is not None and spec.origin is not None
        spec.loader = _Loader(name, spec.origin, self._text)
        return spec


_PROJECT = ("algo", "cosim", "flows", "mapper", "rtl", "tests")


def plant(name: str, text: str) -> None:
    """Let the module `name` be made from `text`, and every module of the project be made anew."""
    for loaded in [*sys.modules]:
        if loaded.split(".")[0] in (*_PROJECT, name):
            del sys.modules[loaded]
    sys.meta_path.insert(0, _Finder(name, text))
