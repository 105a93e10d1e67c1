"""The tour's claims, as functions from what was seen to what it shows. A claim that does not hold raises TourFailed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.cli.tour.stage import Ran, TourFailed, tail

Record = Mapping[str, Any]
"""One CloudTrail record."""


def claim(holds: bool, sentence: str, seen: object = "") -> None:
    """Raises TourFailed, naming the claim and what was seen instead, unless it holds."""
    if not holds:
        raise TourFailed(f"this claim does not hold: {sentence}", detail=f"  seen: {seen}" if seen != "" else "")


def steps_done(ran: Ran, op: str) -> list[str]:
    """The types of the AWS resources on which a run finished a step of this kind, from its events."""
    finished = [event["resOutputsEvent"]["metadata"] for event in ran.events() if "resOutputsEvent" in event]
    return sorted(step["type"] for step in finished if step["op"] == op and step["type"].startswith("aws:"))


def the_refusal(ran: Ran, records: Iterable[Record], user: str) -> Record:
    """The trail's record of the user being refused to create a bucket, after a run that failed for it."""
    claim(ran.exit != 0, "without the role the same program is refused", "it succeeded")
    denied = [
        record
        for record in records
        if record["eventName"] == "CreateBucket" and record.get("errorCode") == "AccessDenied"
    ]
    claim(len(denied) > 0, "the trail shows CreateBucket refused", tail(ran))
    identity = denied[-1]["userIdentity"]
    claim(identity["type"] == "IAMUser" and identity["userName"] == user, "the refused caller is the user", identity)
    return denied[-1]


@dataclass(frozen=True, slots=True)
class Proof:
    """What CloudTrail shows of who made the bucket: the record, the session, and how the session came to be."""

    event_id: str
    maker: str
    issued_to: str
    issued_at: str
    external_id: str


def the_proof(records: Iterable[Record], bucket: str, role: str, user: str) -> Proof:
    """That the bucket was made by a session of the role, which was issued to the user, and by nobody else."""
    records = list(records)
    made = [
        record
        for record in records
        if record["eventName"] == "CreateBucket"
        and "errorCode" not in record
        and (record.get("requestParameters") or {}).get("bucketName") == bucket
    ]
    claim(len(made) == 1, "the trail has exactly one CreateBucket of the bucket", made)
    identity = made[0]["userIdentity"]
    claim(identity["type"] == "AssumedRole", "the bucket's maker is an assumed role", identity)
    issuer = identity["sessionContext"]["sessionIssuer"]
    claim(issuer["arn"] == role, "the session belongs to the role of part 1", issuer)
    claim(identity["arn"].endswith("/PulumiSession"), "the session has the name that the program gave", identity)
    assumed = [r for r in records if _issued(r, identity["accessKeyId"])]
    claim(len(assumed) == 1, "the trail has the AssumeRole that issued the session's key", assumed)
    caller = assumed[0]["userIdentity"]
    claim(caller.get("userName") == user, "the role was assumed by the user without permissions", caller)
    return Proof(
        event_id=made[0]["eventID"],
        maker=identity["arn"],
        issued_to=f"user/{caller['userName']}",
        issued_at=assumed[0]["eventTime"],
        external_id=(assumed[0].get("requestParameters") or {}).get("externalId", ""),
    )


def _issued(record: Record, key: str) -> bool:
    if record["eventName"] != "AssumeRole":
        return False
    credentials = (record.get("responseElements") or {}).get("credentials") or {}
    return bool(credentials.get("accessKeyId") == key)
