"""Part 2, run with the keys of the user of part 1: a bucket that is made by the role, not by the user."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
region = pulumi.Config("aws").require("region")

assume_roles = [
    {
        "role_arn": config.require("roleToAssumeARN"),
        # Letters, digits and =,.@- only. CloudTrail shows this name in every record of the session.
        "session_name": "PulumiSession",
        "external_id": "PulumiApplication",
    }
]

provider = aws.Provider(
    "privileged",
    region=region,
    # Without the role the caller has no permission at all and AWS refuses to create the bucket.
    assume_roles=assume_roles if config.get_bool("assume", True) else None,
)

bucket = aws.s3.Bucket("my-bucket", opts=pulumi.ResourceOptions(provider=provider))

pulumi.export("bucketName", bucket.bucket)
