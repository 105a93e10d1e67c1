"""Tests of the way from an AWS call to the checks it needs."""
