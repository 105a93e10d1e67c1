"""A second policy evaluator: slow, plain, over raw JSON, with regular expressions, from AWS's pages alone.

Written to be read beside the IAM User Guide's pages on policy evaluation, elements and condition operators. It shares
no code with `rolecall.iam` and knows nothing of how that works.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

ALLOW, EXPLICIT, IMPLICIT = "Allow", "ExplicitDeny", "ImplicitDeny"
MUST_GRANT_STS = {
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
}
RCP_SERVICES = {"s3", "sts", "sqs", "kms", "secretsmanager", "dynamodb", "ecr", "logs"}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    out = ""
    for character in pattern:
        out += ".*" if character == "*" else "." if character == "?" else re.escape(character)
    return re.compile(out + r"\Z", re.DOTALL | flags)


def context_get(context: dict[str, Any], key: str) -> Any:
    for name, value in context.items():
        if name.lower() == key.lower():
            return value
    return None


def expand(text: str, context: dict[str, Any]) -> str | None:
    """Variables replaced; the result is a regular expression source. None: a variable has no value."""
    out = ""
    while text:
        found = re.match(r"\$\{([^}]*)\}", text)
        if found is None:
            out += ".*" if text[0] == "*" else "." if text[0] == "?" else re.escape(text[0])
            text = text[1:]
            continue
        text = text[found.end() :]
        inside = found.group(1)
        if inside in ("*", "?", "$"):
            out += re.escape(inside)
            continue
        name, default = inside, None
        with_default = re.match(r"(.*?)\s*,\s*'(.*)'\s*\Z", inside)
        if with_default:
            name, default = with_default.group(1), with_default.group(2)
        value = context_get(context, name.strip())
        if not isinstance(value, str):
            value = default
        if value is None:
            return None
        out += re.escape(value)
    return out


def substitute(text: str, context: dict[str, Any]) -> str | None:
    """Variables replaced by text, nothing escaped."""
    missing = False

    def one(found: re.Match[str]) -> str:
        nonlocal missing
        inside = found.group(1)
        if inside in ("*", "?", "$"):
            return inside
        name, default = inside, None
        with_default = re.match(r"(.*?)\s*,\s*'(.*)'\s*\Z", inside)
        if with_default:
            name, default = with_default.group(1), with_default.group(2)
        value = context_get(context, name.strip())
        if not isinstance(value, str):
            value = default
        if value is None:
            missing = True
            return ""
        return str(value)

    replaced = re.sub(r"\$\{([^}]*)\}", one, text)
    return None if missing else replaced


def action_matches(statement: dict[str, Any], action: str) -> bool:
    if "Action" in statement:
        return any(regex(p, re.IGNORECASE).match(action) for p in as_list(statement["Action"]))
    return not any(regex(p, re.IGNORECASE).match(action) for p in as_list(statement["NotAction"]))


def one_resource_matches(pattern: str, arn: str, context: dict[str, Any], variables: bool) -> bool:
    if pattern == "*":
        return True
    wanted, actual = pattern.split(":", 5), arn.split(":", 5)
    if len(wanted) < 6 or len(actual) < 6 or wanted[0] != "arn":
        return False
    for i in range(1, 5):
        if not regex(wanted[i], re.IGNORECASE).match(actual[i]):
            return False
    source = expand(wanted[5], context) if variables else regex(wanted[5]).pattern.removesuffix(r"\Z")
    return source is not None and re.match(source + r"\Z", actual[5], re.DOTALL) is not None


def resource_matches(statement: dict[str, Any], arn: str, context: dict[str, Any], variables: bool) -> bool:
    if "Resource" in statement:
        return any(one_resource_matches(p, arn, context, variables) for p in as_list(statement["Resource"]))
    if "NotResource" in statement:
        return not any(one_resource_matches(p, arn, context, variables) for p in as_list(statement["NotResource"]))
    return True


def parse_date(text: str) -> Decimal | None:
    try:
        if re.fullmatch(r"\d{4}", text):
            return Decimal(int(datetime(int(text), 1, 1, tzinfo=UTC).timestamp()))
        if re.fullmatch(r"\d{4}-\d\d", text):
            text += "-01"
        if re.fullmatch(r"\d{4}-\d\d-\d\d.*", text):
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return Decimal(moment.timestamp())
        return Decimal(text)
    except (ValueError, InvalidOperation):
        return None


def parse_decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def compare(base: str, value: str, wanted: str, context: dict[str, Any], variables: bool) -> bool:
    """One request value against one policy value under a positive operator."""
    if base in ("stringequals", "stringequalsignorecase", "bool"):
        text = substitute(wanted, context) if variables else wanted
        if text is None:
            return False
        if base == "stringequals":
            return value == text
        if base == "bool":
            return value.lower() in ("true", "false") and value.lower() == text.lower()
        return value.lower() == text.lower()
    if base == "stringlike":
        source = expand(wanted, context) if variables else regex(wanted).pattern.removesuffix(r"\Z")
        return source is not None and re.match(source + r"\Z", value, re.DOTALL) is not None
    if base in ("arnlike", "arnequals"):
        parts, actual = wanted.split(":", 5), value.split(":", 5)
        if len(parts) < 6 or len(actual) < 6:
            return False
        for part, got in zip(parts, actual, strict=True):
            source = expand(part, context) if variables else regex(part).pattern.removesuffix(r"\Z")
            if source is None or re.match(source + r"\Z", got, re.DOTALL) is None:
                return False
        return True
    if base == "ipaddress":
        try:
            return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
        except ValueError:
            return False
    if base == "binaryequals":
        try:
            return base64.b64decode(value, validate=True) == base64.b64decode(wanted, validate=True)
        except ValueError:
            return False
    family, order = ("numeric", base[7:]) if base.startswith("numeric") else ("date", base[4:])
    left, right = (
        (parse_decimal(value), parse_decimal(wanted))
        if family == "numeric"
        else (parse_date(value), parse_date(wanted))
    )
    if left is None or right is None:
        return False
    return {
        "equals": left == right,
        "lessthan": left < right,
        "lessthanequals": left <= right,
        "greaterthan": left > right,
        "greaterthanequals": left >= right,
    }[order]


NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def condition_true(operator: str, key: str, wanted: list[str], context: dict[str, Any], variables: bool) -> bool:
    name = operator.lower()
    quantifier = ""
    for prefix in ("forallvalues:", "foranyvalue:"):
        if name.startswith(prefix):
            quantifier, name = prefix[:-1], name[len(prefix) :]
    value = context_get(context, key)
    if name == "null":
        return any((w.lower() == "true") == (value is None) for w in wanted)
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = name in NEGATED
    base = NEGATED.get(name, name)
    if value is None:
        if if_exists or quantifier == "forallvalues":
            return True
        return negated and not quantifier

    def passes(one: str) -> bool:
        hit = any(compare(base, one, w, context, variables) for w in wanted)
        return not hit if negated else hit

    if not quantifier:
        return isinstance(value, str) and passes(value)
    values = as_list(value)
    if quantifier == "foranyvalue":
        return any(passes(one) for one in values)
    if base.startswith("string") and values == [""]:
        return True
    return all(passes(one) for one in values)


def conditions_true(statement: dict[str, Any], context: dict[str, Any], variables: bool) -> bool:
    for operator, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            texts = [str(w).lower() if isinstance(w, bool) else str(w) for w in as_list(wanted)]
            if not condition_true(operator, key, texts, context, variables):
                return False
    return True


def principal_level(value_type: str, value: str, request: dict[str, Any]) -> str:
    kind, arn = request["principal_kind"], request["principal"]
    if value == "*" and value_type in ("*", "AWS"):
        return "direct"
    if value_type == "Service":
        return "direct" if kind == "service" and value == arn else "none"
    if value_type == "Federated":
        return "direct" if kind in ("web-identity", "saml") and value == arn else "none"
    if kind in ("service", "anonymous", "web-identity", "saml"):
        return "none"
    account = arn.split(":")[4]
    if value in (account, f"arn:aws:iam::{account}:root"):
        return "direct" if kind == "root" else "account"
    if value == arn:
        return "direct"
    return "issuer" if value == request.get("issuer") else "none"


ORDER = ["none", "account", "issuer", "direct"]


def statement_level(statement: dict[str, Any], request: dict[str, Any], bounded: bool) -> str:
    def values(element: Any) -> list[tuple[str, str]]:
        if element == "*":
            return [("*", "*")]
        return [(name, value) for name, some in element.items() for value in as_list(some)]

    if "Principal" in statement:
        return max((principal_level(n, v, request) for n, v in values(statement["Principal"])), key=ORDER.index)
    if "NotPrincipal" not in statement:
        return "none"
    listed = values(statement["NotPrincipal"])
    if statement["Effect"] == "Allow":
        hit = any(principal_level(n, v, request) != "none" for n, v in listed)
        return "none" if hit else "direct"
    if bounded:
        return "direct"
    if any(v == "*" for _, v in listed):
        return "none"
    levels = {principal_level(n, v, request) for n, v in listed}
    kind = request["principal_kind"]
    if kind == "role-session":
        own_sessions = request["principal"].rsplit("/", 1)[0] + "/"
        needs_own = any(v.startswith(own_sessions) for _, v in listed)
        spared = {"account", "issuer"} <= levels and (not needs_own or "direct" in levels)
    elif kind in ("user", "federated-user"):
        spared = {"account", "direct"} <= levels
    else:
        spared = "direct" in levels
    return "none" if spared else "direct"


class Said:
    """What some documents say: whether any Deny applies, and the closest level of an Allow that does."""

    def __init__(self, documents: list[dict[str, Any]], request: dict[str, Any], *, names: bool, bounded: bool) -> None:
        self.denied = False
        self.level = "none"
        for document in documents:
            variables = document.get("Version") == "2012-10-17"
            for statement in as_list(document["Statement"]):
                level = statement_level(statement, request, bounded) if names else "direct"
                applies = (
                    action_matches(statement, request["action"])
                    and resource_matches(statement, request["resource"], request["context"], variables)
                    and level != "none"
                    and conditions_true(statement, request["context"], variables)
                )
                if not applies:
                    continue
                if statement["Effect"] == "Deny":
                    self.denied = True
                elif ORDER.index(level) > ORDER.index(self.level):
                    self.level = level

    @property
    def allowed(self) -> bool:
        return self.level != "none"


def decide(request: dict[str, Any], policies: dict[str, Any]) -> str:
    """The decision for a request and policies in the form of the cases file."""
    kind, action = request["principal_kind"], request["action"].lower()
    service = action.split(":")[0]
    signed = kind in ("user", "role-session", "federated-user", "root")
    account = request["principal"].split(":")[4] if signed else None
    owner = request["resource_account"]
    if action == "sts:getcalleridentity" and signed:
        return ALLOW
    if action == "sts:getsessiontoken" and kind in ("user", "root"):
        return ALLOW
    linked = request.get("service_linked_role", False)
    bounded = bool(policies["boundary"])

    def said(documents: list[dict[str, Any]], names: bool = False) -> Said:
        return Said(documents, request, names=names, bounded=bounded)

    about_role = ":role/" in request["resource"] and service == "sts"
    document = policies["trust"] if policies["trust"] is not None and service == "sts" else policies["resource"]
    unlock = (
        kind == "root"
        and account == owner
        and action in ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy")
    )
    resource = said([] if document is None or unlock else [document], names=True)
    identity, boundary = said(policies["identity"]), said(policies["boundary"])
    session = said(policies["session"] or [])
    scps = [said(level) for level in policies["scp"]]
    if not signed or linked or request.get("principal_in_management_account"):
        scps = []
    rcps = [said(level, names=True) for level in policies["rcp"]]
    if linked or request.get("resource_in_management_account") or service not in RCP_SERVICES:
        rcps = []

    if any(s.denied for s in [resource, identity, boundary, session, *scps, *rcps]):
        return EXPLICIT
    if not all(s.allowed for s in [*scps, *rcps]):
        return IMPLICIT
    if kind == "root" and action == "sts:assumerole":
        return IMPLICIT
    if unlock:
        return ALLOW
    if not signed:
        return ALLOW if resource.level == "direct" else IMPLICIT

    limits = (boundary.allowed or not bounded) and (
        session.allowed if policies["session"] is not None else kind != "federated-user"
    )
    own = identity.allowed and limits
    if kind == "root":
        own = limits = True
    if account != owner:
        return ALLOW if own and resource.allowed else IMPLICIT
    if resource.level == "direct" or (resource.level == "issuer" and limits):
        return ALLOW
    key = request["resource"].startswith("arn:aws:kms:") and ":key/" in request["resource"] and service == "kms"
    must = (
        key
        or (about_role and action in MUST_GRANT_STS)
        or action
        in (
            "sts:assumerole",
            "sts:assumerolewithsaml",
            "sts:assumerolewithwebidentity",
        )
    )
    return ALLOW if own and (resource.allowed or not must) else IMPLICIT
