"""The crossbar core and its parts."""
