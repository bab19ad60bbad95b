"""From a NIR file of another tool to an integer Network, measured."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from mapper.decisions import Decision, needs_spikes
from mapper.errors import InputError
from mapper.network import Network
from mapper.semantics import Reset

from ..datasets import Dataset, load
from ..encoders import encoded_shape
from ..evaluate import accuracy, integer_scores
from .file import read_foreign
from .graph import FloatNetwork, float_network
from .quantize import LayerFit, quantize_network
from .simulate import float_scores

__all__ = ["AUTO", "ImportSettings", "Imported", "import_file"]

AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class ImportSettings:
    """What a NIR file does not say.

    ticks:    steps per sample; dt: of one, in the unit of the file's time constants
    encoding: of the inputs, for `algo.encoders`
    reset:    ZERO, as NIR defines it, or SUBTRACT
    format:   "int2".."int8"
    decision: of `mapper.decisions`; AUTO: the most spikes, of a readout the largest potential
    """

    ticks: int
    encoding: dict[str, Any]
    dt: float = 1e-4
    reset: Reset = Reset.ZERO
    format: str = "int6"
    decision: str = AUTO

    def decision_of(self, network: FloatNetwork) -> Decision:
        """InputError when the network's output cannot decide so."""
        spikes = network.output.neuron.threshold is not None
        if self.decision == AUTO:
            return "spikes" if spikes else "potential"
        if needs_spikes(self.decision) and not spikes:
            raise InputError(f"decision {self.decision}: the output never spikes; use potential")
        return cast(Decision, self.decision)


@dataclass(frozen=True)
class Imported:
    """accuracy: {"float", "integer", "same"} on `test_images` images, "same" where both decide
    alike; None where nothing was measured
    """

    network: Network
    fits: list[LayerFit]
    accuracy: dict[str, float] | None
    test_images: int


def import_file(
    path: str | Path, settings: ImportSettings, data: tuple[str, str] | None, *,
    calibration: int, limit: int | None = None,
    progress: Callable[[str], None] = lambda what: None,
) -> Imported:  # fmt: skip
    """Read, quantize and measure.

    data: (data set, split) to measure on; `calibration` training images of the same set choose
    the integers. Without data the weights alone do. progress: told what is under way

    Raises InputError for an unreadable file, a network that no Network can say, or images of
    another size.
    """
    path = Path(path)
    network = _of(path, lambda: float_network(read_foreign(path), settings.dt))
    decision = settings.decision_of(network)
    images, test = None, None
    if data is not None:
        train, test = load(data[0], "train"), load(*data)
        _check_inputs(network, train, settings)
        test = test.subset(np.arange(min(limit or len(test), len(test))))
        images = train.images[_spread(len(train), calibration)]
    found, fits = _of(path, lambda: quantize_network(
        network, _name(path), format=settings.format, ticks=settings.ticks,
        encoding=settings.encoding, reset=settings.reset, decision=decision, images=images,
        progress=lambda population: progress(f"integers of {population}"),
    ))  # fmt: skip
    if test is None:
        return Imported(_recorded(found, path, settings, {}), fits, None, 0)
    progress(f"measuring on {len(test):,} images")
    measured = _measure(network, found, test, settings)
    facts = {"accuracy": measured, "data": ":".join(data or ()), "test_images": len(test)}
    return Imported(_recorded(found, path, settings, facts), fits, measured, len(test))


def _of(path: Path, work: Callable[[], Any]) -> Any:
    """The result of `work`; a message says which file is wrong, also where its values are not of
    the kind that NIR has in their places.
    """
    try:
        return work()
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(str(path)) else f"{path}: {text}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: damaged NIR graph: {text}") from error


def _spread(count: int, wanted: int) -> npt.NDArray[np.int64]:
    """Indices from all over a data set, whose classes may follow each other."""
    return np.linspace(0, count - 1, min(wanted, count)).astype(np.int64)


def _check_inputs(network: FloatNetwork, data: Dataset, settings: ImportSettings) -> None:
    shape = encoded_shape(data.shape, settings.encoding)
    if prod(shape) != prod(network.input_shape):
        raise InputError(
            f"the network takes {prod(network.input_shape)} inputs {network.input_shape}; "
            f"{data.name} in encoding {settings.encoding['name']} has {prod(shape)}, {shape}"
        )


def _name(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", path.stem).lstrip(".-")[:64] or "imported"


def _measure(
    network: FloatNetwork, integers: Network, data: Dataset, settings: ImportSettings
) -> dict[str, float]:
    floats = float_scores(
        network, data.images, settings.encoding, settings.ticks, settings.reset, integers.decision
    )
    whole = integer_scores(integers, data.images)
    return {
        "float": accuracy(floats, data),
        "integer": accuracy(whole, data),
        "same": float((floats.argmax(axis=1) == whole.argmax(axis=1)).mean()),
    }


def _recorded(
    network: Network, path: Path, settings: ImportSettings, facts: dict[str, Any]
) -> Network:
    """With where it comes from."""
    origin = {
        "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "dt": settings.dt, "reset": str(settings.reset), "format": settings.format,
    }  # fmt: skip
    return replace(network, record={"imported": origin} | facts)
