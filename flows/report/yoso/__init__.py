"""What a page says of runs on YOSO grids."""
