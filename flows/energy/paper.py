"""Section 7.3 of Datta et al. (2022): what it prints, on which networks, and what does not fit."""

from .equations import Shape
from .layers import LayerWork

__all__ = ["AVERAGES", "DIFFERENT_INPUTS", "INCONSISTENT", "NETWORKS", "PRINTED",
           "published_layers"]  # fmt: skip

PRINTED: dict[str, dict[str, float]] = {
    "ANN full / SNN": {"energy": 199.3},
    "ANN low / SNN": {"energy": 33.8},
    "SNN / PIM": {"energy": 1.28, "delay": 1.08, "edp": 1.38},
}
"""CNN-3D on Indian Pines."""
AVERAGES: dict[str, dict[str, float]] = {
    "ANN full / SNN": {"energy": 560.6, "edp": 9976},
    "ANN low / SNN": {"energy": 44.8, "edp": 412.2},
    "SNN / PIM": {"energy": 1.71, "delay": 1.06, "edp": 1.79},
}
"""Both of its networks, three data sets."""

DIFFERENT_INPUTS = (
    "the network: the paper's are CNN-3D and CNN-32H on hyperspectral patches",
    "the spikes: counted here; the paper's per layer are only drawn (figure 8, below 1.4 a neuron)",
    "E_mac of 8-bit values and 6-bit weights: not printed; here E_mac at their geometric mean",
    "R and P_leak: not printed; here R of the macro, and no leakage",
    "as counted: our macro presents values bit by bit and converts each bit of a weight by itself",
    "equations 26 and 27 have one accumulation and 1/R conversions per product instead",
)
INCONSISTENT = (
    "12.5x from 32 to 6 bits is not Q^1.25 (8.1x) but Q^1.51; '13x smaller E_ac' fits 12.5x",
    "199.3x and 33.8x (CNN-3D) are 5.9x apart, not 12.5x; the averages 560.6x and 44.8x are",
    "with E_read = 5.2 pJ the weights of CNN-3D alone cost more than its ANN's energy / 199.3",
    "equation 25 passes once over all weights and positions; an SNN does so in each of T ticks",
    "equation 26 lacks the output positions; as printed, PIM is 8,500 times cheaper (CNN-3D)",
    "equation 27 makes CNN-3D's first layer at most 5 % faster than multipliers, whatever R",
    "2.12x by PIM (CNN-32H) needs a first layer above 53 % of the energy; the text says 22 %",
    "the total delay gains, 17.76x and 9.2x, are those without PIM's 1.06x",
    "352.8x more weights in layer 6 than in layer 1 are of a 3x3x3 kernel; table 1 has 1x1x2",
    "constants are called 65 nm; Horowitz 2014 gives these values for 45 nm",
)

_CNN_3D = (
    (1 * 20 * 27, 3 * 3 * 198), (20 * 40 * 3, 3 * 3 * 99), (40 * 84 * 27, 99), (84 * 84 * 3, 50),
    (84 * 84 * 3, 50), (84 * 84 * 2, 26), (26 * 84 * 16, 1),
)  # fmt: skip
_CNN_32H = (
    (1 * 90 * 9 * 18, 27), (1 * 64 * 9, 25 * 88), (64 * 128 * 9, 23 * 86), (13440 * 512, 1),
    (512 * 16, 1),
)  # fmt: skip
NETWORKS = {"cnn-3d": _CNN_3D, "cnn-32h": _CNN_32H}
"""Table 1, Indian Pines: (weights, output positions) per layer; the last is the classifier."""


def published_layers(name: str, spikes: float, bits: int = 6) -> list[LayerWork]:
    """A network of table 1 whose neurons all spike so often per sample."""
    first, *rest = (Shape(*facts) for facts in NETWORKS[name])
    return [
        LayerWork("1", first, True, bits, 1, 0.0, 0.0),
        *(LayerWork(str(i), s, False, bits, 1, spikes, s.macs * spikes)
          for i, s in enumerate(rest, 2)),
    ]  # fmt: skip
