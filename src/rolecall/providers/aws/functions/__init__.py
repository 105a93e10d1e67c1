"""The provider's functions, by what they look up."""
