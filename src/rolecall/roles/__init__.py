"""Becoming a role: the credential chain as data, each role assumed in turn, and clients that sign as whoever we are."""
