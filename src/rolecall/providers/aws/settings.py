"""A provider's inputs as what they mean: who to be, where, and how resources are treated."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.model.value import Value
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.spelling import BadInput, read
from rolecall.roles.chain import (
    DEFAULT_DURATION,
    Ambient,
    Base,
    Chain,
    Connection,
    Profile,
    Role,
    StaticKeys,
    WebIdentity,
)

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_ROLE_ARN = re.compile(r"^arn:[\w-]+:iam::\d{12}:role/.+$", re.ASCII)
_NAME = re.compile(r"^[\w+=,.@-]*$", re.ASCII)
_EXTERNAL_ID = re.compile(r"^[\w+=,.@:/\-]*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """One provider, configured. Tags as pairs, so that settings compare and hash."""

    chain: Chain = Chain()
    connection: Connection = Connection()
    default_tags: tuple[tuple[str, str], ...] = ()
    ignored_tag_keys: tuple[str, ...] = ()
    ignored_tag_prefixes: tuple[str, ...] = ()
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    skip_credentials_validation: bool = False
    skip_region_validation: bool = True
    skip_requesting_account: bool = False


def settings_of(inputs: Mapping[str, Value], line: Line) -> Settings:
    """Raises BadInput with the first thing that is wrong, in Pulumi's words where it has them."""
    given = read(inputs)
    if "allowedAccountIds" in given and "forbiddenAccountIds" in given:
        raise BadInput(
            'Conflicting configuration arguments. "allowed_account_ids": conflicts with forbidden_account_ids'
        )
    ignored = given.get("ignoreTags", {})
    return Settings(
        chain=Chain(_base(given), tuple(_roles(given, line))),
        connection=_connection(given),
        default_tags=_default_tags(given.get("defaultTags", {})),
        ignored_tag_keys=_texts(ignored.get("keys")) + _listed_env("TF_AWS_IGNORE_TAGS_KEYS"),
        ignored_tag_prefixes=_texts(ignored.get("keyPrefixes")) + _listed_env("TF_AWS_IGNORE_TAGS_KEY_PREFIXES"),
        allowed_accounts=_texts(given.get("allowedAccountIds")),
        forbidden_accounts=_texts(given.get("forbiddenAccountIds")),
        skip_credentials_validation=_flag(given, "skipCredentialsValidation", "AWS_SKIP_CREDENTIALS_VALIDATION"),
        skip_region_validation=bool(given.get("skipRegionValidation", True)),
        skip_requesting_account=bool(given.get("skipRequestingAccountId", False)),
    )


def _base(given: Mapping[str, Any]) -> Base:
    web = given.get("assumeRoleWithWebIdentity")
    if web:
        return _web_identity(web)
    if any(given.get(key) for key in ("accessKey", "secretKey", "token")):
        return StaticKeys(given.get("accessKey", ""), given.get("secretKey", ""), given.get("token", ""))
    config = _files(given.get("sharedConfigFiles"))
    single = [given["sharedCredentialsFile"]] if given.get("sharedCredentialsFile") else None
    credentials = _files(given.get("sharedCredentialsFiles") or single)
    if given.get("profile"):
        return Profile(given["profile"], config, credentials)
    skip = given.get("skipMetadataApiCheck")
    return Ambient(config, credentials, None if skip is None else not skip)


def _web_identity(web: Mapping[str, Any]) -> WebIdentity:
    if not web.get("roleArn"):
        raise BadInput("Assume Role With Web Identity: Role ARN was not set")
    token, path = web.get("webIdentityToken", ""), web.get("webIdentityTokenFile", "")
    if not token and not path:
        raise BadInput("One of WebIdentityToken, WebIdentityTokenFile must be set")
    if token and path:
        raise BadInput("Only one of WebIdentityToken, WebIdentityTokenFile can be set")
    return WebIdentity(
        web["roleArn"],
        path,
        token,
        web.get("sessionName", ""),
        _duration(web, "assume_role_with_web_identity.0.duration"),
        _policy(web.get("policy")),
        _texts(web.get("policyArns")),
    )


def _roles(given: Mapping[str, Any], line: Line) -> Iterator[Role]:
    blocks = list(given.get("assumeRoles", ()))
    if not blocks and given.get("assumeRole"):
        blocks = [given["assumeRole"]]
    for number, block in enumerate(blocks, 1):
        if not isinstance(block, Mapping):
            raise BadInput(f"expected aws:assumeRoles to hold objects, got {block!r}")
        if not block.get("roleArn"):
            if line.major == 5 and not any(block.values()):
                continue
            raise BadInput(f"Cannot assume IAM Role. IAM Role ARN not set in assume role {number} of {len(blocks)}")
        yield _role(block)


def _role(block: Mapping[str, Any]) -> Role:
    if not _ROLE_ARN.match(str(block["roleArn"])):
        raise BadInput(f"'{block['roleArn']}' is not the ARN of a role (arn:aws:iam::ACCOUNT:role/NAME)")
    _fits("assume_role.0.session_name", block.get("sessionName", ""), _NAME, (2, 64))
    _fits("assume_role.0.source_identity", block.get("sourceIdentity", ""), _NAME, (2, 64))
    _fits("assume_role.0.external_id", block.get("externalId", ""), _EXTERNAL_ID, (2, 1224))
    return Role(
        str(block["roleArn"]),
        session_name=block.get("sessionName") or "",
        external_id=block.get("externalId") or "",
        duration=_duration(block, "assume_role.0.duration"),
        policy=_policy(block.get("policy")),
        policy_arns=_texts(block.get("policyArns")),
        tags=tuple((str(k), str(v)) for k, v in (block.get("tags") or {}).items()),
        transitive_tag_keys=_texts(block.get("transitiveTagKeys")),
        source_identity=block.get("sourceIdentity") or "",
    )


def _fits(name: str, text: Any, pattern: re.Pattern[str], lengths: tuple[int, int]) -> None:
    if not text:
        return
    low, high = lengths
    length = len(str(text))
    if not low <= length <= high:  # the text itself is not shown: an external id may be a secret
        raise BadInput(f"expected length of {name} to be in the range ({low} - {high}), got {length} characters")
    if not pattern.match(str(text)):
        raise BadInput(f"invalid value for {name} (must match {pattern.pattern.strip('^$*')})")


def _policy(policy: Any) -> str:
    if isinstance(policy, Mapping):
        return json.dumps(policy)
    return str(policy) if policy else ""


def _duration(block: Mapping[str, Any], name: str) -> int:
    """Seconds of a Go duration text. Raises BadInput."""
    text = block.get("duration")
    if not text:
        seconds = float(block.get("durationSeconds") or DEFAULT_DURATION)
    elif isinstance(text, int | float):
        seconds = float(text)
    else:
        parts = _DURATION.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise BadInput(f'"{name}" cannot be parsed as a duration: time: invalid duration "{text}"')
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if not 900 <= seconds <= 12 * 3600:
        raise BadInput(
            f'duration "{text or int(seconds)}" must be between 15 minutes (15m) and 12 hours (12h), inclusive'
        )
    return int(seconds)


def _connection(given: Mapping[str, Any]) -> Connection:
    endpoints = [block for block in given.get("endpoints", ()) if isinstance(block, Mapping)]
    from_environment = os.environ.get("AWS_MAX_ATTEMPTS", "")
    attempts = given.get("maxRetries") or (int(from_environment) if from_environment.isdigit() else 0)
    return Connection(
        region=given.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "",
        sts_region=given.get("stsRegion", ""),
        endpoints=tuple(sorted((k, str(v)) for block in endpoints for k, v in block.items() if v)),
        insecure=given.get("insecure", False),
        ca_bundle=given.get("customCaBundle") or os.environ.get("AWS_CA_BUNDLE", ""),
        proxies=_proxies(given),
        max_attempts=attempts,
        retry_mode=given.get("retryMode", "") or os.environ.get("AWS_RETRY_MODE", ""),
        s3_path_style=given.get("s3UsePathStyle", False) or given.get("s3ForcePathStyle", False),
        s3_us_east_1_regional=given.get("s3UsEast1RegionalEndpoint", ""),
        dualstack=_flag(given, "useDualstackEndpoint", "AWS_USE_DUALSTACK_ENDPOINT"),
        fips=_flag(given, "useFipsEndpoint", "AWS_USE_FIPS_ENDPOINT"),
        agents=_agents(given.get("userAgents", ())),
    )


def _agents(products: Any) -> tuple[str, ...]:
    texts = [
        f"{p.get('productName', '')}/{p.get('productVersion', '')}".strip("/") if isinstance(p, Mapping) else str(p)
        for p in products
    ]
    appended = os.environ.get("TF_APPEND_USER_AGENT", "")
    return tuple(texts) + ((appended,) if appended else ())


def _proxies(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    http = given.get("httpProxy", "")
    https = given.get("httpsProxy", "") or http
    return tuple((scheme, url) for scheme, url in (("http", http), ("https", https)) if url)


def _default_tags(block: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    prefix = "TF_AWS_DEFAULT_TAGS_"
    tags = {key[len(prefix) :]: value for key, value in os.environ.items() if key.startswith(prefix)}
    tags.update({str(k): "" if v is None else str(v) for k, v in (block.get("tags") or {}).items()})
    return tuple(sorted(tags.items()))


def _files(paths: Any) -> tuple[str, ...]:
    return tuple(os.path.expanduser(str(path)) for path in paths or ())


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in values or ())


def _listed_env(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def _flag(given: Mapping[str, Any], name: str, variable: str) -> bool:
    if name in given:
        return bool(given[name])
    return os.environ.get(variable, "").lower() == "true"
