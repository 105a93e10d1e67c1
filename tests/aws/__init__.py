"""Every resource type against the sandbox, as a role that may do just that."""
