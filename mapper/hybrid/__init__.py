"""The hybrid chip: PIM macros compute a direct-coded first layer, crossbar cores all others."""
