"""The YOSO grid (Zhang et al. 2021): parameters, memory layouts, mapper, GridImage."""
