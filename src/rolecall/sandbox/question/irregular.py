"""The services whose calls do not follow the reference by name: one small rule each.

Sources: each service's page in the Service Authorization Reference and its guide's table of API permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.general import check, general_question

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


def kms_question(asking: Asking) -> Question:
    """A key may be named by its id, its alias, or the ARN of either; what counts is the key behind it."""
    operation = asking.call.operation
    if operation == "ReEncrypt":
        source = _key_of_ciphertext(asking, asking.param("CiphertextBlob")) or _key(asking, "SourceKeyId")
        from_ = Check("kms:ReEncryptFrom", source, asking.owner_of(source), because="the source key is used")
        to = _key(asking, "DestinationKeyId")
        return Question((from_, Check("kms:ReEncryptTo", to, asking.owner_of(to))))
    if operation in ("CreateAlias", "UpdateAlias", "DeleteAlias"):
        return Question(tuple(_alias_checks(asking)))
    if asking.text("KeyId"):
        arn = _key(asking, "KeyId")
        return Question((Check(asking.action, arn, asking.owner_of(arn)),))
    used = _key_of_ciphertext(asking, asking.param("CiphertextBlob"))
    if used:
        return Question((Check(asking.action, used, asking.owner_of(used)),))
    return general_question(asking)


def _key_of_ciphertext(asking: Asking, blob: Any) -> str | None:
    if not isinstance(blob, bytes):
        return None
    return asking.world.ciphertext_key(asking.account, asking.call.region, blob)


def _key(asking: Asking, parameter: str) -> str:
    text = asking.text(parameter)
    found = asking.world.key_arn(asking.account, asking.call.region, text)
    if found or text.startswith("arn:"):
        return found or text
    return asking.arn("kms", text if text.startswith("alias/") else f"key/{text or '*'}")


def _alias_checks(asking: Asking) -> Iterator[Check]:
    name = asking.text("AliasName")
    yield Check(asking.action, asking.arn("kms", name))
    targets = [_key(asking, "TargetKeyId")] if asking.text("TargetKeyId") else []
    old = asking.world.key_arn(asking.account, asking.call.region, name)
    for arn in dict.fromkeys([*([old] if old else []), *targets]):
        yield Check(asking.action, arn, asking.owner_of(arn), because="the alias is of this key")


def secretsmanager_question(asking: Asking) -> Question:
    """A secret's ARN ends in six characters of AWS's choosing, so a name must be looked up."""
    operation, given = asking.call.operation, asking.text("SecretId")
    if operation == "CreateSecret":
        return Question(
            (check(asking, asking.action, asking.arn("secretsmanager", f"secret:{asking.text('Name')}-??????")),)
        )
    if operation == "BatchGetSecretValue":
        listed = asking.param("SecretIdList") or ()
        own = Check(asking.action, "*")
        return Question((own, *(check(asking, "secretsmanager:GetSecretValue", _secret(asking, s)) for s in listed)))
    if given:
        return Question((check(asking, asking.action, _secret(asking, given)),))
    return general_question(asking)


def _secret(asking: Asking, given: str) -> str:
    found = asking.world.secret_arn(asking.account, asking.call.region, given)
    if found or given.startswith("arn:"):
        return found or given
    return asking.arn("secretsmanager", f"secret:{given}-??????")


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


def dynamodb_question(asking: Asking) -> Question:
    """Tables by name or ARN; bulk and transaction calls need the single action for each table; PartiQL has its own."""
    operation = asking.call.operation
    bulk = tuple(_dynamodb_bulk(asking))
    if bulk:
        return Question(tuple(dict.fromkeys(bulk)))
    if operation == "DescribeEndpoints":
        return general_question(asking)
    table, index = asking.text("TableName"), asking.text("IndexName")
    if not table:
        return general_question(asking)
    arn = _table(asking, table)
    return Question((check(asking, asking.action, f"{arn}/index/{index}" if index else arn),))


def _table(asking: Asking, name: str) -> str:
    return name if name.startswith("arn:") else asking.arn("dynamodb", f"table/{name}")


def _dynamodb_bulk(asking: Asking) -> Iterator[Check]:
    operation = asking.call.operation
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for table in asking.param("RequestItems") or {}:
            yield check(asking, asking.action, _table(asking, table))
    if operation in ("TransactGetItems", "TransactWriteItems"):
        names = {"Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
        for item in asking.param("TransactItems") or ():
            for kind, what in item.items():
                yield check(
                    asking, f"dynamodb:{names.get(kind, 'ConditionCheckItem')}", _table(asking, what["TableName"])
                )
    for statement in _partiql(asking):
        verb = statement.split(None, 1)[0].capitalize() if statement.strip() else "Select"
        yield check(asking, f"dynamodb:PartiQL{verb}", _partiql_table(asking, statement))


def _partiql(asking: Asking) -> list[str]:
    operation = asking.call.operation
    if operation == "ExecuteStatement":
        return [asking.text("Statement")]
    entries: Any = asking.param("Statements") or asking.param("TransactStatements") or ()
    return [entry.get("Statement", "") for entry in entries] if "Execute" in operation else []


def _partiql_table(asking: Asking, statement: str) -> str:
    words = statement.replace("(", " ").split()
    markers = [i for i, word in enumerate(words) if word.lower() in ("from", "into", "update")]
    if not markers or markers[0] + 1 >= len(words):
        return asking.arn("dynamodb", "table/*")
    name, _, index = words[markers[0] + 1].rstrip(";").replace('"', "").replace("'", "").partition(".")
    return asking.arn("dynamodb", f"table/{name}" + (f"/index/{index}" if index else ""))


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


_EC2_KINDS = {
    "acl": "network-acl",
    "ami": "image",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "r": "reservation",
    "rtb": "route-table",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""What the prefix of an EC2 id says about the resource's type in ARNs."""


def ec2_question(asking: Asking) -> Question:
    """Tags are put on ids of any type; starting an instance is about everything it is made from."""
    if asking.call.operation == "RunInstances":
        return _run_instances(asking)
    if asking.call.operation not in ("CreateTags", "DeleteTags"):
        return general_question(asking)
    ids = asking.param("Resources") or ()
    return Question(tuple(Check(asking.action, ec2_arn(asking, id_)) for id_ in ids) or (Check(asking.action, "*"),))


def _run_instances(asking: Asking) -> Question:
    """Each of these is checked, also where AWS picks a default. Source: EC2's example policies for RunInstances."""
    named = general_question(asking)
    kinds = {c.resource.split(":", 5)[-1].partition("/")[0] for c in named.checks}
    needed = ("instance", "network-interface", "security-group", "subnet", "volume")
    more = [asking.arn("ec2", f"{kind}/*") for kind in needed if kind not in kinds]
    return Question((*named.checks, *(check(asking, asking.action, arn) for arn in more)))


def ec2_arn(asking: Asking, id_: str) -> str:
    """The ARN of an EC2 resource by its id."""
    kind = _EC2_KINDS.get(id_.partition("-")[0], "*")
    return asking.arn("ec2", f"{kind}/{id_}", account="" if kind in ("image", "snapshot") else None)


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
