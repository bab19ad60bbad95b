"""HybridImage: all that RTL, golden model and host need to run a network on a hybrid chip.

Schema version 1; see `mapper.image`.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..crossbar.core_image import CoreImage
from ..crossbar.image import ChipImage, Feed, LevelPlacement, Pass, density
from ..crossbar.layout import POINTER, ROUTE
from ..crossbar.validate import check_image as check_crossbar
from ..image import Arrays, Image, arrays_under
from ..image_checks import check_facts, check_integer
from ..network import INPUT
from ..packets import SIDES, spike_packet
from ..pim.macro_image import MacroImage
from .params import HybridParams

__all__ = ["HybridImage"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class HybridImage(Image[LevelPlacement]):
    """cores: crossbar cores, then macros; populations: first that of the macros, whose `column` is
    the neuron's number in its macro. Level 1 consumes at chip tick t + 1 what it fires at t.

    ticks:  chip ticks per sample
    lines:  populations whose spikes the host receives -> the OUTPUT line of their first neuron
    values: (inputs,) place of each input element in the macros' input buffers
    """

    params: HybridParams
    cores: tuple[CoreImage | MacroImage, ...]
    populations: tuple[LevelPlacement, ...]
    ticks: int
    lines: dict[str, int]
    values: Ints

    fabric: ClassVar = "hybrid"
    SCHEMA: ClassVar = 1

    @property
    def macros(self) -> dict[int, MacroImage]:
        """Place in the mesh -> macro."""
        return {i: c for i, c in enumerate(self.cores) if isinstance(c, MacroImage)}

    @property
    def first(self) -> LevelPlacement:
        """The population that the macros compute."""
        return self.populations[0]

    @cached_property
    def crossbar(self) -> ChipImage:
        """The chip without its macros, whose spikes are its input, one chip tick late."""
        params = self.params.crossbar
        idle = CoreImage(**CoreImage.empty(params.core))
        return ChipImage(
            params=params,
            cores=tuple(c if isinstance(c, CoreImage) else idle for c in self.cores),
            passes=(Pass(self.ticks, 0, (self._feed(),), self.lines),),
            populations=self.populations[1:],
            input_shape=self.first.shape,
            **{n: getattr(self, n) for n in ChipImage.SCALARS},
        )

    @property
    def passes(self) -> tuple[Pass]:
        """The one load of the mesh; the host feeds it values, not spikes."""
        return (Pass(self.ticks, 0, (), self.lines),)

    def first_tick(self, population: LevelPlacement, index: int) -> int:
        """Chip tick that is network tick 0 of a population; index: of the pass, 0."""
        return population.level

    def neurons_of(self, population: str, index: int) -> Ints:
        """The neurons of a population in pass 0: all."""
        return np.arange(len(self[population].core))

    def _feed(self) -> Feed:
        """What the macros send, as if the host sent it."""
        counts = np.zeros(len(self.first.core), np.int64)
        words, elements = [], []
        for place, macro in self.macros.items():
            mine = np.flatnonzero(self.first.core == place)
            pointer = POINTER.unpack(macro.pointer[self.first.column[mine]])
            count, start = pointer["count"], pointer["start"]
            counts[mine] = count
            inner = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            words.append(macro.route[np.repeat(start, count) + inner])
            elements.append(np.repeat(mine, count))
        order = np.argsort(np.concatenate(elements), kind="stable")
        route = ROUTE.unpack(np.concatenate(words)[order])
        sides = {name: route[name] for name in SIDES}
        packets = spike_packet(route["row"], route["phase"], **sides)
        return Feed(INPUT, 1, np.concatenate([[0], np.cumsum(counts)]), packets)

    def _own_arrays(self) -> Arrays:
        return {"values": self.values.astype("<u2")}

    def _own_facts(self) -> dict[str, Any]:
        return {"params": self.params.to_json(), "ticks": self.ticks, "lines": self.lines}

    @classmethod
    def _build(cls, facts: dict[str, Any], arrays: Arrays) -> "HybridImage":
        params = HybridParams.from_json(facts["params"])
        if len(facts["cores"]) != params.cores:
            raise ValueError(f"{len(facts['cores'])} cores, expected {params.cores}")
        image = cls(
            params=params,
            cores=tuple(_core(i, f, arrays, params) for i, f in enumerate(facts["cores"])),
            populations=tuple(
                LevelPlacement.load(p, arrays_under(arrays, f"population/{p['name']}/"))
                for p in facts["populations"]
            ),
            ticks=facts["ticks"],
            lines=dict(facts["lines"]),
            values=arrays["values"].astype(np.int64),
            **cls._common(facts),
        )
        image.check()
        return image

    def check(self) -> None:
        """Raise ValueError when the parts do not fit each other."""
        check_facts(self)
        check_integer("ticks", self.ticks, self.network_ticks + 1, 1 << 16)
        if self.values.shape != (self.size(INPUT),) or (
            self.values.max(initial=0) >= self.params.macro.activations
        ):
            raise ValueError("the input elements do not fit the macros' input buffers")
        for place, macro in self.macros.items():
            columns = np.sort(self.first.column[self.first.core == place])
            if not np.array_equal(columns, np.arange(macro.neurons)):
                raise ValueError(f"macro {place} holds other neurons than its population says")
            if macro.ticks != self.network_ticks:
                raise ValueError(f"macro {place} runs {macro.ticks} ticks")
        if (self.first.core < self.params.crossbar_cores).any() or any(
            (p.core >= self.params.crossbar_cores).any() for p in self.populations[1:]
        ):
            raise ValueError("a population is placed on cores of another kind")
        check_crossbar(self.crossbar)

    def summary(self) -> dict[str, Any]:
        crossbar = self.crossbar.summary()
        return crossbar | {
            "fabric": self.fabric,
            "cores": crossbar["cores"] + self.params.macros,
            "macros": self.params.macros,
            "macro": asdict(self.params.macro),
            "layers": self.layers,
            "image_sha256": self.sha256(),
        }

    def occupancy(self) -> Arrays:
        macro = self.params.macro
        bits = [c.synapse if isinstance(c, CoreImage) else c.matrix(macro) for c in self.cores]
        cells = min(64, *(n for b in bits for n in b.shape))
        columns = [c.columns << c.extension if isinstance(c, CoreImage) else c.neurons
                   for c in self.cores]  # fmt: skip
        return {
            "occupancy": np.stack([density(b, cells) for b in bits]),
            "columns": np.array(columns),
        }


def _core(
    index: int, registers: dict[str, int], arrays: Arrays, params: HybridParams
) -> CoreImage | MacroImage:
    mine = arrays_under(arrays, f"core{index}/")
    if index < params.crossbar_cores:
        return CoreImage.load(mine, registers, params.core)
    return MacroImage.load(mine, registers, params.macro)
