"""Learning curves as pictures."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mapper.files import atomic_file

__all__ = ["draw_curve", "draw_curves"]


def draw_curve(history: list[dict[str, Any]], title: str, path: Path) -> None:
    """Write a PNG of error rates and loss per epoch. `history` as in metrics.jsonl, not empty."""
    epochs = [entry["epoch"] for entry in history]
    figure, errors = _axes(title)
    for key, label in (("train_accuracy", "training"), ("validation_accuracy", "validation")):
        errors.plot(epochs, _errors(history, key), label=label)
    losses = errors.twinx()
    losses.plot(epochs, [e["loss"] for e in history], "k:", linewidth=1, label="loss")
    losses.set_ylabel("loss")
    lines = errors.get_lines() + losses.get_lines()
    errors.legend(lines, [str(line.get_label()) for line in lines], loc="upper right")
    _save(figure, path)


def draw_curves(curves: dict[str, list[list[dict[str, Any]]]], title: str, path: Path) -> None:
    """Write a PNG of validation errors: mean and range (a band) of each label's histories.

    Where histories end early, as training with patience makes them, up to the shortest.
    """
    figure, errors = _axes(title)
    for label, histories in curves.items():
        epochs = range(1, min(map(len, histories)) + 1)
        runs = [_errors(history[: len(epochs)], "validation_accuracy") for history in histories]
        at_epoch = list(zip(*runs, strict=True))
        (line,) = errors.plot(epochs, [sum(e) / len(e) for e in at_epoch], label=label)
        low, high = [min(e) for e in at_epoch], [max(e) for e in at_epoch]
        errors.fill_between(epochs, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    errors.set(ylabel="validation error (%)")
    errors.legend()
    _save(figure, path)


def _axes(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)  # no display, no pyplot state
    errors = figure.add_subplot()
    # Errors, on a logarithmic axis: accuracies near 100 % all look alike.
    errors.set(xlabel="epoch", ylabel="error (%)", yscale="log", title=title)
    errors.xaxis.set_major_locator(MaxNLocator(integer=True))
    errors.grid(alpha=0.3, which="both")
    return figure, errors


def _errors(history: list[dict[str, Any]], key: str) -> list[float]:
    return [max(100 * (1 - entry[key]), 0.01) for entry in history]


def _save(figure: Figure, path: Path) -> None:
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
