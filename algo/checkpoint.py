"""Everything that an interrupted training run needs to go on, in one safetensors file."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mapper.errors import InputError
from mapper.files import atomic_file, check_file

__all__ = ["Checkpoint", "load_tensors", "save_tensors"]

_MAX_BYTES = 1 << 32  # the zoo's largest checkpoint takes 40 MB


@dataclass
class Checkpoint:
    """State at the end of an epoch.

    model:     parameters and buffers of the rule
    best:      those of the best epoch so far
    optimizer: as `torch.optim.Optimizer.state_dict()["state"]`: by parameter, then by name
    generator: state of torch's global random number generator
    history:   what metrics.jsonl holds, one entry per epoch
    step:      optimizer steps so far
    """

    model: dict[str, Tensor]
    best: dict[str, Tensor]
    optimizer: dict[int, dict[str, Tensor]]
    generator: Tensor
    history: list[dict[str, Any]] = field(default_factory=list)
    step: int = 0

    def save(self, path: Path) -> None:
        """Write atomically. Ctrl-C meanwhile takes effect when the file is complete."""
        tensors = {f"model/{name}": value for name, value in self.model.items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        for index, state in self.optimizer.items():
            tensors |= {f"optimizer/{index}/{name}": value for name, value in state.items()}
        tensors["generator"] = self.generator
        with _interrupt_later():
            save_tensors(path, tensors, {"history": self.history, "step": self.step})

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read what `save` wrote. Raises InputError when the file is damaged."""
        tensors, facts = load_tensors(path)
        try:
            result = cls({}, {}, {}, tensors.pop("generator"), facts["history"], facts["step"])
            groups = {"model": result.model, "best": result.best}
            for key, value in tensors.items():
                group, _, name = key.partition("/")
                if group == "optimizer":
                    index, _, name = name.partition("/")
                    result.optimizer.setdefault(int(index), {})[name] = value
                else:
                    groups[group][name] = value
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: not a checkpoint; delete the run folder") from error
        return result


def save_tensors(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write tensors and JSON-able facts as safetensors, atomically."""
    contiguous = {name: value.detach().contiguous() for name, value in tensors.items()}
    with atomic_file(path) as temporary:
        save_file(contiguous, temporary, metadata={"spikeloom": json.dumps(facts)})


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_tensors` wrote. Raises InputError when the file is missing or damaged."""
    check_file(path, "tensors, a .safetensors file", _MAX_BYTES)
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads(file.metadata()["spikeloom"])
            return {name: file.get_tensor(name) for name in file.keys()}, facts
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path}: damaged or not ours ({error}); delete the run folder and train again"
        ) from error


@contextmanager
def _interrupt_later() -> Iterator[None]:
    """Hold Ctrl-C back until the block has ended. Elsewhere than in the main thread: as it is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[tuple[int, FrameType | None]] = []
    previous = signal.signal(signal.SIGINT, lambda *arguments: received.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if received and callable(previous):
        previous(*received[0])
