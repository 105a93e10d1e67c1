"""Tests of the policy language and the authorisation decision."""
