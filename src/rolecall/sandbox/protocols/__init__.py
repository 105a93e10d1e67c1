"""From an HTTP request to an operation and its parameters, for each protocol that AWS's services speak."""
