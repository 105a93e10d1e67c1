"""Which mends there are, by service and operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rolecall.sandbox import waiting
from rolecall.sandbox.mends import (
    boundaries,
    buckets,
    deleting,
    ids,
    images,
    own_checks,
    own_user,
    principals,
    queue_urls,
    saved_policies,
)
from rolecall.sandbox.message import Answer
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange

Before = Callable[[World, "Exchange"], Mapping[str, Any] | None]
"""Refuses (raises Refused), answers (returns the members of the output), or lets the call run (None)."""

After = Callable[[World, "Exchange", Answer], Answer | None]
"""Changes what moto stored or answered; None leaves the answer as it is."""

BEFORE: dict[tuple[str, str], tuple[Before, ...]] = {
    ("ec2", "DescribeImages"): (images.publish,),
    ("ec2", "RunInstances"): (images.publish,),
    ("iam", "CreateUser"): (boundaries.check,),
    ("iam", "PutUserPermissionsBoundary"): (boundaries.put,),
    ("iam", "DeleteUserPermissionsBoundary"): (boundaries.delete,),
    ("iam", "PutRolePermissionsBoundary"): (boundaries.check,),
    ("iam", "CreateRole"): (saved_policies.trust_policy("AssumeRolePolicyDocument"), boundaries.check),
    ("iam", "UpdateAssumeRolePolicy"): (saved_policies.trust_policy("PolicyDocument"),),
    ("iam", "PutUserPolicy"): (saved_policies.identity_policy("PolicyDocument"),),
    ("iam", "PutRolePolicy"): (saved_policies.identity_policy("PolicyDocument"),),
    ("iam", "PutGroupPolicy"): (saved_policies.identity_policy("PolicyDocument"),),
    ("iam", "CreatePolicy"): (saved_policies.identity_policy("PolicyDocument"),),
    ("iam", "CreatePolicyVersion"): (saved_policies.identity_policy("PolicyDocument"),),
    ("iam", "DeleteUser"): (deleting.user, principals.note_user),
    ("iam", "UpdateUser"): (principals.note_user,),
    ("iam", "DeleteRole"): (deleting.role, principals.note_role),
    ("iam", "DeleteGroup"): (deleting.group,),
    ("iam", "DeletePolicy"): (deleting.policy,),
    **{("iam", name): (own_user.name_the_caller,) for name in own_user.OPERATIONS},
    ("s3", "CreateBucket"): (buckets.note_existing,),
    ("s3", "PutBucketPolicy"): (saved_policies.bucket_policy,),
    ("s3", "PutBucketAcl"): (buckets.refuse_acl,),
    ("s3", "PutObjectAcl"): (buckets.refuse_acl,),
    ("s3", "PutObject"): (buckets.refuse_acl,),
    ("s3", "CopyObject"): (buckets.refuse_acl,),
    ("s3", "CreateMultipartUpload"): (buckets.refuse_acl,),
    ("s3", "GetBucketRequestPayment"): (buckets.payer,),
    ("s3", "PutBucketRequestPayment"): (buckets.set_payer,),
    **{("s3", name): (buckets.configuration,) for name in buckets.configuration_operations()},
    ("kms", "CreateKey"): (saved_policies.key_policy,),
    ("kms", "PutKeyPolicy"): (saved_policies.key_policy,),
    ("sqs", "CreateQueue"): (saved_policies.queue_policy,),
    ("sqs", "SetQueueAttributes"): (saved_policies.queue_policy,),
    ("sqs", "ReceiveMessage"): (waiting.do_not_block,),
    ("sns", "SetTopicAttributes"): (saved_policies.topic_policy,),
    ("secretsmanager", "PutResourcePolicy"): (saved_policies.secret_policy,),
}

AFTER: dict[tuple[str, str], tuple[After, ...]] = {
    ("iam", "CreateUser"): (boundaries.created,),
    ("iam", "CreateRole"): (saved_policies.bind_role,),
    ("iam", "UpdateAssumeRolePolicy"): (saved_policies.bind_role,),
    ("iam", "DeleteUser"): (principals.user_gone,),
    ("iam", "UpdateUser"): (principals.user_renamed,),
    ("iam", "DeleteRole"): (principals.role_gone,),
    ("s3", "CreateBucket"): (buckets.created,),
    ("sqs", "CreateQueue"): (queue_urls.local,),
    ("sqs", "GetQueueUrl"): (queue_urls.local,),
    ("sqs", "ListQueues"): (queue_urls.local,),
    ("sqs", "ListDeadLetterSourceQueues"): (queue_urls.local,),
    ("sqs", "ReceiveMessage"): (waiting.wait_for_messages,),
    ("s3", "PutBucketPolicy"): (saved_policies.bind_bucket,),
    ("s3", "DeleteBucketEncryption"): (buckets.encryption_deleted,),
}

_installed: list[bool] = []


def install() -> None:
    """Puts the mends that are corrections of moto's own code in place. Once a process."""
    if not _installed:
        _installed.append(True)
        ids.install()
        boundaries.install()
        own_checks.install()
