"""Amaranth hardware: cores, interconnect, chip tops, Verilog generation."""
