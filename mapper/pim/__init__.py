"""The SRAM processing-in-memory macro: the first layer of a direct-coded network."""
