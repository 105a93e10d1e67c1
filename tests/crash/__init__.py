"""What is left when a process is killed at the worst moment."""
