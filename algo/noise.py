"""Training under the noise of a PIM macro: its own model, with straight-through gradients."""

from dataclasses import fields, replace

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from mapper.hybrid.first_layer import FirstLayer, unfold
from mapper.hybrid.tiles import cut_layer
from mapper.network import INPUT, Population
from mapper.pim.array import ArrayModel
from mapper.pim.layout import ADC
from mapper.pim.macro_image import MacroImage
from mapper.pim.noise import Noise
from mapper.pim.params import PRESETS, MacroParams
from mapper.weights import weight_format

from .layers.quantized_map import QuantizedMap

__all__ = ["NOISE", "NoiseOptions"]

NOISE = "noise"
"""Name of the stage of training."""


class NoiseOptions(BaseModel):
    """Keys of [noise]: a last stage of training, in which the first layer is a noisy PIM macro.

    epochs, learning_rate: of the stage
    rows_active, adc_bits, adc_shift, adc_offset: of the macro, see `mapper.pim` and
              `mapper.hybrid.params`; lossy converters are allowed
    bit_line, mismatch, inl, dnl, stuck: sigmas, see `mapper.pim.noise.Noise`. Every batch meets
              another macro, so that what is learnt holds for all of them
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(10, ge=1, le=10_000)
    learning_rate: float = Field(1e-3, gt=0, le=1)
    rows_active: int = 16
    adc_bits: int = 5
    adc_shift: int = Field(0, ge=0, le=7)
    adc_offset: int = Field(0, ge=0, le=15)
    bit_line: float = Field(0.0, ge=0, le=100)
    mismatch: float = Field(0.0, ge=0, le=1)
    inl: float = Field(0.0, ge=0, le=100)
    dnl: float = Field(0.0, ge=0, le=100)
    stuck: float = Field(0.0, ge=0, le=1)

    def macro(self, weight_bits: int) -> MacroParams:
        """The macro; InputError for one that cannot be."""
        return replace(PRESETS["full"], weight_bits=weight_bits, rows_active=self.rows_active,
                       adc_bits=self.adc_bits)  # fmt: skip

    def draw(self) -> Noise:
        """A macro's noise, with a seed from torch's global generator."""
        sigmas = {source.name: getattr(self, source.name) for source in fields(Noise)}
        return Noise.of(sigmas, int(torch.randint(1 << 31, ())))

    @torch.no_grad()
    def difference(self, linear: QuantizedMap, x: Tensor) -> Tensor:
        """What a macro adds to the sums of its integer weights: (B, 1, n) of x (B, T, n_in)."""
        layer = unfold(linear.connection(INPUT, "first", 1, 1), Population("first", linear.shape))
        macro = self.macro(weight_format(linear.format).columns)
        values = torch.zeros(len(x), macro.activations, dtype=torch.int64)
        values[:, torch.from_numpy(layer.values)] = x[:, 0].to(torch.int64)
        exact = linear.sums(x[:, :1], linear.quantized().integers)
        return self._sums(layer, macro, values).to(exact.dtype)[:, None] - exact

    def _sums(self, layer: FirstLayer, macro: MacroParams, values: Tensor) -> Tensor:
        """Of all macros that the layer takes, (B, n)."""
        sums = torch.zeros(len(values), layer.population.n, dtype=torch.int64)
        noise, adc = self.draw(), int(ADC.pack(shift=self.adc_shift, offset=self.adc_offset))
        for place, tile in enumerate(cut_layer(layer, macro)):
            channels = slice(tile.channels.start, tile.channels.stop)
            places = slice(tile.positions.start, tile.positions.stop)
            image = MacroImage.bare(layer.weight[channels], layer.row, layer.position[places],
                                    tile.stack, adc)  # fmt: skip
            found = ArrayModel(image, macro, noise, place).sums(values.numpy())
            neurons = layer.neurons[places, channels].ravel()
            sums[:, torch.from_numpy(neurons)] = torch.from_numpy(found)
        return sums
