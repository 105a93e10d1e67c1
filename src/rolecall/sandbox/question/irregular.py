"""The services whose calls do not follow the reference by name: one small rule each.

Sources: each service's page in the Service Authorization Reference and its guide's table of API permissions.
"""

from __future__ import annotations

from collections.abc import Callable

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.dynamodb import dynamodb_question
from rolecall.sandbox.question.ec2 import ec2_question
from rolecall.sandbox.question.general import check, general_question
from rolecall.sandbox.question.kms import kms_question
from rolecall.sandbox.question.secretsmanager import secretsmanager_question

OTHER_ACTIONS: dict[str, dict[str, str]] = {
    "lambda": {
        "Invoke": "lambda:InvokeFunction",
        "InvokeAsync": "lambda:InvokeFunction",
        "InvokeWithResponseStream": "lambda:InvokeFunction",
        "GetLayerVersionByArn": "lambda:GetLayerVersion",
    },
    "sqs": {
        "SendMessageBatch": "sqs:SendMessage",
        "DeleteMessageBatch": "sqs:DeleteMessage",
        "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    },
    "sns": {"PublishBatch": "sns:Publish"},
    "s3control": {
        "GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
        "PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
        "DeletePublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    },
    "cloudfront": {"CreateDistributionWithTags": "cloudfront:CreateDistribution"},
    "bedrock-runtime": {
        "Converse": "bedrock:InvokeModel",
        "ConverseStream": "bedrock:InvokeModelWithResponseStream",
        "StartAsyncInvoke": "bedrock:InvokeModel",
    },
    "timestream-query": {"Query": "timestream:Select"},
    "apigatewaymanagementapi": {
        "PostToConnection": "execute-api:ManageConnections",
        "GetConnection": "execute-api:ManageConnections",
        "DeleteConnection": "execute-api:ManageConnections",
    },
    "budgets": {
        "DescribeBudget": "budgets:ViewBudget",
        "DescribeBudgets": "budgets:ViewBudget",
        "DescribeNotificationsForBudget": "budgets:ViewBudget",
        "DescribeSubscribersForNotification": "budgets:ViewBudget",
        "CreateBudget": "budgets:ModifyBudget",
        "UpdateBudget": "budgets:ModifyBudget",
        "DeleteBudget": "budgets:ModifyBudget",
        "CreateNotification": "budgets:ModifyBudget",
        "DeleteNotification": "budgets:ModifyBudget",
    },
    "dynamodbstreams": {"ListStreams": "dynamodb:ListStreams"},
}
"""Operations, by botocore's service, whose action has another name."""


def sqs_question(asking: Asking) -> Question:
    """A queue is named by its URL, which tells its owner too; or by its name, at first."""
    action = OTHER_ACTIONS["sqs"].get(asking.call.operation, asking.action)
    url, name = asking.text("QueueUrl"), asking.text("QueueName")
    if url:
        account, _, queue = url.rstrip("/").rpartition("/")
        owner = account.rpartition("/")[2]
        known = owner if owner.isdigit() else None
        return Question((check(asking, action, asking.arn("sqs", queue or url, account=known)),))
    if name:
        owner = asking.text("QueueOwnerAWSAccountId")
        return Question((check(asking, action, asking.arn("sqs", name, account=owner or None)),))
    return general_question(asking, action)


def lambda_question(asking: Asking) -> Question:
    """A function may be named by name, by part of its ARN, or by all of it, with a version or alias at the end."""
    action = OTHER_ACTIONS["lambda"].get(asking.call.operation, asking.action)
    given = asking.text("FunctionName")
    if not given or asking.call.operation == "ListEventSourceMappings":
        return general_question(asking, action)
    arn = _function(asking, given)
    if asking.call.operation == "CreateEventSourceMapping":
        return Question((Check(action, "*", keys={"lambda:FunctionArn": arn}),))
    return Question((check(asking, action, arn),))


def _function(asking: Asking, given: str) -> str:
    account, name = None, given
    if ":function:" in given:
        before, _, name = given.partition(":function:")
        account = before.rpartition(":")[2]
    qualifier = asking.text("Qualifier")
    resource = f"function:{name}" + (f":{qualifier}" if qualifier and ":" not in name else "")
    region = given.split(":")[3] if given.startswith("arn:") else None
    return asking.arn("lambda", resource, region=region, account=account)


def apigateway_question(asking: Asking) -> Question:
    """API Gateway's actions are HTTP methods, and its resources are paths of its API."""
    path = asking.call.http.path or "/"
    arn = f"arn:{asking.call.partition}:apigateway:{asking.call.region}::{path.removeprefix('/v2')}"
    return Question((Check(f"apigateway:{asking.call.http.method.upper()}", arn),))


def cloudtrail_question(asking: Asking) -> Question:
    """A trail is named by name or ARN, and is at home in one region whichever is asked."""
    name = asking.text("Name") or asking.text("TrailName")
    if not name or name.startswith("arn:") or not _about_trail(asking):
        return general_question(asking)
    found = asking.world.trail_arn(asking.account, asking.call.region, name)
    return Question((check(asking, asking.action, found or asking.arn("cloudtrail", f"trail/{name}")),))


def _about_trail(asking: Asking) -> bool:
    operation = asking.call.operation
    return operation.endswith(("Trail", "TrailStatus", "Logging", "EventSelectors", "InsightSelectors")) or bool(
        asking.text("TrailName")
    )


def logs_question(asking: Asking) -> Question:
    """Actions on a log group are checked against its ARN and `:log-stream:`, so that policies say `…:log-group:x:*`."""
    group = asking.text("logGroupName") or asking.text("logGroupIdentifier")
    if not group or "Tag" in asking.call.operation:
        return general_question(asking)
    base = group.removesuffix(":*") if group.startswith("arn:") else asking.arn("logs", f"log-group:{group}")
    stream = asking.text("logStreamName")
    return Question((check(asking, asking.action, f"{base}:log-stream:{stream}"),))


def sns_question(asking: Asking) -> Question:
    """A subscription is a matter of its topic."""
    action = OTHER_ACTIONS["sns"].get(asking.call.operation, asking.action)
    subscription = asking.text("SubscriptionArn")
    if subscription.count(":") == _SUBSCRIPTION_COLONS:
        return Question((check(asking, action, subscription.rpartition(":")[0]),))
    return general_question(asking, action)


_SUBSCRIPTION_COLONS = 6


def ecs_question(asking: Asking) -> Question:
    """A task definition may be named by family, family and revision, or ARN."""
    named = asking.text("taskDefinition")
    if asking.call.operation not in ("RunTask", "StartTask", "DeregisterTaskDefinition") or not named:
        return general_question(asking)
    revision = named if ":" in named else f"{named}:*"
    arn = named if named.startswith("arn:") else asking.arn("ecs", f"task-definition/{revision}")
    return Question((check(asking, asking.action, arn),))


def elbv2_question(asking: Asking) -> Question:
    """A load balancer's ARN tells its type, and ends in an id of AWS's choosing."""
    if asking.call.operation != "CreateLoadBalancer":
        return general_question(asking)
    kind = {"network": "net", "gateway": "gwy"}.get(asking.text("Type"), "app")
    arn = asking.arn("elasticloadbalancing", f"loadbalancer/{kind}/{asking.text('Name')}/*")
    return Question((check(asking, asking.action, arn),))


def renamed_question(asking: Asking) -> Question:
    """Services that only call some of their actions otherwise."""
    return general_question(asking, OTHER_ACTIONS[asking.call.service].get(asking.call.operation, ""))


RULES: dict[str, Callable[[Asking], Question]] = {
    **dict.fromkeys(OTHER_ACTIONS, renamed_question),
    "apigateway": apigateway_question,
    "apigatewayv2": apigateway_question,
    "cloudtrail": cloudtrail_question,
    "dynamodb": dynamodb_question,
    "ec2": ec2_question,
    "ecs": ecs_question,
    "elbv2": elbv2_question,
    "kms": kms_question,
    "lambda": lambda_question,
    "logs": logs_question,
    "secretsmanager": secretsmanager_question,
    "sns": sns_question,
    "sqs": sqs_question,
}
"""The rule of each service that has one, by botocore's name."""
