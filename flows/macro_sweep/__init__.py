"""Settings of PIM macros tried on data: accuracy, conversions and energy, noise included."""
