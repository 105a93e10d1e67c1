"""A user who may do nothing, and a role that only this user may assume. Deploy it with privileged credentials."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()

user = aws.iam.User("unprivileged-user", name=config.require("unprivilegedUsername"))
key = aws.iam.AccessKey("unprivileged-user-key", user=user.name)


def trust(arn: str) -> str:
    """The role's trust policy: this user may assume it, and nobody else."""
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


role = aws.iam.Role("role", assume_role_policy=user.arn.apply(trust))

# What whoever assumes the role may do. Keep it as small as the programs that are deployed with it allow.
aws.iam.RolePolicy(
    "role-policy",
    role=role.name,
    policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}),
    opts=pulumi.ResourceOptions(parent=role),
)

pulumi.export("roleArn", role.arn)
pulumi.export("accessKeyId", key.id)
pulumi.export("secretAccessKey", pulumi.Output.secret(key.secret))
