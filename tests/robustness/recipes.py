"""Recipes that say something impossible, in a file or on the command line."""

from functools import partial
from pathlib import Path

from .case import Case, put

__all__ = ["CASES"]


def _changed(old: str, new: str) -> None:
    text = Path("tiny.toml").read_text()
    assert old in text
    Path("tiny.toml").write_text(text.replace(old, new))


CHANGES = {
    "no name": ('name = "tiny"\n', "", "name: missing"),
    "a name with a path": ('"tiny"', '"../tiny"', "name: String should match"),
    "a name too long": ('"tiny"', f'"{"n" * 65}"', "name: String should have at most 64"),
    "a name of markup": ('"tiny"', '"[red]"', "name: String should match"),
    "a seed that is text": ("seed = 3", 'seed = "3"', "seed: should be a valid integer"),
    "a seed that is true": ("seed = 3", "seed = true", "seed: should be a valid integer"),
    "a seed below 0": ("seed = 3", "seed = -1", "seed: should be greater"),
    "a seed of 2^31": ("seed = 3", "seed = 2147483648", "seed: should be less"),
    "a seed of 5,000 digits": ("seed = 3", f"seed = {'9' * 5000}", "tiny.toml: not readable"),
    "a seed that is NaN": ("seed = 3", "seed = nan", "seed: should be a valid integer"),
    "a seed that is a date": ("seed = 3", "seed = 2026-01-01", "seed: should be a valid integer"),
    "a date that is none": ("seed = 3", "seed = 2026-13-41", "tiny.toml: not readable as TOML"),
    "a key twice": ("seed = 3", "seed = 3\nseed = 3", "tiny.toml: not readable as TOML"),
    "a key unknown": ("seed = 3", "seed = 3\nsead = 4", "sead: unknown key"),
    "15,000 brackets": ("seed = 3", "seed = " + "[" * 15_000, "tiny.toml: not readable as TOML"),
    "5,000 tables": ("seed = 3", "seed = " + "{a=" * 5_000, "tiny.toml: not readable as TOML"),
    "a long dotted key": ("seed = 3", f"seed{'.a' * 8_000} = 3", "seed: should be a valid"),
    "a data set unknown": ('"digits"', '"nope"', "unknown data set 'nope'"),
    "a data set's path": ('"digits"', '"/etc/passwd"', "unknown data set"),
    "a topology unknown": ("64-6-10", "64~6~10", "topology"),
    "a topology without layers": ("64-6-10", "64", "expected layers after the input"),
    "a topology of 10^7": ("64-6-10", "9999999-9999999-10", "are too many, at most"),
    "a topology of 10^5 layers": ("64-6-10", "64" + "-6" * 5_000, "topology"),
    "a topology for other pixels": ("64-6-10", "65-6-10", "must start with 64 and end with 10"),
    "a topology for other classes": ("64-6-10", "64-6-9", "must start with 64 and end with 10"),
    "an encoding unknown": ('"binarize"', '"morse"', "unknown encoding 'morse'"),
    "an encoding's key": ("threshold = 6", "treshold = 6", "treshold|threshold"),
    "a threshold that is text": ("threshold = 6", 'threshold = "6"', "threshold"),
    "a threshold that is NaN": ("threshold = 6", "threshold = nan", "threshold"),
    "no rule": ('[rule]\nname = "scatter_gather"\n', "", "rule: expected a table"),
    "a rule unknown": ('"scatter_gather"', '"magic"', "rule.name: unknown"),
    "a rule that is a list": ('"scatter_gather"', '["scatter_gather"]', "rule.name"),
    "a rule's key": ('"scatter_gather"', '"scatter_gather"\nmagic = 1', "rule.magic: unknown key"),
    "no epoch": ("epochs = 1", "epochs = 0", "training.epochs: should be greater"),
    "10^9 epochs": ("epochs = 1", "epochs = 1000000000", "training.epochs: should be less"),
    "a batch of 1": ("batch = 256", "batch = 1", "training.batch: should be greater"),
    "a rate of NaN": ("epochs = 1", "epochs = 1\nlearning_rate = nan", "learning_rate"),
    "a rate of infinity": ("epochs = 1", "epochs = 1\nlearning_rate = inf", "learning_rate"),
    "all images held back": ("validation = 900", "validation = 1437", "validation"),
    "more than all held back": ("validation = 900", "validation = 99999", "validation"),
}

SETTINGS = {
    "seed": "expected KEY=VALUE",
    "=3": "expected KEY=VALUE",
    "seed=": "expected KEY=VALUE",
    "seed=x": "seed: should be a valid integer",
    "seed.a=3": "seed is not a table",
    "training=3": "training",
    "training..epochs=3": "setting|training",
    ".=3": "unknown key|setting",
    "a.b.c.d=3": "a: unknown key",
    "__class__=3": "__class__: unknown key",
    "training.epochs=1e400": "training.epochs",
    f"seed={'9' * 5000}": "seed",
    f"seed={'[' * 5000}": "seed",
    f"seed{'.a' * 2000}=1": "seed is not a table",
}

CASES = {
    **{f"recipe: {name}": Case("train tiny.toml -o x", message, partial(_changed, old, new))
       for name, (old, new, message) in CHANGES.items()},
    **{f"--set {text:.30}": Case(f"train tiny.toml -o x --set {text}", message)
       for text, message in SETTINGS.items()},
    "recipe: a byte order mark": Case(
        "train tiny.toml", "tiny.toml: not readable", put("tiny.toml", b"\xef\xbb\xbfseed = 3")),
    "recipe: half a surrogate": Case(
        "train tiny.toml", "tiny.toml: not readable", put("tiny.toml", b'name = "\xed\xa0\x80"')),
    "recipe: NUL": Case("train tiny.toml", "tiny.toml: not readable", put("tiny.toml", b"a\0 = 1")),
    "recipe: of a network without one": Case("train small.nir", "small.nir: .*holds no recipe"),
}  # fmt: skip
