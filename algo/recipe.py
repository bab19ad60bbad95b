"""Recipes: everything that a training run depends on, in one TOML file."""

import reprlib
import tomllib
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationError,
    field_validator,
    model_validator,
)

from mapper.errors import InputError
from mapper.files import check_file
from mapper.topology import Topology, parse_topology

from .datasets import DATASETS
from .encoders import check_encoding
from .noise import NOISE, NoiseOptions
from .rules import find_rule
from .rules.base import RuleOptions, Stage

__all__ = ["Recipe", "Training", "parse_recipe", "read_recipe"]


Model = TypeVar("Model", bound=BaseModel)
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 200
_MAX_BYTES = 1 << 14  # a key of a million parts would take a terabyte


class Training(BaseModel):
    """Keys of [training].

    epochs:      of the rule's last stage; most rules have no other
    patience:    stop after so many epochs of it without a better validation accuracy, 0 for
                 never; the schedule is that of all epochs
    validation:  images held back from the training split to choose the best epoch
    keep:        "best": the weights of that epoch; "last": those of the last one, for data sets
                 too small to choose by some of their images
    calibration: first images of the rest, on which inference statistics are measured
    shift:       augmentation: each training image moves by up to this many pixels each way
    flip:        augmentation: each training image is mirrored, left to right, with probability 1/2
    threads:     processor threads; part of the recipe because sums depend on their number
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(ge=1, le=10_000)
    batch: int = Field(128, ge=2, le=65_536)
    learning_rate: float = Field(1e-3, gt=0, le=1)
    schedule: Literal["cosine", "constant"] = "cosine"
    patience: int = Field(0, ge=0, le=10_000)
    validation: int = Field(ge=1, le=1_000_000)
    keep: Literal["best", "last"] = "best"
    calibration: int = Field(4096, ge=2, le=1_000_000)
    shift: int = Field(0, ge=0, le=8)
    flip: bool = False
    threads: int = Field(1, ge=1, le=64)


class Recipe(BaseModel):
    """A training recipe; see `flows/zoo` for examples.

    topology: in the notation of `mapper.topology`: "784-800-10", "28x28-16C5-2P2-256-10"
    ticks:    network ticks per sample
    encoding: how images become spikes, see `algo.encoders`
    rule:     options of the learning rule, see `algo.rules`
    noise:    a last stage in which the first layer is a noisy PIM macro, see `algo.noise`
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)
    description: str = ""
    seed: int = Field(ge=0, le=2**31 - 1)
    dataset: str
    topology: str
    ticks: int = Field(1, ge=1, le=1024)
    encoding: dict[str, Any]
    rule: SerializeAsAny[RuleOptions]
    training: Training
    noise: NoiseOptions | None = None

    @field_validator("dataset")
    @classmethod
    def _known_dataset(cls, value: str) -> str:
        if value not in DATASETS:
            raise InputError(f"unknown data set {value!r}; known: {', '.join(DATASETS)}")
        return value

    @field_validator("topology")
    @classmethod
    def _valid_topology(cls, value: str) -> str:
        last = parse_topology(value).layers[-1]
        if last.kind != "dense":
            raise InputError(
                f"topology {value!r}: the last layer must be fully connected, a neuron per class, "
                f"not {last.text}"
            )
        return value

    @field_validator("encoding")
    @classmethod
    def _valid_encoding(cls, value: dict[str, Any]) -> dict[str, Any]:
        check_encoding(value)
        return value

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self.rule.check(self.layers, self.encoding["name"])
        if self.training.keep == "last" and self.training.patience:
            raise InputError('training.patience waits for a better epoch: training.keep is "last"')
        if self.noise:
            self._check_noise(self.noise)
        return self

    def _check_noise(self, noise: NoiseOptions) -> None:
        if self.encoding["name"] != "pixels":
            raise InputError('noise: PIM macros take values: use encoding "pixels"')
        if not self.rule.noisy:
            raise InputError(f"noise: rule {self.rule.name} cannot train under it")
        if self.layers.layers[0].recurrent:
            raise InputError("noise: a PIM macro has no recurrent connections; the first layer has")
        noise.macro(weight_bits=6)

    @property
    def layers(self) -> Topology:
        """The topology, parsed."""
        return parse_topology(self.topology)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What a run consists of; the last stage's `Training.keep` epoch is its result."""
        options, noise = self.training, self.noise
        stages = self.rule.stages(options.epochs, options.learning_rate)
        return (*stages, Stage(NOISE, noise.epochs, noise.learning_rate)) if noise else stages

    @property
    def epochs(self) -> int:
        """Of all stages."""
        return sum(stage.epochs for stage in self.stages)


def read_recipe(path: str | Path) -> Recipe:
    """Read a TOML file. Raises InputError naming the file, the key and what is allowed."""
    path = Path(path)
    check_file(path, "a recipe", _MAX_BYTES)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # not UTF-8, not TOML, huge numbers
        raise InputError(f"{path}: not readable as TOML: {error}") from error
    return parse_recipe(values, str(path))


def parse_recipe(values: dict[str, Any], where: str) -> Recipe:
    """Validate the contents of a recipe; `where` names it in the InputError."""
    table = values.get("rule")
    if not isinstance(table, dict):
        raise InputError(f"{where}: rule: expected a table [rule] with a name")
    try:
        options = find_rule(table.get("name")).Options
    except InputError as error:
        raise InputError(f"{where}: rule.name: {error}") from error
    rule = _validated(options, table, f"{where}: rule.")
    return _validated(Recipe, values | {"rule": rule}, f"{where}: ")


def _validated(model: type[Model], values: Any, prefix: str) -> Model:
    try:
        return model.model_validate(values, strict=True)
    except ValidationError as error:
        raise InputError(prefix + _first_problem(error)) from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    if problem["type"] == "missing":
        return f"{key}: missing"
    if problem["type"] == "value_error":
        return f"{key}: {problem['ctx']['error']}".removeprefix(": ")
    message = problem["msg"].removeprefix("Input ")
    return f"{key}: {message}, not {_SHORT.repr(problem['input'])}"
