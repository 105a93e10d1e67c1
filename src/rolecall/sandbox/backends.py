"""Looking into moto's backends without loading those that nobody has used."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def split_arn(text: str) -> Arn | None:
    """The parts of an ARN, None for what is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def backend(package: str, account: str, region: str) -> Any:
    """moto's backend of a service for an account and region; None when that service was never used there."""
    models = sys.modules.get(f"moto.{package}.models")
    if models is None:
        return None
    name = {"awslambda": "lambda"}.get(package, package)
    accounts = getattr(models, f"{name}_backends", None)
    if accounts is None or account not in list(accounts):
        return None
    regions = accounts[account]
    return regions[region] if region in list(regions.keys()) else None


def bucket(name: str) -> Any:
    """moto's bucket of that name, in whatever account it is; None when there is none."""
    models = sys.modules.get("moto.s3.models")
    if models is None:
        return None
    for regions in list(models.s3_backends.values()):
        for partition in list(regions.values()):
            if name in partition.buckets:
                return partition.buckets[name]
    return None


def bucket_of_arn(arn: str) -> Any:
    """The bucket that a bucket's or an object's ARN is about."""
    parts = split_arn(arn)
    return bucket(parts.resource.partition("/")[0]) if parts and parts.service == "s3" else None
