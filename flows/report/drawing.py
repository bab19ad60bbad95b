"""Pictures as inline SVG, in a light and a dark version of the same drawing."""

import base64
import io
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

__all__ = ["ACCENT", "ALARM", "DOTS", "HEAT", "INK", "MUTED", "TINT", "Picture", "bare", "figure",
           "look", "picture"]  # fmt: skip

INK, MUTED, ACCENT, ALARM = "#1c2530", "#6b7683", "#2b74d8", "#d1432f"
_DARK = {INK: "#e8edf3", MUTED: "#98a4b1", ACCENT: "#5aa2ff", ALARM: "#ff7a66"}

HEAT = LinearSegmentedColormap.from_list(
    "heat", [(0.17, 0.45, 0.85, 0.0), (0.17, 0.45, 0.85, 0.75), (0.62, 0.25, 0.72, 0.9),
             (0.93, 0.33, 0.25, 0.97), (1.0, 0.68, 0.15, 1.0)]
)  # fmt: skip
"""Transparent, blue, violet, red, orange: zero is the page's own colour, light or dark."""
TINT = LinearSegmentedColormap.from_list("tint", [(0.17, 0.45, 0.85, 0.0), (0.17, 0.45, 0.85, 0.6)])
"""Transparent to a blue on which text can be read."""
DOTS = LinearSegmentedColormap.from_list("dots", [(0.17, 0.45, 0.85, 0.0), (0.2, 0.5, 0.92, 1.0)])
"""Off and on."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "spikeloom", "font.size": 9, "axes.titlesize": 9.5,
    "axes.titlelocation": "left", "axes.edgecolor": MUTED, "axes.labelcolor": MUTED,
    "axes.titlecolor": INK, "xtick.color": MUTED, "ytick.color": MUTED, "text.color": INK,
    "axes.linewidth": 0.7, "xtick.major.width": 0.7, "ytick.major.width": 0.7,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "savefig.transparent": True, "savefig.dpi": 200,
    "text.parse_math": False,
}  # fmt: skip
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


@dataclass(frozen=True)
class Picture:
    """A drawing as data URIs. alt: what it shows, in words; width: in CSS pixels."""

    title: str
    alt: str
    caption: str
    light: str
    dark: str
    width: int


def look() -> AbstractContextManager[None]:
    """The report's look, for the duration of a `with` block around all drawing."""
    return matplotlib.rc_context(_STYLE)


def figure(width: float, height: float) -> Figure:
    """An empty figure of that many inches, known to no global state."""
    return Figure(figsize=(width, height), layout="constrained")


def bare(ax: Axes, *kept: str) -> Axes:
    """Hide all of the frame except the sides named."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in kept)
    return ax


def picture(drawn: Figure, title: str, alt: str, caption: str = "") -> Picture:
    """Write the figure as SVG, twice: the colours of the dark version replace the light ones."""
    buffer = io.StringIO()
    drawn.savefig(buffer, format="svg", metadata={"Date": None})
    light = _tidy(buffer.getvalue())
    dark = light
    for old, new in _DARK.items():
        dark = dark.replace(old, new)
    width = round(float(drawn.get_size_inches()[0]) * 96)
    return Picture(title, alt, caption, _uri(light), _uri(dark), width)


def _tidy(svg: str) -> str:
    """Without metadata and document type, in the reader's own font."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    return svg.replace("'DejaVu Sans', 'Bitstream Vera Sans'", _FONT).replace(
        "'DejaVu Sans'", _FONT
    )


def _uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
