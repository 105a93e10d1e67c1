"""Where a service's requests go, and whether that is a sandbox of ours."""

from __future__ import annotations

import functools
import ipaddress
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.configprovider import ConfiguredEndpointProvider

from rolecall.roles.chain import Connection

HEALTH_PATH = "/_rolecall/health"
_HEALTH_TIMEOUT = 2.0

_ALIASES = {
    "alb": "elbv2", "appautoscaling": "application-autoscaling", "cloudwatchevents": "events",
    "cloudwatchlogs": "logs", "configservice": "config", "costandusagereportservice": "cur",
    "databasemigration": "dms", "databasemigrationservice": "dms", "deploy": "codedeploy",
    "elasticloadbalancing": "elb", "elasticloadbalancingv2": "elbv2", "elasticsearch": "es",
    "elasticsearchservice": "es", "eventbridge": "events", "managedgrafana": "grafana", "prometheus": "amp",
    "prometheusservice": "amp", "recyclebin": "rbin", "s3api": "s3", "sfn": "stepfunctions",
    "serverlessapplicationrepository": "serverlessrepo", "tagging": "resourcegroupstaggingapi",
    "resourcegroupstagging": "resourcegroupstaggingapi", "transcribeservice": "transcribe",
}  # fmt: skip
"""Names that Pulumi's provider accepts for an endpoint where boto3 has another."""


def endpoint_of(service: str, connection: Connection, sections: Mapping[str, Any], scoped: Mapping[str, Any]) -> str:
    """The URL that requests of a boto3 service go to, or "" for AWS's own.

    The provider's `endpoints` come first, then the environment, then the profile, as in Pulumi's provider.
    """
    configured = {canonical(name): url for name, url in connection.endpoints if url}
    if url := configured.get(canonical(service)):
        return url
    if url := os.environ.get(f"TF_AWS_{canonical(service).upper()}_ENDPOINT", ""):
        return url
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    found = ConfiguredEndpointProvider(full_config=sections, scoped_config=scoped, client_name=service)
    return found.provide() or ""


def canonical(service: str) -> str:
    """One spelling for a service's name: boto3's, without hyphens."""
    plain = service.replace("-", "").replace("_", "").lower()
    return _ALIASES.get(plain, plain).replace("-", "")


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_sandbox(url: str) -> bool:
    """Whether a URL is a sandbox of ours: on this machine, and answering as one.

    Asked once for each URL; one that did not answer is asked again.
    """
    if not url or not is_loopback(url):
        return False
    try:
        _sandbox_account(url.rstrip("/"))
    except _NotOurs:
        return False
    return True


class _NotOurs(Exception):
    """Not cached by lru_cache, so that a sandbox that starts late is found."""


@functools.lru_cache(maxsize=32)
def _sandbox_account(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https"):
        raise _NotOurs
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url + HEALTH_PATH, timeout=_HEALTH_TIMEOUT) as answer:
            facts = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise _NotOurs from error
    if not isinstance(facts, dict) or facts.get("service") != "rolecall-sandbox":
        raise _NotOurs
    return str(facts.get("account", ""))
