"""AWS in this process: one generic provider, and a declaration for each resource type."""
