"""Tests of what a stack remembers."""
