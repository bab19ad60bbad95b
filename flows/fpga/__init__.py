"""From a chip to a bitstream with open tools, and figures of what came out."""
