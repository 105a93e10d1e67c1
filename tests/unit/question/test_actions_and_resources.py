"""Which checks a call needs: action and resource, one row a call."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.sandbox.question.reference import access_level, reference_of
from rolecall.sandbox.question.s3 import versioned
from rolecall.sandbox.question.s3_names import BUCKET, OBJECT, VERSIONED
from rolecall.sandbox.services import model_of
from tests.unit.question.calls import ACCOUNT, CI, OTHER, Known, asked, only, question

A, R = ACCOUNT, "eu-west-1"
IAM = f"arn:aws:iam::{A}"
X_ROLE = f"{IAM}:role/x"


def tags(**some: str) -> list[dict[str, str]]:
    return [{"Key": k, "Value": v} for k, v in some.items()]


ROWS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("s3:ListBuckets", {}, ["s3:ListAllMyBuckets arn:aws:s3:::*"]),
    ("s3:HeadBucket", {"Bucket": "b"}, ["s3:ListBucket arn:aws:s3:::b"]),
    ("s3:ListObjectsV2", {"Bucket": "b"}, ["s3:ListBucket arn:aws:s3:::b"]),
    ("s3:GetBucketLocation", {"Bucket": "b"}, ["s3:GetBucketLocation arn:aws:s3:::b"]),
    ("s3:GetBucketEncryption", {"Bucket": "b"}, ["s3:GetEncryptionConfiguration arn:aws:s3:::b"]),
    ("s3:DeletePublicAccessBlock", {"Bucket": "b"}, ["s3:PutBucketPublicAccessBlock arn:aws:s3:::b"]),
    ("s3:GetObject", {"Bucket": "b", "Key": "a/b"}, ["s3:GetObject arn:aws:s3:::b/a/b"]),
    ("s3:GetObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, ["s3:GetObjectVersion arn:aws:s3:::b/k"]),
    ("s3:HeadObject", {"Bucket": "b", "Key": "/k"}, ["s3:GetObject arn:aws:s3:::b//k"]),
    (
        "s3:GetObjectTagging",
        {"Bucket": "b", "Key": "k", "VersionId": "1"},
        ["s3:GetObjectVersionTagging arn:aws:s3:::b/k"],
    ),
    ("s3:UploadPart", {"Bucket": "b", "Key": "k"}, ["s3:PutObject arn:aws:s3:::b/k"]),
    (
        "s3:PutObject",
        {"Bucket": "b", "Key": "k", "ACL": "private", "Tagging": "a=b", "ObjectLockMode": "GOVERNANCE"},
        [
            "s3:PutObject arn:aws:s3:::b/k",
            "s3:PutObjectAcl arn:aws:s3:::b/k",
            "s3:PutObjectTagging arn:aws:s3:::b/k",
            "s3:PutObjectRetention arn:aws:s3:::b/k",
        ],
    ),
    (
        "s3:CopyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "/src/a%20b%2Bc?versionId=7"},
        ["s3:GetObjectVersion arn:aws:s3:::src/a b+c", "s3:PutObject arn:aws:s3:::b/k"],
    ),
    (
        "s3:UploadPartCopy",
        {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "src", "Key": "q"}},
        ["s3:GetObject arn:aws:s3:::src/q", "s3:PutObject arn:aws:s3:::b/k"],
    ),
    (
        "s3:DeleteObjects",
        {"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2", "VersionId": "v"}]}},
        ["s3:DeleteObject arn:aws:s3:::b/1", "s3:DeleteObjectVersion arn:aws:s3:::b/2"],
    ),
    (
        "s3:CreateBucket",
        {"Bucket": "b", "ObjectLockEnabledForBucket": True, "CreateBucketConfiguration": {"Tags": tags(a="b")}},
        [
            "s3:CreateBucket arn:aws:s3:::b",
            "s3:PutBucketVersioning arn:aws:s3:::b",
            "s3:PutBucketObjectLockConfiguration arn:aws:s3:::b",
            "s3:TagResource arn:aws:s3:::b",
        ],
    ),
    (
        "s3:PutBucketReplication",
        {"Bucket": "b", "ReplicationConfiguration": {"Role": X_ROLE}},
        ["s3:PutReplicationConfiguration arn:aws:s3:::b", f"iam:PassRole {X_ROLE}"],
    ),
    ("s3control:PutPublicAccessBlock", {"AccountId": A}, ["s3:PutAccountPublicAccessBlock *"]),
    ("iam:ListUsers", {}, [f"iam:ListUsers {IAM}:user/"]),
    ("iam:ListRoles", {"PathPrefix": "/team/"}, [f"iam:ListRoles {IAM}:role/team/"]),
    ("iam:CreateUser", {"UserName": "new", "Path": "/p/"}, [f"iam:CreateUser {IAM}:user/p/new"]),
    ("iam:CreateAccessKey", {}, [f"iam:CreateAccessKey {IAM}:user/alice"]),
    ("iam:GetUser", {"UserName": "bob"}, [f"iam:GetUser {IAM}:user/bob"]),
    ("iam:AddUserToGroup", {"UserName": "bob", "GroupName": "g"}, [f"iam:AddUserToGroup {IAM}:group/g"]),
    ("iam:GetAccountSummary", {}, ["iam:GetAccountSummary *"]),
    (
        "iam:CreateRole",
        {"RoleName": "r", "Tags": tags(a="b")},
        [f"iam:CreateRole {IAM}:role/r", f"iam:TagRole {IAM}:role/r"],
    ),
    (
        "iam:AttachRolePolicy",
        {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        [f"iam:AttachRolePolicy {IAM}:role/r"],
    ),
    ("iam:GetPolicy", {"PolicyArn": f"{IAM}:policy/p"}, [f"iam:GetPolicy {IAM}:policy/p"]),
    ("iam:CreatePolicy", {"PolicyName": "p"}, [f"iam:CreatePolicy {IAM}:policy/p"]),
    (
        "iam:AddRoleToInstanceProfile",
        {"InstanceProfileName": "i", "RoleName": "x"},
        [f"iam:AddRoleToInstanceProfile {IAM}:instance-profile/i", f"iam:PassRole {X_ROLE}"],
    ),
    (
        "iam:CreateServiceLinkedRole",
        {"AWSServiceName": "ecs.amazonaws.com"},
        [f"iam:CreateServiceLinkedRole {IAM}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"],
    ),
    (
        "iam:CreateOpenIDConnectProvider",
        {"Url": "https://idp.example.com/x"},
        [f"iam:CreateOpenIDConnectProvider {IAM}:oidc-provider/idp.example.com/x"],
    ),
    (
        "iam:SimulatePrincipalPolicy",
        {"PolicySourceArn": f"{IAM}:role/r"},
        [f"iam:SimulatePrincipalPolicy {IAM}:role/r"],
    ),
    ("sts:GetCallerIdentity", {}, ["sts:GetCallerIdentity *"]),
    ("sts:GetSessionToken", {}, ["sts:GetSessionToken *"]),
    ("sts:GetFederationToken", {"Name": "f"}, [f"sts:GetFederationToken arn:aws:sts::{A}:federated-user/f"]),
    ("sts:AssumeRole", {"RoleArn": X_ROLE}, [f"sts:AssumeRole {X_ROLE}"]),
    (
        "sts:AssumeRole",
        {"RoleArn": X_ROLE, "Tags": tags(a="b"), "SourceIdentity": "me", "ProvidedContexts": [{}]},
        [
            f"sts:AssumeRole {X_ROLE}",
            f"sts:TagSession {X_ROLE}",
            f"sts:SetSourceIdentity {X_ROLE}",
            f"sts:SetContext {X_ROLE}",
        ],
    ),
    ("cloudtrail:LookupEvents", {}, ["cloudtrail:LookupEvents *"]),
    ("cloudtrail:StartLogging", {"Name": "t"}, [f"cloudtrail:StartLogging arn:aws:cloudtrail:{R}:{A}:trail/t"]),
    (
        "cloudtrail:CreateTrail",
        {"Name": "t", "TagsList": tags(a="b"), "CloudWatchLogsRoleArn": X_ROLE},
        [
            f"cloudtrail:CreateTrail arn:aws:cloudtrail:{R}:{A}:trail/t",
            f"cloudtrail:AddTags arn:aws:cloudtrail:{R}:{A}:trail/t",
            f"iam:PassRole {X_ROLE}",
        ],
    ),
    (
        "sqs:SendMessageBatch",
        {"QueueUrl": f"https://sqs.{R}.amazonaws.com/{OTHER}/jobs"},
        [f"sqs:SendMessage arn:aws:sqs:{R}:{OTHER}:jobs"],
    ),
    (
        "sqs:CreateQueue",
        {"QueueName": "jobs", "tags": {"a": "b"}},
        [f"sqs:CreateQueue arn:aws:sqs:{R}:{A}:jobs", f"sqs:TagQueue arn:aws:sqs:{R}:{A}:jobs"],
    ),
    ("sns:PublishBatch", {"TopicArn": f"arn:aws:sns:{R}:{A}:t"}, [f"sns:Publish arn:aws:sns:{R}:{A}:t"]),
    ("sns:CreateTopic", {"Name": "t"}, [f"sns:CreateTopic arn:aws:sns:{R}:{A}:t"]),
    ("sns:Unsubscribe", {"SubscriptionArn": f"arn:aws:sns:{R}:{A}:t:1-2"}, [f"sns:Unsubscribe arn:aws:sns:{R}:{A}:t"]),
    (
        "lambda:CreateFunction",
        {"FunctionName": "f", "Role": X_ROLE, "Tags": {"a": "b"}},
        [
            f"lambda:CreateFunction arn:aws:lambda:{R}:{A}:function:f",
            f"lambda:TagResource arn:aws:lambda:{R}:{A}:function:f",
            f"iam:PassRole {X_ROLE}",
        ],
    ),
    (
        "lambda:Invoke",
        {"FunctionName": "f", "Qualifier": "live"},
        [f"lambda:InvokeFunction arn:aws:lambda:{R}:{A}:function:f:live"],
    ),
    (
        "lambda:GetFunction",
        {"FunctionName": f"{OTHER}:function:f"},
        [f"lambda:GetFunction arn:aws:lambda:{R}:{OTHER}:function:f"],
    ),
    (
        "dynamodb:Query",
        {"TableName": "t", "IndexName": "i"},
        [f"dynamodb:Query arn:aws:dynamodb:{R}:{A}:table/t/index/i"],
    ),
    (
        "dynamodb:TransactWriteItems",
        {"TransactItems": [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]},
        [
            f"dynamodb:PutItem arn:aws:dynamodb:{R}:{A}:table/a",
            f"dynamodb:ConditionCheckItem arn:aws:dynamodb:{R}:{A}:table/b",
        ],
    ),
    (
        "dynamodb:ExecuteStatement",
        {"Statement": 'update "Music" set x=1'},
        [f"dynamodb:PartiQLUpdate arn:aws:dynamodb:{R}:{A}:table/Music"],
    ),
    ("dynamodb:ListTables", {}, ["dynamodb:ListTables *"]),
    ("kms:CreateKey", {}, ["kms:CreateKey *"]),
    ("kms:Encrypt", {"KeyId": "1234"}, [f"kms:Encrypt arn:aws:kms:{R}:{A}:key/1234"]),
    (
        "kms:ReEncrypt",
        {"SourceKeyId": "1", "DestinationKeyId": "2"},
        [f"kms:ReEncryptFrom arn:aws:kms:{R}:{A}:key/1", f"kms:ReEncryptTo arn:aws:kms:{R}:{A}:key/2"],
    ),
    (
        "kms:CreateAlias",
        {"AliasName": "alias/a", "TargetKeyId": "1"},
        [f"kms:CreateAlias arn:aws:kms:{R}:{A}:alias/a", f"kms:CreateAlias arn:aws:kms:{R}:{A}:key/1"],
    ),
    (
        "secretsmanager:GetSecretValue",
        {"SecretId": "db"},
        [f"secretsmanager:GetSecretValue arn:aws:secretsmanager:{R}:{A}:secret:db-??????"],
    ),
    (
        "logs:CreateLogGroup",
        {"logGroupName": "/x", "tags": {"a": "b"}},
        [
            f"logs:CreateLogGroup arn:aws:logs:{R}:{A}:log-group:/x:log-stream:",
            f"logs:TagResource arn:aws:logs:{R}:{A}:log-group:/x",
        ],
    ),
    (
        "ec2:CreateTags",
        {"Resources": ["vpc-1", "i-2"]},
        [f"ec2:CreateTags arn:aws:ec2:{R}:{A}:vpc/vpc-1", f"ec2:CreateTags arn:aws:ec2:{R}:{A}:instance/i-2"],
    ),
    ("ec2:DescribeInstances", {"InstanceIds": ["i-1"]}, ["ec2:DescribeInstances *"]),
    (
        "ec2:TerminateInstances",
        {"InstanceIds": ["i-1", "i-2"]},
        [f"ec2:TerminateInstances arn:aws:ec2:{R}:{A}:instance/i-{n}" for n in (1, 2)],
    ),
    (
        "ec2:CreateVpc",
        {"TagSpecifications": [{"ResourceType": "vpc", "Tags": tags(a="b")}]},
        [f"ec2:CreateVpc arn:aws:ec2:{R}:{A}:vpc/*", f"ec2:CreateTags arn:aws:ec2:{R}:{A}:vpc/*"],
    ),
    (
        "ecs:RegisterTaskDefinition",
        {"family": "f", "taskRoleArn": X_ROLE, "executionRoleArn": f"{IAM}:role/y"},
        [
            f"ecs:RegisterTaskDefinition arn:aws:ecs:{R}:{A}:task-definition/f:*",
            f"iam:PassRole {X_ROLE}",
            f"iam:PassRole {IAM}:role/y",
        ],
    ),
    (
        "events:PutTargets",
        {"Rule": "r", "Targets": [{"Id": "1", "Arn": "x", "RoleArn": X_ROLE}]},
        [f"events:PutTargets arn:aws:events:{R}:{A}:rule/r", f"iam:PassRole {X_ROLE}"],
    ),
    (
        "stepfunctions:CreateStateMachine",
        {"name": "m", "roleArn": X_ROLE},
        [f"states:CreateStateMachine arn:aws:states:{R}:{A}:stateMachine:m", f"iam:PassRole {X_ROLE}"],
    ),
    ("ssm:GetParameters", {"Names": ["/a/b"]}, [f"ssm:GetParameters arn:aws:ssm:{R}:{A}:parameter/a/b"]),
    (
        "route53:ChangeResourceRecordSets",
        {"HostedZoneId": "/hostedzone/Z1"},
        ["route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1"],
    ),
    (
        "cloudformation:CreateStack",
        {"StackName": "s"},
        [f"cloudformation:CreateStack arn:aws:cloudformation:{R}:{A}:stack/s/*"],
    ),
    (
        "elbv2:CreateLoadBalancer",
        {"Name": "lb", "Type": "network"},
        [f"elasticloadbalancing:CreateLoadBalancer arn:aws:elasticloadbalancing:{R}:{A}:loadbalancer/net/lb/*"],
    ),
    ("cloudwatch:PutMetricData", {"Namespace": "x"}, ["cloudwatch:PutMetricData *"]),
]


@pytest.mark.parametrize(("call", "params", "expected"), ROWS, ids=[f"{row[0]}-{n}" for n, row in enumerate(ROWS)])
def test_a_call_needs_these_checks(call: str, params: dict[str, Any], expected: list[str]) -> None:
    assert asked(call, params) == expected


def test_rest_apis_of_api_gateway_are_methods_on_paths() -> None:
    assert asked("apigateway:CreateRestApi", method="POST", path="/restapis") == [
        f"apigateway:POST arn:aws:apigateway:{R}::/restapis"
    ]


def test_an_instance_is_started_from_many_things() -> None:
    found = asked(
        "ec2:RunInstances", {"ImageId": "ami-1", "SecurityGroupIds": ["sg-1", "sg-2"], "SubnetId": "subnet-1"}
    )
    kinds = [text.rpartition(":")[2] for text in found]
    assert sorted(kinds) == sorted(
        [
            "image/ami-1",
            "security-group/sg-1",
            "security-group/sg-2",
            "subnet/subnet-1",
            "instance/*",
            "network-interface/*",
            "volume/*",
        ]
    )
    assert f"ec2:RunInstances arn:aws:ec2:{R}::image/ami-1" in found


def test_the_stored_path_of_a_role_or_user_counts() -> None:
    world = Known(roles={"r": f"{IAM}:role/team/r"}, users={"bob": f"{IAM}:user/ops/bob"})
    assert asked("iam:DeleteRole", {"RoleName": "r"}, world=world) == [f"iam:DeleteRole {IAM}:role/team/r"]
    assert asked("iam:GetUser", {"UserName": "bob"}, world=world) == [f"iam:GetUser {IAM}:user/ops/bob"]
    assert asked("sts:AssumeRole", {"RoleArn": f"{IAM}:role/r"}, world=world) == [f"sts:AssumeRole {IAM}:role/team/r"]


def test_a_key_is_found_by_its_alias() -> None:
    key = f"arn:aws:kms:{R}:{OTHER}:key/1"
    check = only("kms:Decrypt", {"KeyId": "alias/a"}, world=Known(keys={"alias/a": key}))
    assert (check.resource, check.account) == (key, OTHER)


def test_a_bucket_belongs_to_its_owner_whoever_asks() -> None:
    world = Known(owners={"theirs": OTHER})
    assert only("s3:GetObject", {"Bucket": "theirs", "Key": "k"}, world=world).account == OTHER
    checks = question("s3:CopyObject", {"Bucket": "mine", "Key": "k", "CopySource": "theirs/k"}, world=world).checks
    assert [check.account for check in checks] == [OTHER, None]


def test_an_object_encrypted_with_a_key_needs_the_key_through_s3() -> None:
    checks = question("s3:PutObject", {"Bucket": "b", "Key": "k", "SSEKMSKeyId": "1234"}).checks
    assert [check.action for check in checks] == ["s3:PutObject", "kms:GenerateDataKey"]
    assert checks[1].resource == f"arn:aws:kms:{R}:{A}:key/1234"
    assert checks[1].context["kms:ViaService"] == f"s3.{R}.amazonaws.com"
    assert "kms:ViaService" not in checks[0].context


def test_a_mapping_to_a_function_says_which_function() -> None:
    check = only(
        "lambda:CreateEventSourceMapping", {"FunctionName": "f", "EventSourceArn": "arn:aws:sqs:eu-west-1:1:q"}
    )
    assert (check.resource, check.context["lambda:FunctionArn"]) == ("*", f"arn:aws:lambda:{R}:{A}:function:f")


def test_each_key_of_a_bulk_deletion_decides_for_itself() -> None:
    checks = question("s3:DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2"}]}}).checks
    assert [check.item for check in checks] == ["1", "2"]


def test_a_role_session_without_user_name_is_no_user() -> None:
    assert asked("iam:GetUser", caller=CI) == ["iam:GetUser *"]


def test_a_role_in_an_instance_profile_is_passed_to_ec2() -> None:
    found = question(
        "ec2:RunInstances",
        {"ImageId": "ami-1", "IamInstanceProfile": {"Name": "web"}},
        world=Known(profiles={"web": X_ROLE}),
    ).checks[-1]
    assert (found.action, found.resource) == ("iam:PassRole", X_ROLE)
    assert found.context["iam:PassedToService"] == "ec2.amazonaws.com"


def test_a_role_is_not_passed_by_reading_or_by_managing_it() -> None:
    assert asked("iam:UpdateAssumeRolePolicy", {"RoleName": "x", "PolicyDocument": "{}"}) == [
        f"iam:UpdateAssumeRolePolicy {X_ROLE}"
    ]
    assert not any("PassRole" in text for text in asked("ecs:DescribeServices", {"services": [X_ROLE]}))


def test_what_cannot_be_told_is_asked_for_everything_and_said_to_be_inexact() -> None:
    unknown = question("logs:TagResource", {"resourceArn": "what?"})
    assert [check.resource for check in unknown.checks] == ["*"]
    assert not unknown.exact
    assert question("iam:MadeUpCall", {}).exact is False


def test_every_s3_operation_has_an_action_that_the_reference_knows() -> None:
    reference = reference_of("s3")
    assert reference is not None
    elsewhere = {
        "ListBuckets",
        "ListDirectoryBuckets",
        "CreateSession",
        "RenameObject",
        "WriteGetObjectResponse",
        "DeleteObjects",
    }
    for operation in set(model_of("s3").operation_names) - elsewhere:
        action = BUCKET.get(operation) or OBJECT.get(operation) or operation
        assert reference.action(action) is not None, operation
    assert all(reference.action(versioned(action)) is not None for action in VERSIONED)


def test_access_levels_come_from_the_reference() -> None:
    assert access_level("iam", "CreateRole") == "Write"
    assert access_level("iam", "AttachRolePolicy") == "Permissions management"
    assert access_level("stepfunctions", "ListStateMachines") == "List"
    assert access_level("sts", "MadeUp") is None
