"""Becoming a role: one hop of a chain, its session kept and renewed ahead of its end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from rolecall.roles.causes import likely, trust_document
from rolecall.roles.chain import Role, WebIdentity
from rolecall.roles.clients import KeySource
from rolecall.roles.errors import CredentialError, Hop, RoleError
from rolecall.roles.keys import Keys
from rolecall.roles.patience import Patience

AHEAD = timedelta(minutes=5)
"""How long before its end a session is renewed: boto3's advisory window."""

NOT_YET = frozenset({"AccessDenied", "AccessDeniedException", "InvalidClientTokenId"})
"""What STS answers while it does not know a new key, role or policy (spec 1.7)."""


class Caller(Protocol):
    """Makes one call as somebody (None: unsigned): service, operation, parameters. Raises botocore's errors."""

    def __call__(self, source: KeySource | None, service: str, operation: str, params: Mapping[str, Any]) -> Any: ...


Now = Callable[[], datetime]


def now() -> datetime:
    """The time, for comparing with expiries."""
    return datetime.now(UTC)


class Renewing(ABC):
    """Keys that end: fetched when first asked for, and again before they end, once for all threads."""

    def __init__(self, clock: Now = now) -> None:
        self._lock = threading.Lock()
        self._keys: Keys | None = None
        self._clock = clock
        self.arn = ""

    def keys(self) -> Keys:
        """Raises RoleError or CredentialError when there are none and none can be had."""
        held = self._keys
        if held and not self._ends(held, AHEAD):
            return held
        with self._lock:
            held = self._keys
            if held and not self._ends(held, AHEAD):
                return held
            try:
                self._keys = self._fetch()
            except CredentialError:
                if held is None or self._ends(held, timedelta(0)):
                    raise
                return held
            return self._keys

    def _ends(self, keys: Keys, within: timedelta) -> bool:
        return keys.expires is not None and self._clock() + within >= keys.expires

    @abstractmethod
    def _fetch(self) -> Keys: ...

    def _keep(self, answer: Mapping[str, Any]) -> Keys:
        given = answer["Credentials"]
        self.arn = answer.get("AssumedRoleUser", {}).get("Arn", "")
        return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"])


class Assumed(Renewing):
    """A session of `role`, assumed by `parent`. `who` tells the parent's ARN, for messages."""

    def __init__(self, parent: KeySource, role: Role, hop: Hop, call: Caller, who: Callable[[], str]) -> None:
        super().__init__()
        self.parent = parent
        self.role = role
        self._hop = hop
        self._call = call
        self._who = who
        self.fresh_for: Callable[[tuple[str, ...]], float] = lambda names: 0.0
        self.patience = Patience()

    def _fetch(self) -> Keys:
        try:
            return self._keep(self._patiently())
        except ClientError as error:
            raise self._refused(error) from error
        except BotoCoreError as error:
            raise RoleError(self._named(), type(error).__name__, str(error)) from error

    def _patiently(self) -> Any:
        """Asks until it is allowed, as long as the refusal can be a matter of time."""
        try:
            return self._assume()
        except ClientError as error:
            left = self._worth_waiting(error)
            refusal = error
        for _ in self.patience.pauses(left):
            try:
                return self._assume()
            except ClientError as error:
                refusal = error
                if not self._worth_waiting(error):
                    break
        raise refusal

    def _assume(self) -> Any:
        return self._call(self.parent, "sts", "assume_role", parameters(self.role))

    def _worth_waiting(self, error: ClientError) -> float:
        if error.response["Error"].get("Code") not in NOT_YET:
            return 0.0
        return self.fresh_for(names_of(self.parent.keys().access_key, self._who(), self.role.arn))

    def _refused(self, error: ClientError) -> RoleError:
        code = error.response["Error"].get("Code", "")
        message = error.response["Error"].get("Message", "")
        hop = self._named()
        return RoleError(hop, code, message, likely(code, message, self.role, hop.principal, self._trust(code)))

    def _named(self) -> Hop:
        principal = self._who() or f"the holder of {self.parent.keys().access_key}"
        return Hop(self._hop.number, self._hop.total, principal, self._hop.role)

    def _trust(self, code: str) -> Mapping[str, Any] | None:
        if code not in ("AccessDenied", "AccessDeniedException"):
            return None
        name = self.role.arn.rpartition("/")[2]
        try:
            return trust_document(self._call(self.parent, "iam", "get_role", {"RoleName": name}))
        except (ClientError, BotoCoreError):
            return None


class WebSession(Renewing):
    """A session of a role assumed with a web identity token; nothing signs that request."""

    def __init__(self, identity: WebIdentity, call: Caller) -> None:
        super().__init__()
        self.identity = identity
        self._call = call

    def _fetch(self) -> Keys:
        wanted = self.identity
        hop = Hop(1, 1, "the web identity token", wanted.role_arn)
        params = _present(
            {
                "RoleArn": wanted.role_arn,
                "RoleSessionName": wanted.session_name,
                "WebIdentityToken": self._token(),
                "DurationSeconds": wanted.duration,
                "Policy": wanted.policy,
                "PolicyArns": [{"arn": arn} for arn in wanted.policy_arns],
            }
        )
        try:
            return self._keep(self._call(None, "sts", "assume_role_with_web_identity", params))
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            raise RoleError(hop, code, error.response["Error"].get("Message", ""), _web_causes(code)) from error
        except BotoCoreError as error:
            raise RoleError(hop, type(error).__name__, str(error)) from error

    def _token(self) -> str:
        if self.identity.token:
            return self.identity.token
        path = Path(self.identity.token_file).expanduser()
        try:
            return path.read_text().strip()
        except OSError as error:
            raise CredentialError(
                f"the web identity token file {path} cannot be read: {error.strerror}",
                hint="the system that runs this deployment writes that file; is it running there?",
            ) from error


def _web_causes(code: str) -> tuple[str, ...]:
    if code == "ExpiredTokenException":
        return ("the web identity token has expired; a token file would be read again, a literal token cannot be",)
    return (
        "the token's issuer is not an identity provider of the account",
        "the role's trust policy does not name that provider, or asks for another audience or subject",
    )


def parameters(role: Role) -> dict[str, Any]:
    """What sts:AssumeRole is sent for a role."""
    return _present(
        {
            "RoleArn": role.arn,
            "RoleSessionName": role.session_name,
            "DurationSeconds": role.duration,
            "ExternalId": role.external_id,
            "Policy": role.policy,
            "PolicyArns": [{"arn": arn} for arn in role.policy_arns],
            "Tags": [{"Key": key, "Value": value} for key, value in role.tags],
            "TransitiveTagKeys": list(role.transitive_tag_keys),
            "SourceIdentity": role.source_identity,
        }
    )


def names_of(access_key: str, principal: str, role: str) -> tuple[str, ...]:
    """The names under which `Fresh` may know what a hop stands on."""
    return (access_key, principal, principal.split(":")[-1], *names_of_role(role))


def names_of_role(arn: str) -> tuple[str, str]:
    """The names under which `Fresh` may know a role."""
    return (arn, f"role/{arn.rpartition('/')[2]}")


def _present(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in params.items() if value}
