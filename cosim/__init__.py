"""Golden models, simulator engines, cocotb benches, scoreboards, Evidence."""
