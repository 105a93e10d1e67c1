"""iam.AccessKey: its secret is told once, by the creation, and lives in the state from then on."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from botocore.exceptions import ClientError

from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import Call, Prop, ResourceType, output, remembered
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.kinds import MOMENT
from rolecall.providers.aws.work import Work


def smtp_password(secret: str, region: str) -> str:
    """The password for SES's SMTP interface that follows from a secret key (the SES developer guide's algorithm)."""
    signature = ("AWS4" + secret).encode()
    for message in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        signature = hmac.new(signature, message.encode(), hashlib.sha256).digest()
    return base64.b64encode(b"\x04" + signature).decode()


class Activation:
    """The key's status, and what follows from its secret."""

    properties = ("status",)

    def created(self, work: Work) -> None:
        secret = work.text("secret")
        work.found["sesSmtpPasswordV4"] = smtp_password(secret, work.around.session.region)
        if work.text("status") != work.wanted("status"):
            self._put(work)

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if work.changed("status"):
            self._put(work)

    def _put(self, work: Work) -> None:
        params = {"UserName": work.text("user"), "AccessKeyId": work.id, "Status": work.wanted("status")}
        work.raw("UpdateAccessKey", params)


def read(work: Work) -> dict[str, Value] | None:
    """Lists the user's keys: there is no call that describes one."""
    listing = Call("ListAccessKeys", send={"UserName": lambda w: w.text("user")})
    for page in work.pages(listing):
        for entry in page["AccessKeyMetadata"]:
            if entry["AccessKeyId"] == work.id:
                return {
                    "user": entry["UserName"],
                    "status": entry["Status"],
                    "createDate": MOMENT.from_aws(entry["CreateDate"]),
                }
    return None


def identify(work: Work, id: str) -> dict[str, Value]:
    """Whose key it is. Its secret cannot be had any more."""
    try:
        answer: Any = work.raw("GetAccessKeyLastUsed", {"AccessKeyId": id})
    except ClientError as error:
        if code_of(error) in ("NoSuchEntity", "AccessDenied"):
            return {}
        raise
    return {"user": answer["UserName"]}


def delete(work: Work) -> None:
    work.raw("DeleteAccessKey", {"UserName": work.text("user"), "AccessKeyId": work.id})


ACCESS_KEY = ResourceType(
    type="aws:iam/accessKey:AccessKey",
    title="IAM Access Key",
    service="iam",
    regional=False,
    props=(
        Prop(name="user", required=True, replaces=True),
        Prop(name="status", default="Active", checks=(must.one_of("Active", "Inactive"),)),
        output("createDate", MOMENT),
        remembered("secret", secret=True),
        remembered("sesSmtpPasswordV4", secret=True),
    ),
    id="{id}",
    identify=identify,
    gone=("NoSuchEntity",),
    create=Call(
        "CreateAccessKey",
        send={"UserName": "user"},
        take={
            "id": "AccessKey.AccessKeyId",
            "secret": "AccessKey.SecretAccessKey",
            "status": "AccessKey.Status",
            "createDate": "AccessKey.CreateDate",
            "user": "AccessKey.UserName",
        },
    ),
    read=read,
    parts=(Activation(),),
    delete=delete,
    makes=lambda work: (work.id, f"user/{work.text('user')}"),
)
