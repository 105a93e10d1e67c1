"""How a secret becomes text that is safe to store and back; which values are secret is not its matter."""
