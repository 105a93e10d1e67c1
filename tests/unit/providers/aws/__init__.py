"""Tests of the AWS provider's parts that need no AWS."""
