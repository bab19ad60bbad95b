"""The constants of the model: what ships (constants.toml), and what a user puts in their place."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapper.errors import InputError
from mapper.files import check_file

__all__ = ["Constant", "Constants", "read_constants"]

SHIPPED = Path(__file__).with_name("constants.toml")
_MAX_BYTES = 1 << 16
_LARGEST = 1e18
_FACTS = {"value", "unit", "meaning", "source"}


@dataclass(frozen=True)
class Constant:
    """value: in `unit`; a whole number is one by nature, at least 1, others are at least 0"""

    value: float
    unit: str
    meaning: str
    source: str


@dataclass(frozen=True)
class Constants:
    """By the names of table 4: c["E_mac"] is a value, c.facts["E_mac"] says where it is from."""

    facts: Mapping[str, Constant]

    def __getitem__(self, name: str) -> float:
        return self.facts[name].value


def read_constants(path: str | Path | None = None) -> Constants:
    """Those that ship, or with those of a TOML file in their place.

    Raises InputError, naming the constant, for a file that is none, for an unknown constant or
    key, and for a value or unit of another kind.
    """
    shipped = {name: Constant(**table) for name, table in _read(SHIPPED).items()}
    if path is None:
        return Constants(shipped)
    changes = {}
    for name, table in _read(Path(path)).items():
        where = f"{path}: {name}"
        if name not in shipped:
            raise InputError(f"{where}: unknown constant; known: {', '.join(shipped)}")
        changes[name] = _changed(shipped[name], table, where, str(path))
    return Constants(shipped | changes)


def _read(path: Path) -> dict[str, Any]:
    check_file(path, "constants", _MAX_BYTES)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # not UTF-8, not TOML, huge numbers
        raise InputError(f"{path}: not readable as TOML: {error}") from error


def _changed(old: Constant, table: Any, where: str, path: str) -> Constant:
    if not isinstance(table, dict) or not {"value", "unit"} <= table.keys() <= _FACTS:
        raise InputError(
            f"{where}: expected a table with value and unit, and at most meaning and source"
        )
    if table["unit"] != old.unit:
        raise InputError(f"{where}: unit must be {old.unit!r}, not {table['unit']!r}")
    meaning, source = table.get("meaning", old.meaning), table.get("source", path)
    if not isinstance(meaning, str) or not isinstance(source, str):
        raise InputError(f"{where}: meaning and source must be texts")
    return Constant(_number(table["value"], old, where), old.unit, meaning, source)


def _number(value: Any, old: Constant, where: str) -> float:
    if isinstance(old.value, int):
        if type(value) is not int or not 1 <= value < 1 << 31:
            raise InputError(f"{where}: value must be a whole number from 1 on, not {value!r}")
    elif type(value) not in (int, float) or not 0 <= value < _LARGEST:  # NaN is refused too
        raise InputError(f"{where}: value must be a number from 0 on, not {value!r}")
    return value
