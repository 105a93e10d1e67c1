"""Resources that a role makes: the caller needs no permission of its own but to assume it."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()

provider = aws.Provider(
    "privileged",
    region=pulumi.Config("aws").require("region"),
    assume_roles=[
        {
            "role_arn": config.require("roleToAssumeARN"),
            # CloudTrail shows this name in every record of the session.
            "session_name": f"{pulumi.get_project()}-{pulumi.get_stack()}",
            "external_id": config.get_secret("externalId"),
        }
    ],
)

# Whatever is to be made by the role needs this option; everything else is made by the caller.
bucket = aws.s3.Bucket("my-bucket", opts=pulumi.ResourceOptions(provider=provider))

pulumi.export("bucketName", bucket.id)
