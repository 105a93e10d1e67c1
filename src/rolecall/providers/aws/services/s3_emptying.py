"""Deleting a bucket, and before that, when the state says so, everything in it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from rolecall.errors import RolecallError
from rolecall.providers.aws.declaration import Call, Wait
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.work import Work

BATCH = 1000
"""How many objects one DeleteObjects takes."""
ROUNDS = 20
"""How often a bucket that others still write to is emptied again."""

GONE = ("NoSuchBucket", "404", "NotFound")


def delete(work: Work) -> None:
    """Deletes a bucket and waits until it cannot be seen any more."""
    for _ in range(ROUNDS):
        try:
            work.raw("DeleteBucket", {"Bucket": work.id}, waits=(Wait("OperationAborted", seconds=60),))
            break
        except ClientError as error:
            if code_of(error) in GONE:
                return
            if code_of(error) != "BucketNotEmpty" or work.old.get("forceDestroy") is not True:
                raise
        empty(work)
    for _ in work.around.patience.pauses(60, first=0.2):
        if not exists(work, work.id):
            return


def exists(work: Work, bucket: str) -> bool:
    """Whether a bucket is there (and ours to see). Raises for an answer that tells neither."""
    try:
        work.raw("HeadBucket", {"Bucket": bucket})
    except ClientError as error:
        if code_of(error) in GONE:
            return False
        raise
    return True


def empty(work: Work) -> None:
    """Deletes all versions and delete markers, lifting retention that may be lifted."""
    locked = bool(work.old.get("objectLockEnabled"))
    listing = Call("ListObjectVersions", send={"Bucket": lambda w: w.id})
    for page in work.pages(listing):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        for start in range(0, len(found), BATCH):
            _delete_batch(work, found[start : start + BATCH], locked)


def _delete_batch(work: Work, entries: list[Any], locked: bool) -> None:
    objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
    params: dict[str, Any] = {"Bucket": work.id, "Delete": {"Objects": objects, "Quiet": True}}
    if locked:
        _lift_holds(work, entries)
        params["BypassGovernanceRetention"] = True
    refused = work.raw("DeleteObjects", params).get("Errors", ())
    if refused:
        first = refused[0]
        raise RolecallError(
            f"{len(refused)} objects cannot be deleted; the first: {first.get('Key')}: {first.get('Code')}: "
            f"{first.get('Message')}"
        )


def _lift_holds(work: Work, entries: list[Any]) -> None:
    for entry in entries:
        place = {"Bucket": work.id, "Key": entry["Key"], "VersionId": entry["VersionId"]}
        try:
            held = work.raw("GetObjectLegalHold", place)
        except ClientError:
            continue
        if held.get("LegalHold", {}).get("Status") == "ON":
            work.raw("PutObjectLegalHold", {**place, "LegalHold": {"Status": "OFF"}})
