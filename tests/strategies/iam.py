"""Generated authorisation cases in the form of the cases file, biased so that statements match or nearly do.

Everything is drawn from small pools: two accounts, a few principals, actions, resources and condition keys.
A case is a function of a seed, which makes a million of them cheap; Hypothesis draws the seeds.
"""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

A, B, C = "111111111111", "222222222222", "333333333333"
USER, OTHER_USER, ROLE = f"arn:aws:iam::{A}:user/alice", f"arn:aws:iam::{A}:user/bob", f"arn:aws:iam::{A}:role/team/app"
SESSION, OTHER_SESSION = f"arn:aws:sts::{A}:assumed-role/app/ci", f"arn:aws:sts::{A}:assumed-role/app/other"
FEDERATED, ROOT = f"arn:aws:sts::{A}:federated-user/feddie", f"arn:aws:iam::{A}:root"
PROVIDER, TARGET = f"arn:aws:iam::{A}:oidc-provider/idp.example.com", "role/target"

CALLERS: list[dict[str, Any]] = [
    {"principal": USER, "principal_kind": "user"},
    {"principal": SESSION, "principal_kind": "role-session", "issuer": ROLE},
    {"principal": SESSION, "principal_kind": "role-session", "issuer": ROLE, "service_linked_role": True},
    {"principal": FEDERATED, "principal_kind": "federated-user", "issuer": USER},
    {"principal": ROOT, "principal_kind": "root"},
    {"principal": "lambda.amazonaws.com", "principal_kind": "service"},
    {"principal": "anonymous", "principal_kind": "anonymous"},
    {"principal": PROVIDER, "principal_kind": "web-identity"},
]

ASKED = [
    ("s3:GetObject", "arn:aws:s3:::bucket/a/b"),
    ("s3:GetObject", "arn:aws:s3:::bucket/alice/x*y"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::bucket"),
    ("s3:ListAllMyBuckets", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:{owner}:jobs"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:{owner}:key/1234"),
    ("kms:ListKeys", "*"),
    ("sts:AssumeRole", "arn:aws:iam::{owner}:role/target"),
    ("sts:TagSession", "arn:aws:iam::{owner}:role/target"),
    ("sts:GetCallerIdentity", "*"),
    ("sts:GetSessionToken", "*"),
    ("iam:GetRole", "arn:aws:iam::{owner}:role/target"),
    ("ec2:RunInstances", "arn:aws:ec2:us-east-1:{owner}:instance/*"),
]

KEYS = [
    "aws:username",
    "aws:PrincipalTag/team",
    "aws:TagKeys",
    "aws:CurrentTime",
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:PrincipalArn",
    "s3:max-keys",
]

VALUES: dict[str, list[Any]] = {
    "aws:username": ["alice", "bob", "", "a*"],
    "aws:PrincipalTag/team": ["red", "Red", "*", "re?"],
    "aws:TagKeys": [["a"], ["a", "b"], ["b", "c"], [], [""]],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00+02:00", "1767225600", "yesterday"],
    "aws:SourceIp": ["203.0.113.9", "2001:db8::1", "nowhere"],
    "aws:SecureTransport": ["true", "false", "True"],
    "aws:PrincipalArn": [USER, ROLE, "not an arn"],
    "s3:max-keys": ["10", "10.0", "9", "-1", "many"],
}

WANTED = {
    "String": [
        "alice",
        "Red",
        "re?",
        "a*",
        "*",
        "",
        "${aws:username}",
        "${aws:PrincipalTag/team, 'red'}",
        "${*}",
        "a",
        "b",
        "true",
    ],
    "Numeric": ["10", "9.5", "-1", "lots", "010"],
    "Date": ["2026-01-01T00:00:00Z", "2026-06-01T10:00:00Z", "2026", "2026-06", "1767225600", "never"],
    "Bool": ["true", "false", "TRUE", "maybe", "${aws:SecureTransport}"],
    "Ip": ["203.0.113.0/24", "203.0.113.9", "2001:db8::/32", "0.0.0.0/0", "elsewhere"],
    "Arn": [
        USER,
        f"arn:aws:iam::{A}:role/*",
        "arn:aws:iam::*:user/${aws:username}",
        "arn:*:*:*:*:*",
        "short",
        "arn:aws:iam::*",
    ],
    "Binary": ["YWxpY2U=", "!!"],
}

OPERATORS = {
    "String": [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ],
    "Numeric": [
        "Numeric" + o for o in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ],
    "Date": [
        "Date" + o for o in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ],
    "Bool": ["Bool"],
    "Ip": ["IpAddress", "NotIpAddress"],
    "Arn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    "Binary": ["BinaryEquals"],
}

NATURAL_KEYS = {
    "String": ["aws:username", "aws:PrincipalTag/team", "aws:TagKeys"],
    "Numeric": ["s3:max-keys"],
    "Date": ["aws:CurrentTime"],
    "Bool": ["aws:SecureTransport"],
    "Ip": ["aws:SourceIp"],
    "Arn": ["aws:PrincipalArn"],
    "Binary": ["aws:PrincipalTag/team"],
}

ACTIONS = [
    "*",
    "s3:*",
    "S3:Get*",
    "s3:GetObjec?",
    "s3:getobject",
    "sqs:SendMessage",
    "kms:*",
    "sts:*",
    "sts:AssumeRole",
    "iam:*",
    "*:*",
    "s3:List*",
    "ec2:*",
]
RESOURCES = [
    "*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:::*/a/?",
    "arn:aws:s3:::bucket/alice/x${*}y",
    "arn:*:sqs:*:*:jobs",
    f"arn:aws:sqs:us-east-1:{A}:*",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:iam::*:role/*",
    f"arn:aws:iam::{A}:role/target",
    "arn:aws:ec2:*:*:instance/*",
    "arn:AWS:S3:::bucket/a/b",
    "arn:aws:s3:::bucket/${aws:TagKeys}/b",
]
PRINCIPALS: list[Any] = [
    "*",
    {"AWS": "*"},
    {"AWS": A},
    {"AWS": f"arn:aws:iam::{A}:root"},
    {"AWS": USER},
    {"AWS": OTHER_USER},
    {"AWS": ROLE},
    {"AWS": SESSION},
    {"AWS": OTHER_SESSION},
    {"AWS": FEDERATED},
    {"AWS": C},
    {"AWS": "AIDAEXAMPLEEXAMPLE123"},
    {"Service": "lambda.amazonaws.com"},
    {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
    {"Federated": PROVIDER},
    {"AWS": [USER, ROLE]},
]
NOT_PRINCIPALS: list[Any] = [
    {"AWS": [USER, A]},
    {"AWS": [USER]},
    {"AWS": [A]},
    {"AWS": [ROLE, A]},
    {"AWS": [ROLE, A, SESSION]},
    {"AWS": [ROLE, A, OTHER_SESSION]},
    {"AWS": [FEDERATED, A]},
    "*",
    {"Service": "lambda.amazonaws.com"},
    {"AWS": [SESSION, A]},
]


def some(random: Random, pool: list[Any]) -> Any:
    return random.choice(pool) if random.random() < 0.6 else random.choices(pool, k=random.randint(1, 3))


def context(random: Random) -> dict[str, Any]:
    names = random.sample(KEYS, random.randint(0, 5))
    return {name: random.choice(VALUES[name]) for name in names}


def conditions(random: Random) -> dict[str, Any]:
    block: dict[str, Any] = {}
    for _ in range(random.choice([0, 0, 0, 1, 1, 2])):
        family = random.choice([*OPERATORS, "String", "String", "Null"])
        key = random.choice([*KEYS, "AWS:USERNAME"])
        if family == "Null":
            block.setdefault("Null", {})[key] = random.choice(["true", "false", True, False])
            continue
        if random.random() < 0.6:
            key = random.choice(NATURAL_KEYS[family])
        operator = random.choice(["", "", "ForAllValues:", "ForAnyValue:"])
        operator += random.choice(OPERATORS[family]) + random.choice(["", "", "IfExists"])
        block.setdefault(operator, {})[key] = some(random, WANTED[family])
    return block


def statement(
    random: Random, request: dict[str, Any], *, principal: bool = False, resource: bool = True
) -> dict[str, Any]:
    effect = "Allow" if random.random() < 0.8 else "Deny"
    written: dict[str, Any] = {"Effect": effect}
    action = [request["action"], request["action"].split(":")[0] + ":*", "*"] if random.random() < 0.7 else ACTIONS
    written["Action" if random.random() < 0.9 else "NotAction"] = some(random, action)
    if resource:
        pool = [request["resource"], "*"] if random.random() < 0.6 else RESOURCES
        written["Resource" if random.random() < 0.9 else "NotResource"] = some(random, pool)
    if principal and effect == "Deny" and random.random() < 0.4:
        written["NotPrincipal"] = random.choice(NOT_PRINCIPALS)
    elif principal:
        issuer = request.get("issuer", USER)
        own: list[Any] = [{"AWS": issuer}, {"AWS": request["principal"]}, {"AWS": A}, "*"]
        written["Principal"] = random.choice(own if random.random() < 0.6 else PRINCIPALS)
    block = conditions(random)
    if block:
        written["Condition"] = block
    return written


def document(
    random: Random, request: dict[str, Any], *, principal: bool = False, resource: bool = True
) -> dict[str, Any]:
    written = [statement(random, request, principal=principal, resource=resource) for _ in range(random.randint(1, 3))]
    version = "2012-10-17" if random.random() < 0.8 else "2008-10-17"
    return {"Version": version, "Statement": written}


def documents(random: Random, request: dict[str, Any], **kind: bool) -> list[dict[str, Any]]:
    return [document(random, request, **kind) for _ in range(random.choice([0, 1, 1, 2]))]


def levels(random: Random, request: dict[str, Any], *, principal: bool = False) -> list[list[dict[str, Any]]]:
    if random.random() < 0.75:
        return []
    full: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if principal:
        full["Principal"] = "*"
    base = {"Version": "2012-10-17", "Statement": [full]}
    made: list[list[dict[str, Any]]] = []
    for _ in range(random.randint(1, 3)):
        extra = [document(random, request, principal=principal)] if random.random() < 0.3 else []
        made.append([base, *extra] if random.random() < 0.8 else extra)
    return made


def request(random: Random) -> dict[str, Any]:
    owner = random.choice([A, A, B])
    action, resource = random.choice(ASKED)
    flags = ("principal_in_management_account", "resource_in_management_account")
    return {
        **random.choice(CALLERS),
        "action": action,
        "resource": resource.format(owner=owner),
        "resource_account": owner,
        "context": context(random),
        **{name: True for name in flags if random.random() < 0.1},
    }


def case(seed: int) -> dict[str, Any]:
    """The case that belongs to a seed."""
    random = Random(seed)
    asked = request(random)
    role = asked["action"].startswith("sts:")
    entity = asked["principal_kind"] in ("user", "role-session", "federated-user")
    return {
        "id": str(seed),
        "request": asked,
        "policies": {
            "identity": documents(random, asked) if entity else [],
            "boundary": [document(random, asked)] if entity and random.random() < 0.3 else [],
            "session": documents(random, asked) if entity and random.random() < 0.4 else None,
            "resource": document(random, asked, principal=True) if not role and random.random() < 0.7 else None,
            "trust": document(random, asked, principal=True, resource=False)
            if role and random.random() < 0.8
            else None,
            "scp": levels(random, asked),
            "rcp": levels(random, asked, principal=True),
        },
    }


def cases() -> st.SearchStrategy[dict[str, Any]]:
    """Cases of drawn seeds."""
    return st.integers(0, 2**48).map(case)
