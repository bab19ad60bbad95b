"""Programming and read-back through the packet port, for the cores of any fabric."""
