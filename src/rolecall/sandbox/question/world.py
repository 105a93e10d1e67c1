"""What must be known of existing resources to ask the right question. The gate answers from the embedded AWS."""

from __future__ import annotations

from collections.abc import Mapping


class World:
    """Look-ups into what exists. This one knows nothing; the gate's subclass asks the embedded AWS.

    Every method answers None for what does not exist or is not known, and never raises. `account` is where to look.
    """

    def user_arn(self, account: str, name: str) -> str | None:
        """The ARN, with its path, of the user of that name."""
        return None

    def group_arn(self, account: str, name: str) -> str | None:
        """The ARN, with its path, of the group of that name."""
        return None

    def role_arn(self, account: str, name: str) -> str | None:
        """The ARN, with its path, of the role of that name."""
        return None

    def instance_profile_arn(self, account: str, name: str) -> str | None:
        """The ARN, with its path, of the instance profile of that name."""
        return None

    def instance_profile_role(self, account: str, name: str) -> str | None:
        """The ARN of the role in the instance profile of that name."""
        return None

    def server_certificate_arn(self, account: str, name: str) -> str | None:
        """The ARN, with its path, of the server certificate of that name."""
        return None

    def permissions_boundary(self, arn: str) -> str | None:
        """The ARN of the managed policy that bounds a user or role."""
        return None

    def bucket_owner(self, bucket: str) -> str | None:
        """The account that owns a bucket."""
        return None

    def object_tags(self, bucket: str, key: str, version: str | None) -> Mapping[str, str] | None:
        """The tags of an S3 object."""
        return None

    def key_arn(self, account: str, region: str, key_id: str) -> str | None:
        """The ARN of the KMS key that an id, alias or ARN of either stands for."""
        return None

    def ciphertext_key(self, account: str, region: str, blob: bytes) -> str | None:
        """The ARN of the KMS key that made a ciphertext."""
        return None

    def secret_arn(self, account: str, region: str, secret_id: str) -> str | None:
        """The full ARN, with its suffix, of the secret of that name or (partial) ARN."""
        return None

    def trail_arn(self, account: str, region: str, name: str) -> str | None:
        """The ARN of the trail of that name, which may be at home in another region."""
        return None

    def attached_role(self, call: str, account: str, region: str, name: str) -> str | None:
        """The role that a thing about to be updated already has, so that passing it again needs no permission."""
        return None

    def partition_key(self, arn: str) -> str | None:
        """The name of the partition key of a DynamoDB table, or of one of its indexes, by its ARN."""
        return None

    def tags(self, arn: str, account: str) -> Mapping[str, str] | None:
        """The tags of any other resource."""
        return None

    def organization(self, account: str) -> tuple[str, str] | None:
        """The id of the account's organisation, and its path `o-…/r-…/ou-…/`."""
        return None
