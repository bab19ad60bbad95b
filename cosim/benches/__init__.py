"""cocotb benches: modules that run inside the simulator."""
