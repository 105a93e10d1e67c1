"""What S3 answers depending on what exists and on what the caller may list.

Source: the S3 API reference: a missing bucket is a 404 for everybody, a missing key only for who may list the bucket.
"""

from __future__ import annotations

import re
from dataclasses import replace
from xml.sax.saxutils import escape

from rolecall.sandbox import backends
from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.deciding import Verdict, decide_check
from rolecall.sandbox.message import Answer
from rolecall.sandbox.refusal import Refused, Shape, answer
from rolecall.sandbox.world import World

_READS = frozenset({"GetObject", "HeadObject", "GetObjectAttributes", "GetObjectTagging", "GetObjectAcl"})


def instead_of_denial(call: ApiCall) -> Refused | None:
    """The refusal that comes before a denial: the bucket does not exist at all."""
    name = call.params.get("Bucket")
    if call.service != "s3" or not name or call.operation == "CreateBucket" or backends.bucket(name) is not None:
        return None
    return Refused("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": name})


def after(world: World, call: ApiCall, caller: Caller, verdict: Verdict | None, given: Answer) -> Answer:
    """Puts right what moto answered, which knows nothing of who asks."""
    if call.service != "s3" or verdict is None:
        return given
    if given.status == 404 and call.operation in _READS and not _may_list(world, call, caller, verdict):
        refused = Refused("AccessDenied", "Access Denied", 403)
        return answer(refused, Shape("s3", "rest-xml"), call.request_id, head=call.http.method == "HEAD")
    if verdict.denied_items:
        return _with_errors(given, verdict.denied_items)
    return given


def _may_list(world: World, call: ApiCall, caller: Caller, verdict: Verdict) -> bool:
    name = str(call.params.get("Bucket"))
    if backends.bucket(name) is None or not verdict.decisions:
        return True
    check = replace(verdict.decisions[0][0], action="s3:ListBucket", resource=f"arn:{call.partition}:s3:::{name}")
    return decide_check(world, caller, check).allowed


def without_denied(call: ApiCall, verdict: Verdict) -> ApiCall:
    """DeleteObjects without the keys that may not be deleted."""
    if call.operation != "DeleteObjects" or not verdict.denied_items:
        return call
    delete = dict(call.params["Delete"])
    delete["Objects"] = [item for item in delete.get("Objects", ()) if item.get("Key") not in verdict.denied_items]
    return replace(call, params={**call.params, "Delete": delete})


def _with_errors(given: Answer, keys: tuple[str, ...]) -> Answer:
    errors = "".join(
        f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        for key in keys
    )
    body = re.sub(
        rb"</DeleteResult>|</DeleteObjectsResponse>", lambda end: errors.encode() + end[0], given.body, count=1
    )
    return Answer(given.status, given.headers, body)
