"""What generated input is made of, shared by properties and differential tests."""
