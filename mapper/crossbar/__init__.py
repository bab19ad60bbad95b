"""The crossbar chip (Zou et al. 2021): parameters, memory layouts, mapper, ChipImage."""
