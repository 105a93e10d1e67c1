"""Tests of sealing secrets."""
