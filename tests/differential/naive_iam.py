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


def glob_source(pattern: str, context: dict[str, Any], variables: bool) -> str | None:
    return expand(pattern, context) if variables else regex(pattern).pattern.removesuffix(r"\Z")


def like(pattern: str, value: str, context: dict[str, Any], variables: bool) -> bool:
    source = glob_source(pattern, context, variables)
    return source is not None and re.match(source + r"\Z", value, re.DOTALL) is not None


def arn_like(pattern: str, value: str, context: dict[str, Any], variables: bool) -> bool:
    parts, actual = pattern.split(":", 5), value.split(":", 5)
    if len(parts) < 6 or len(actual) < 6:
        return False
    return all(like(part, got, context, variables) for part, got in zip(parts, actual, strict=True))


def same_text(base: str, value: str, wanted: str, context: dict[str, Any], variables: bool) -> bool:
    text = substitute(wanted, context) if variables else wanted
    if text is None:
        return False
    if base == "stringequals":
        return value == text
    if base == "bool" and value.lower() not in ("true", "false"):
        return False
    return value.lower() == text.lower()


def in_network(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def same_bytes(value: str, wanted: str) -> bool:
    try:
        return base64.b64decode(value, validate=True) == base64.b64decode(wanted, validate=True)
    except ValueError:
        return False


def ordered(base: str, value: str, wanted: str) -> bool:
    parse, order = (parse_decimal, base[7:]) if base.startswith("numeric") else (parse_date, base[4:])
    left, right = parse(value), parse(wanted)
    if left is None or right is None:
        return False
    return {
        "equals": left == right,
        "lessthan": left < right,
        "lessthanequals": left <= right,
        "greaterthan": left > right,
        "greaterthanequals": left >= right,
    }[order]


def compare(base: str, value: str, wanted: str, context: dict[str, Any], variables: bool) -> bool:
    """One request value against one policy value under a positive operator."""
    if base in ("stringequals", "stringequalsignorecase", "bool"):
        return same_text(base, value, wanted, context, variables)
    if base == "stringlike":
        return like(wanted, value, context, variables)
    if base in ("arnlike", "arnequals"):
        return arn_like(wanted, value, context, variables)
    if base == "ipaddress":
        return in_network(value, wanted)
    return same_bytes(value, wanted) if base == "binaryequals" else ordered(base, value, wanted)


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


def needs_nothing(request: dict[str, Any]) -> bool:
    kind, action = request["principal_kind"], request["action"].lower()
    if action == "sts:getcalleridentity":
        return kind in SIGNED
    return action == "sts:getsessiontoken" and kind in ("user", "root")


def must_grant(request: dict[str, Any]) -> bool:
    action, resource = request["action"].lower(), request["resource"]
    if action.startswith("kms:"):
        return resource.startswith("arn:aws:kms:") and ":key/" in resource
    return action in MUST_GRANT_STS and ":role/" in resource


def unlocks(request: dict[str, Any], account: str | None) -> bool:
    action = request["action"].lower()
    rescue = action in ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy")
    return request["principal_kind"] == "root" and account == request["resource_account"] and rescue


SIGNED = ("user", "role-session", "federated-user", "root")


def decide(request: dict[str, Any], policies: dict[str, Any]) -> str:
    """The decision for a request and policies in the form of the cases file."""
    if needs_nothing(request):
        return ALLOW
    kind, service = request["principal_kind"], request["action"].lower().split(":")[0]
    account = request["principal"].split(":")[4] if kind in SIGNED else None
    linked = request.get("service_linked_role", False)
    bounded = bool(policies["boundary"])

    def said(documents: list[dict[str, Any]], names: bool = False) -> Said:
        return Said(documents, request, names=names, bounded=bounded)

    document = policies["trust"] if policies["trust"] is not None and service == "sts" else policies["resource"]
    resource = said([] if document is None or unlocks(request, account) else [document], names=True)
    identity, boundary = said(policies["identity"]), said(policies["boundary"])
    session = said(policies["session"] or [])
    scps = [said(level) for level in policies["scp"]]
    if kind not in SIGNED or linked or request.get("principal_in_management_account"):
        scps = []
    rcps = [said(level, names=True) for level in policies["rcp"]]
    if linked or request.get("resource_in_management_account") or service not in RCP_SERVICES:
        rcps = []
    if any(s.denied for s in [resource, identity, boundary, session, *scps, *rcps]):
        return EXPLICIT
    if not all(s.allowed for s in [*scps, *rcps]):
        return IMPLICIT
    session_lets = session.allowed if policies["session"] is not None else kind != "federated-user"
    limits = kind == "root" or ((boundary.allowed or not bounded) and session_lets)
    own = kind == "root" or (identity.allowed and limits)
    return ALLOW if granted(request, account, resource, own=own, limits=limits) else IMPLICIT


def granted(request: dict[str, Any], account: str | None, resource: Said, *, own: bool, limits: bool) -> bool:
    """Whether the two sides together grant, nobody having denied."""
    kind = request["principal_kind"]
    if kind == "root" and request["action"].lower() == "sts:assumerole":
        return False
    if unlocks(request, account):
        return True
    if kind not in SIGNED:
        return resource.level == "direct"
    if account != request["resource_account"]:
        return own and resource.allowed
    if resource.level == "direct" or (resource.level == "issuer" and limits):
        return True
    return own and (resource.allowed or not must_grant(request))
