"""The mesh of routers that carries AER packets between cores, chips and the host."""
