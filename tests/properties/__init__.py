"""Properties that hold for all inputs, tried with random ones."""
