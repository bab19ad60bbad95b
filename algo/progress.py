"""Progress of training, on standard error."""

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

__all__ = ["TrainingProgress"]


class TrainingProgress:
    """A bar over all steps: epoch, loss, accuracies, time to go. Silent when not `enabled`."""

    def __init__(self, name: str, epochs: int, steps: int, done: int, enabled: bool) -> None:
        self._epochs = epochs
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[facts]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not enabled,
        )
        self._task = self._bar.add_task(f"train {name}", total=steps, completed=done, facts="")
        self._validation = ""

    def __enter__(self) -> "TrainingProgress":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def step(self, epoch: int, loss: float) -> None:
        """One batch of `epoch` (from 1) is done."""
        facts = f"epoch {epoch}/{self._epochs} loss {loss:.3f}{self._validation}"
        self._bar.update(self._task, advance=1, facts=facts)

    def validated(self, accuracy: float, best: float) -> None:
        """An epoch's validation accuracy is known."""
        self._validation = f" validation {accuracy:.2%} best {best:.2%}"
