"""Tests of commands, from their arguments to their exit codes."""
