"""Tests of the views: what people and programs read of a run."""
