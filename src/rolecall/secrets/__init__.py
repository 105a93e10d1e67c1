"""Sealing values: how a secret becomes text that is safe to store, and back. Which values are secret is others' matter."""
