"""Which AWS service a request is for, and that service's model as botocore ships it.

A service is found by what the signature is scoped to; several services may share one signing name, and then the target
header, the API version or the path tells them apart. Unsigned requests say it themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ServiceModel

SHARED_SIGNING_NAMES: dict[str, tuple[str, ...]] = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "appconfig": ("appconfig", "appconfigdata"),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime", "bedrock-agent-runtime"),
    "bedrock-agentcore": ("bedrock-agentcore-control", "bedrock-agentcore"),
    "cloudhsm": ("cloudhsmv2", "cloudhsm"),
    "connect-campaigns": ("connectcampaigns", "connectcampaignsv2"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticloadbalancing": ("elbv2", "elb"),
    "es": ("opensearch", "es"),
    "execute-api": ("apigatewaymanagementapi",),
    "iotdata": ("iot-data",),
    "kinesisanalytics": ("kinesisanalyticsv2", "kinesisanalytics"),
    "kinesisvideo": ("kinesisvideo", "kinesis-video-archived-media"),
    "lex": ("lexv2-models",),
    "mediastore": ("mediastore", "mediastore-data"),
    "mgh": ("mgh", "migrationhub-config"),
    "personalize": ("personalize", "personalize-events", "personalize-runtime"),
    "rds": ("rds", "neptune", "docdb"),
    "s3": ("s3", "s3control"),
    "sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-metrics", "sagemaker-featurestore-runtime"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "ses": ("sesv2", "ses", "pinpoint-email"),
    "timestream": ("timestream-write", "timestream-query"),
}
"""Signing names that say too little. The services in the order in which they are tried."""

OTHER_NAMES: dict[str, str] = {
    "access-analyzer": "accessanalyzer",
    "aidevops": "devops-agent",
    "airflow": "mwaa",
    "aoss": "opensearchserverless",
    "aps": "amp",
    "aws-marketplace": "meteringmarketplace",
    "cassandra": "keyspaces",
    "cloudcontrolapi": "cloudcontrol",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "email": "ses",
    "eventbridge": "events",
    "geo": "location",
    "mobiletargeting": "pinpoint",
    "monitoring": "cloudwatch",
    "s3-outposts": "s3outposts",
    "servicequotas": "service-quotas",
    "sso": "sso-admin",
    "sso-oauth": "sso-oidc",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "transcribe": "transcribe",
    "wisdom": "qconnect",
}
"""Signing names that are not botocore's name of the service."""

PROTOCOLS = ("query", "ec2", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor")

GLOBAL_SERVICES = frozenset(
    {"iam", "route53", "cloudfront", "organizations", "budgets", "ce", "shield", "support", "account", "waf"}
)
"""Services with one endpoint for all regions: whatever a client signed, they run and are recorded in us-east-1."""


class UnknownService(Exception):
    """A service that botocore has no model of."""


@lru_cache(maxsize=1)
def loader() -> Loader:
    """botocore's loader of its own data files."""
    return Loader()


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """Every region of every partition that botocore knows."""
    partitions: Any = loader().load_data("endpoints")["partitions"]
    return frozenset(name for partition in partitions for name in partition["regions"])


@lru_cache(maxsize=512)
def model_of(service: str) -> ServiceModel:
    """The model of a service by botocore's name. Raises UnknownService."""
    try:
        data: dict[str, Any] = loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        raise UnknownService(service) from None
    return ServiceModel(data, service)


def protocols_of(model: ServiceModel) -> tuple[str, ...]:
    """Every protocol the service speaks, the preferred first. SQS still answers the query protocol of older clients."""
    listed: Sequence[str] = model.metadata.get("protocols") or [model.metadata["protocol"]]
    return tuple(listed)


@dataclass(frozen=True, slots=True)
class Clues:
    """What an unparsed request says about its service: from the signature's scope, headers, path and body."""

    scope: str = ""
    host: str = ""
    target: str = ""
    cbor_service: str = ""
    version: str = ""
    action: str = ""
    path: str = "/"


@lru_cache(maxsize=2048)
def _by_scope(scope: str) -> tuple[str, ...]:
    name = scope.lower()
    if name in SHARED_SIGNING_NAMES:
        return SHARED_SIGNING_NAMES[name]
    return (OTHER_NAMES.get(name, name),)


def candidates(clues: Clues) -> tuple[str, ...]:
    """botocore's names of the services the request may be for, the likeliest first. Empty when nothing tells."""
    found = _by_scope(clues.scope) if clues.scope else _unsigned(clues)
    if len(found) < 2:
        return found
    prefix = clues.target.partition(".")[0] or clues.cbor_service
    if prefix:
        return tuple(name for name in found if model_of(name).metadata.get("targetPrefix") == prefix) or found
    if clues.version:
        same = [name for name in found if model_of(name).metadata.get("apiVersion") == clues.version]
        return tuple(same) or found
    if found[0] == "s3":
        return ("s3control",) if clues.path.startswith("/v20180820/") else ("s3",)
    return found


_UNSIGNED_TARGETS = {
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}
_UNSIGNED_ACTIONS = {
    "AssumeRoleWithSAML": "sts",
    "AssumeRoleWithWebIdentity": "sts",
    "ConfirmSubscription": "sns",
    "Unsubscribe": "sns",
}


def _unsigned(clues: Clues) -> tuple[str, ...]:
    """The service of an unsigned request, so that it is refused (or answered) as that service would."""
    if clues.target:
        prefix = clues.target.partition(".")[0]
        return (_UNSIGNED_TARGETS.get(prefix) or _known_target(prefix),)
    if clues.cbor_service:
        return (_known_target(clues.cbor_service),)
    if clues.action:
        return (_UNSIGNED_ACTIONS.get(clues.action) or _VERSIONS.get(clues.version, "sts"),)
    return ("s3",)


_VERSIONS = {
    "2010-05-08": "iam",
    "2011-06-15": "sts",
    "2016-11-15": "ec2",
    "2012-11-05": "sqs",
    "2010-03-31": "sns",
    "2010-05-15": "cloudformation",
    "2014-10-31": "rds",
    "2015-12-01": "elbv2",
    "2011-01-01": "autoscaling",
    "2015-02-02": "elasticache",
    "2010-08-01": "cloudwatch",
}

_TARGETS = {
    "AmazonSQS": "sqs",
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
    "AmazonSSM": "ssm",
    "Logs_20140328": "logs",
    "AWSEvents": "events",
    "AWSStepFunctions": "stepfunctions",
    "AWSOrganizationsV20161128": "organizations",
    "CertificateManager": "acm",
    "Kinesis_20131202": "kinesis",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "GraniteServiceVersion20100801": "cloudwatch",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
}


def _known_target(prefix: str) -> str:
    return _TARGETS.get(prefix, prefix.lower())
