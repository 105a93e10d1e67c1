"""Stand-ins for the other side of a port, written to be believed: they do what the port's documentation says."""
