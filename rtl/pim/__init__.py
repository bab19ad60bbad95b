"""The SRAM processing-in-memory macro (Datta et al. 2022, section 5) as digital hardware."""
