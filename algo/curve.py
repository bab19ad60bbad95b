"""The learning curve as a picture."""

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mapper.files import atomic_file

__all__ = ["draw_curve"]


def draw_curve(history: list[dict[str, Any]], title: str, path: Path) -> None:
    """Write a PNG of error rates and loss per epoch. `history` as in metrics.jsonl, not empty."""
    epochs = [entry["epoch"] for entry in history]
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)  # no display, no pyplot state
    errors = figure.add_subplot()
    for key, label in (("train_accuracy", "training"), ("validation_accuracy", "validation")):
        # Errors, on a logarithmic axis: accuracies near 100 % all look alike.
        errors.plot(epochs, [max(100 * (1 - e[key]), 0.01) for e in history], label=label)
    errors.set(xlabel="epoch", ylabel="error (%)", yscale="log", title=title)
    losses = errors.twinx()
    losses.plot(epochs, [e["loss"] for e in history], "k:", linewidth=1, label="loss")
    losses.set_ylabel("loss")
    lines = errors.get_lines() + losses.get_lines()
    errors.legend(lines, [str(line.get_label()) for line in lines], loc="upper right")
    errors.grid(alpha=0.3, which="both")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
