"""Which lines and bits of the Verilog a regression has exercised."""
