"""Everything that has a say in one request, gathered by whoever asks: which documents are attached where."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.iam.policy import Policy


@dataclass(frozen=True, slots=True)
class Policies:
    """The documents that apply to one request.

    `identity`: of the user and all its groups, or of the role. `boundary`: the permissions boundary; empty where none
    is set. `session`: None where none was passed. `resource`: the policy of the resource (kind `resource`), or the
    trust policy of the role that an `sts` action is about (kind `trust`). `scp`, `rcp`: one tuple for each level from
    the organisation's root through the units down to the account; empty where the account is in no organisation (or
    that policy type is off). `endpoint`: the policy of the VPC endpoint the request came through, else None.
    `grants`: other grants of the resource that the asker already found to cover this caller and action (a KMS grant,
    an S3 ACL), as text for the explanation. `restrict_public_buckets`: S3's setting of that name on the resource.
    """

    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] = ()
    session: tuple[Policy, ...] | None = None
    resource: Policy | None = None
    scp: tuple[tuple[Policy, ...], ...] = ()
    rcp: tuple[tuple[Policy, ...], ...] = ()
    endpoint: tuple[Policy, ...] | None = None
    grants: tuple[str, ...] = ()
    restrict_public_buckets: bool = False
