"""Tests of the nouns that packages share."""
