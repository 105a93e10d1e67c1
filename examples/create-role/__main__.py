"""Part 1, run with privileged credentials: a user who may do nothing, a key for it, and a role it may assume."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()

# With no policy attached, the one thing that this user can do is assume the role below.
user = aws.iam.User("unprivileged-user", name=config.require("unprivilegedUsername"))
key = aws.iam.AccessKey("unprivileged-user-key", user=user.name)


def trust(arn: str) -> str:
    """The role's trust policy: this user may assume it, and nobody else."""
    statement = {
        "Sid": "OnlyThisUser",
        "Effect": "Allow",
        "Principal": {"AWS": arn},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


role = aws.iam.Role(
    "allow-s3-management",
    description="May manage S3 buckets, for whoever is trusted to assume it",
    assume_role_policy=user.arn.apply(trust),
)

aws.iam.RolePolicy(
    "allow-s3-management-policy",
    role=role.name,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Sid": "AllowS3", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
        }
    ),
    opts=pulumi.ResourceOptions(parent=role),
)

pulumi.export("roleArn", role.arn)
pulumi.export("accessKeyId", key.id)
pulumi.export("secretAccessKey", pulumi.Output.secret(key.secret))
