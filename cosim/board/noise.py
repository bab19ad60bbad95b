"""A line that damages, loses and invents bytes."""

import random

from mapper.errors import InputError

__all__ = ["Noise"]


class Noise:
    """Each byte is hit with `probability`: bits turn over, it is lost, or another one comes before
    it. The same seed and bytes give the same noise.

    hits: how many so far
    """

    def __init__(self, probability: float, seed: int = 0) -> None:
        if not 0 <= probability < 1:
            raise InputError(f"noise {probability}: a probability per byte must be in 0 <= p < 1")
        self.probability, self.hits, self._dice = probability, 0, random.Random(seed)

    def hit(self, data: bytes) -> bytes:
        """What arrives of `data`."""
        if not self.probability:
            return data
        found = bytearray()
        for byte in data:
            found += self._hit(byte) if self._dice.random() < self.probability else bytes([byte])
        return bytes(found)

    def _hit(self, byte: int) -> bytes:
        self.hits += 1
        match self._dice.randrange(3):
            case 0:
                return bytes([byte ^ self._dice.randrange(1, 256)])
            case 1:
                return b""
            case _:
                return bytes([self._dice.randrange(256), byte])
