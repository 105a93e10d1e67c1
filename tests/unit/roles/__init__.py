"""Tests of becoming a role."""
