"""The story: the tour and the walkthrough, run as their readers run them."""
