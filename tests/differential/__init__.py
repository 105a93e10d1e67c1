"""Second implementations, naive on purpose, and comparisons with the first on generated input."""
