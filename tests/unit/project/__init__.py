"""Tests of the user's files: projects, settings, configuration."""
