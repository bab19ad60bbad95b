"""The board's end of the link to a host: bytes on pins to packets of the chip, nothing lost."""
