"""What a hybrid chip is made of."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..crossbar.params import PRESETS as CROSSBAR_CORES
from ..crossbar.params import ChipParams, CoreParams
from ..errors import InputError
from ..pim.layout import LARGEST_OFFSET, LARGEST_SHIFT
from ..pim.params import PRESETS as MACROS
from ..pim.params import MacroParams

__all__ = ["PRESETS", "HybridCores", "HybridParams"]


@dataclass(frozen=True, kw_only=True)
class HybridCores:
    """The two kinds of cores, and how the macros' converters are set (`mapper.pim.layout.ADC`).

    lossy:      1 allows converters that cannot tell all sums apart, or round them; such a chip
                computes another network than the one that is mapped
    adc_shift:  a step of the converters is 2^adc_shift rows wide, 0..7
    adc_offset: added before; 2^(adc_shift - 1) rounds to the nearest step, 0..15
    """

    core: CoreParams
    macro: MacroParams
    lossy: int = 0
    adc_shift: int = 0
    adc_offset: int = 0

    def __post_init__(self) -> None:
        limits = {"lossy": 1, "adc_shift": LARGEST_SHIFT, "adc_offset": LARGEST_OFFSET}
        for name, limit in limits.items():
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= limit:
                raise InputError(f"chip parameter {name} must be in 0..{limit}, not {value!r}")


PRESETS: dict[str, HybridCores] = {
    "full": HybridCores(core=CROSSBAR_CORES["full"], macro=MACROS["full"]),
    "small": HybridCores(core=CROSSBAR_CORES["small"], macro=MACROS["small"]),
    "tiny": HybridCores(core=CROSSBAR_CORES["tiny"], macro=MACROS["tiny"]),
}
"""Named pairs for every command's `--core`."""


@dataclass(frozen=True, kw_only=True)
class HybridParams(ChipParams):
    """A mesh whose last `macros` places hold macros, all others crossbar cores."""

    macro: MacroParams
    macros: int

    fabric: ClassVar = "hybrid"

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.macros) is not int or not 1 <= self.macros < self.cores:
            raise InputError(
                f"chip parameter macros must be in 1..{self.cores - 1} on a mesh of "
                f"{self.width} x {self.height}, not {self.macros!r}"
            )

    @property
    def crossbar_cores(self) -> int:
        """Places with crossbar cores, the first ones."""
        return self.cores - self.macros

    @property
    def neurons(self) -> int:
        return self.crossbar_cores * self.core.neurons + self.macros * self.macro.neurons

    @property
    def crossbar(self) -> ChipParams:
        """A chip with crossbar cores everywhere."""
        return ChipParams(width=self.width, height=self.height, core=self.core)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "HybridParams":
        try:
            parts = {"core": CoreParams(**value["core"]), "macro": MacroParams(**value["macro"])}
            return cls(**value | parts)
        except (TypeError, KeyError) as error:
            raise InputError(f"chip parameters: {error}") from error
