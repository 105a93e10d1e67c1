"""moto's own policy checks, switched off: the gate has decided by the whole of IAM, and these know a small part.

S3 denies by bucket policy without looking at who asks; KMS denies by Deny statements on `*` without looking at
principals and conditions. Both would refuse what AWS allows.
"""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Makes both neutral. KMS is only touched when its module is loaded, by its own import."""
    from moto.iam.access_control import PermissionResult  # noqa: PLC0415
    from moto.s3.models import FakeBucket  # noqa: PLC0415

    def get_permission(self: Any, action: str, resource: str) -> Any:
        return PermissionResult.NEUTRAL

    kind: Any = FakeBucket
    kind.get_permission = get_permission


def neutral_key_policy(*_: Any) -> None:
    """In place of moto's check of a key policy."""


def on_kms_loaded() -> None:
    """Called before the first KMS call runs."""
    from moto.kms import responses  # noqa: PLC0415

    vars(responses)["validate_policy"] = neutral_key_policy
