"""The environment that leads any AWS client to the sandbox and nowhere else."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping

from rolecall.sandbox.home import Home, Run, write_private

UNSET = (
    "AWS_ACCOUNT_ID",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Settings that lead elsewhere: other credentials, other endpoints, other rules for making endpoints."""

_HARMLESS = frozenset({"AWS_PAGER", "AWS_CLI_AUTO_PROMPT", "AWS_DEFAULT_OUTPUT", "AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"})
_LOCAL = ("127.0.0.1", "localhost")

FORMATS = ("sh", "bash", "zsh", "fish", "json", "profile")


def settings(home: Home, run: Run, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables to set. Proxies are told to leave the sandbox alone."""
    found = {
        "AWS_ENDPOINT_URL": run.endpoint,
        "AWS_ACCESS_KEY_ID": run.key_id,
        "AWS_SECRET_ACCESS_KEY": run.secret,
        "AWS_REGION": run.region,
        "AWS_DEFAULT_REGION": run.region,
        "AWS_CONFIG_FILE": str(home.config),
        "AWS_SHARED_CREDENTIALS_FILE": str(home.credentials),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CA_BUNDLE": str(home.authorities),
    }
    for name in ("NO_PROXY", "no_proxy"):
        listed = [item for item in environ.get(name, "").split(",") if item]
        if name == "NO_PROXY" or name in environ:
            found[name] = ",".join([*listed, *(host for host in _LOCAL if host not in listed)])
    return found


def unset_names(environ: Iterable[str], kept: Iterable[str]) -> tuple[str, ...]:
    """The variables to remove: those that are known to lead elsewhere, and any other AWS setting that is there."""
    wanted = set(kept)
    present = {name for name in environ if name.startswith("AWS_") and name not in _HARMLESS}
    return tuple(sorted((present | set(UNSET)) - wanted))


def write_config(home: Home, run: Run) -> None:
    """The AWS config file of the sandbox: every profile in it leads there."""
    head = "# Written by rolecall sandbox; the next start writes it anew.\n"
    write_private(home.config, head + profile(run, "default") + _S3_SETTINGS)
    write_private(home.credentials, "# Kept empty by rolecall sandbox.\n")


_S3_SETTINGS = "s3 =\n    signature_version = s3v4\n"
"""Presigned URLs of S3 are otherwise signed in the old way by some clients, which the sandbox refuses."""


def profile(run: Run, name: str = "rolecall") -> str:
    """A profile for an AWS config file, whose credentials come from `rolecall sandbox credentials`."""
    head = "[default]" if name == "default" else f"[profile {name}]"
    command = f"{shlex.quote(sys.executable)} -m rolecall sandbox credentials"
    lines = [head, f"region = {run.region}", f"endpoint_url = {run.endpoint}", f"credential_process = {command}"]
    return "\n".join(lines) + "\n"


def as_shell(values: Mapping[str, str], removed: Iterable[str]) -> str:
    """For `eval "$(rolecall sandbox env)"` in sh, bash and zsh."""
    lines = [f"unset {' '.join(removed)}"] + [f"export {name}={shlex.quote(text)}" for name, text in values.items()]
    return "\n".join(lines) + "\n"


def as_fish(values: Mapping[str, str], removed: Iterable[str]) -> str:
    """For `rolecall sandbox env --format fish | source`."""
    lines = [f"set -e {name}" for name in removed]
    lines += [f"set -gx {name} {_fish(text)}" for name, text in values.items()]
    return "\n".join(lines) + "\n"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
