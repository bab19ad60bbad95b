"""The YOSO grid (Zhang et al. 2021) in Amaranth. Contract: docs/yoso-grid.md."""
