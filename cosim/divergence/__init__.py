"""Where two runs part, and why."""
