"""The zoo: recipes, and the trained networks that ship with the project.

A new entry is one recipe file NAME.toml here and, once trained, NAME.nir beside it. evidence/NAME
is the record of its run through the Verilog, for `spikeloom verify NAME`; evidence/NAME-WHAT is
that of another run.
"""

from pathlib import Path

__all__ = ["evidence_names", "evidence_path", "network_path", "recipe_path", "zoo_names"]

_FOLDER = Path(__file__).parent


def zoo_names() -> list[str]:
    """Names of all recipes."""
    return sorted(p.stem for p in _FOLDER.glob("*.toml"))


def recipe_path(name: str) -> Path:
    """The recipe's file; it need not exist."""
    return _FOLDER / f"{name}.toml"


def network_path(name: str) -> Path:
    """The trained network's file; it need not exist."""
    return _FOLDER / f"{name}.nir"


def evidence_names() -> list[str]:
    """Names of all Evidence: an entry's, or an entry's with what was run."""
    return sorted(p.name for p in (_FOLDER / "evidence").iterdir() if p.is_dir())


def evidence_path(name: str) -> Path:
    """The folder of this Evidence; it need not exist."""
    return _FOLDER / "evidence" / name
