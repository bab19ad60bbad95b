"""What a page says of runs on crossbar chips."""
