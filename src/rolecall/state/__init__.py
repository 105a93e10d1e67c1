"""What a stack remembers: snapshots and their soundness, the deployment format, stores, locks, journal and history."""
