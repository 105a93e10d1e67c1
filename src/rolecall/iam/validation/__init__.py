"""Checking a policy when it is saved, as the AWS service that saves it does."""

from __future__ import annotations

from rolecall.iam.validation.rules import validate_policy

__all__ = ["validate_policy"]
