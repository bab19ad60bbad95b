"""What an analog macro does that a digital one does not: noise, mismatch, bent converters, defects.

Sums of rows are in rows: 1 is what one bit cell adds. All sigmas 0 is the ideal macro, bit for bit.
"""

import tomllib
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..files import check_file
from .layout import ADC
from .macro_image import MacroImage
from .params import MacroParams

__all__ = ["Noise", "NoisyArray", "Source", "parse_noise"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_MAX_BYTES = 1 << 14
_LARGEST = 1e6


@dataclass(frozen=True)
class Source:
    """sigma: see `Noise`; seed: of what is drawn"""

    sigma: float = 0.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Sources of error, each with its sigma and its seed; InputError for what is none.

    bit_line: added to every conversion, in rows; drawn anew for each sample, from its values, so
              that neither order nor batches of samples matter
    mismatch: of a column's gain, relative; drawn once per column
    inl:      bow of a converter's curve, its middle off by so many steps; once per converter
    dnl:      width of each step of a converter, in steps; once per step, end points in place
    stuck:    share of bit cells that are stuck, half of them at 1; drawn once per cell
    """

    bit_line: Source = field(default_factory=Source)
    mismatch: Source = field(default_factory=Source)
    inl: Source = field(default_factory=Source)
    dnl: Source = field(default_factory=Source)
    stuck: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        for name in NAMES:
            source = getattr(self, name)
            largest = 1 if name == "stuck" else _LARGEST
            number = type(source.sigma) in (int, float)
            if not number or not 0 <= source.sigma <= largest:  # NaN is refused too
                limit = "in 0..1" if name == "stuck" else "from 0 on"
                raise InputError(f"noise {name}: sigma must be {limit}, not {source.sigma!r}")
            if type(source.seed) is not int or not 0 <= source.seed < 1 << 63:
                raise InputError(f"noise {name}: seed must be an integer from 0 on, not "
                                 f"{source.seed!r}")  # fmt: skip

    @classmethod
    def of(cls, sigmas: dict[str, float], seed: int) -> "Noise":
        """Sigmas by name, all with the same seed; InputError for unknown names."""
        unknown = sigmas.keys() - set(NAMES)
        if unknown:
            raise InputError(f"noise {min(unknown)!r}: unknown; known: {', '.join(NAMES)}")
        return cls(**{name: Source(sigmas.get(name, 0.0), seed) for name in NAMES})

    def generator(self, name: str, *more: int) -> np.random.Generator:
        """Random numbers of a source; more: what else they depend on."""
        return np.random.default_rng([getattr(self, name).seed, NAMES.index(name), *more])


NAMES = tuple(f.name for f in fields(Noise))


def parse_noise(text: str, seed: int) -> Noise:
    """ "bit_line=0.5,dnl=0.2", or a TOML file with tables such as [bit_line], sigma and seed.

    seed: of all sources that do not have their own. Raises InputError for anything else.
    """
    if "=" not in text:
        return _read(Path(text), seed)
    sigmas = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        try:
            sigmas[name.strip()] = float(value)
        except ValueError as error:
            raise InputError(f"noise {part!r}: expected NAME=SIGMA, such as dnl=0.2") from error
    return Noise.of(sigmas, seed)


def _read(path: Path, seed: int) -> Noise:
    check_file(path, "noise", _MAX_BYTES)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not readable as TOML: {error}") from error
    sources: dict[str, Any] = {}
    for name, table in tables.items():
        if name not in NAMES:
            raise InputError(f"{path}: {name}: unknown; known: {', '.join(NAMES)}")
        if not isinstance(table, dict) or not {"sigma"} <= table.keys() <= {"sigma", "seed"}:
            raise InputError(f"{path}: {name}: expected a table with sigma, and at most seed")
        sources[name] = Source(table["sigma"], table.get("seed", seed))
    return Noise(**{name: Source(0.0, seed) for name in NAMES} | sources)


class NoisyArray:
    """The cells, columns and converters of one macro as they came out of the factory."""

    def __init__(self, noise: Noise, image: MacroImage, macro: MacroParams, place: int) -> None:
        """place: of the macro in the mesh; every one is another piece."""
        self._noise, self._place, self._macro = noise, place, macro
        adc = ADC.unpack(image.adc)
        self._step, self._offset = float(1 << int(adc["shift"])), float(adc["offset"])
        groups = -(-image.rows // macro.rows_active)
        self._part = np.arange(groups) // macro.groups
        columns = image.channels * macro.weight_bits
        drawn = noise.generator("mismatch", place).standard_normal((1 << image.stack, columns))
        self._gain = 1 + noise.mismatch.sigma * drawn[self._part][:, None]
        bent = noise.inl.sigma > 0 or noise.dnl.sigma > 0
        self._levels = self._curves()[self._converters(image)] if bent else None

    def cells(self, cells: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Bit cells (groups, rows, columns) of 0 and 1, with those that are stuck."""
        generator = self._noise.generator("stuck", self._place)
        stuck = generator.random(cells.shape) < self._noise.stuck.sigma
        return np.where(stuck, generator.random(cells.shape) < 0.5, cells).astype(np.float32)

    def steps(self, counts: Ints, values: Ints) -> Ints:
        """What converters with enough codes read of sums (groups, lines, columns).

        values: (samples, activations), from which the noise of each sample's lines is drawn
        """
        sums = counts * self._gain
        if self._noise.bit_line.sigma:
            groups, lines, columns = counts.shape
            shape = (groups, lines // len(values), columns)
            drawn = [self._of_sample(sample).standard_normal(shape) for sample in values]
            sums += self._noise.bit_line.sigma * np.concatenate(drawn, axis=1)
        # A level lies in the middle between two sums of whole rows.
        steps = np.maximum(np.floor((sums + 0.5 + self._offset) / self._step), 0)
        if self._levels is None:
            return steps.astype(np.int64)
        codes = sum((sums >= level[:, None] for level in np.moveaxis(self._levels, -1, 0)),
                    np.zeros(counts.shape, np.int64))  # fmt: skip
        return np.where(steps > self._macro.largest_code, steps, codes).astype(np.int64)

    def _of_sample(self, values: Ints) -> np.random.Generator:
        sample = zlib.crc32(np.ascontiguousarray(values, "<i8").tobytes())
        return self._noise.generator("bit_line", self._place, sample)

    def _curves(self) -> Floats:
        """Sums from which on each converter reads each code: (converters, codes from 1 on)."""
        macro, noise = self._macro, self._noise
        shape = (macro.banks * macro.lanes * macro.weight_bits, macro.largest_code)
        bow = noise.inl.sigma * noise.generator("inl", self._place).standard_normal((shape[0], 1))
        width = noise.generator("dnl", self._place).standard_normal(shape)
        walk = np.cumsum(noise.dnl.sigma * width, axis=1)
        along = np.linspace(0, 1, shape[1])
        walk -= walk[:, :1] + along * (walk[:, -1:] - walk[:, :1])
        code = np.arange(1, shape[1] + 1) + walk + bow * 4 * along * (1 - along)
        return code * self._step - self._offset - 0.5

    def _converters(self, image: MacroImage) -> Ints:
        """(groups, columns) which converter reads a column: blocks of lanes share theirs."""
        macro, sets = self._macro, self._macro.banks >> image.stack
        channel, bit = np.divmod(np.arange(image.channels * macro.weight_bits), macro.weight_bits)
        lane = channel // sets % macro.lanes
        bank = (channel % sets << image.stack) + self._part[:, None]
        return (bank * macro.lanes + lane) * macro.weight_bits + bit
