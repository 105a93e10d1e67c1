"""Sealing values: what turns a secret into text that is safe to store, and back. Which values are secret is not its matter."""
