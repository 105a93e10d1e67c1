"""Who acts, and where: said once for each provider that knows, before anything changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from rolecall.display import markup
from rolecall.model.event import Identified
from rolecall.model.provider import Identity

_DEFAULT = "default"


@dataclass(slots=True)
class IdentityBlock:
    """The lines about identities. One that was said is not said again, in the preview and in what follows it.

    `now` is when "expires in" counts from.
    """

    now: datetime
    said: set[tuple[Identity, str]] = field(default_factory=set)

    @property
    def any(self) -> bool:
        """Whether anybody was identified."""
        return bool(self.said)

    def lines(self, event: Identified) -> list[str]:
        """`target` and `as`, with markup; nothing when this was said already. Named providers are named."""
        name = event.provider.name
        name = "" if name == _DEFAULT or name.startswith(f"{_DEFAULT}_") else name
        key = (event.identity, name)
        if key in self.said:
            return []
        self.said.add(key)
        of = f"   (provider {name})" if name else ""
        return [f"  target   {target_text(event.identity)}{of}", f"  as       {chain_text(event.identity, self.now)}"]


def target_text(identity: Identity) -> str:
    """`AWS, account 424242424242 (acme-prod), us-east-1`; the sandbox in a colour of its own."""
    colour = markup.GREEN if identity.target == "sandbox" else markup.BRIGHT_RED
    parts = [f"{colour}{markup.BOLD}{identity.target}{markup.RESET}"]
    if identity.account:
        alias = f" ({identity.account_alias})" if identity.account_alias else ""
        parts.append(f"account {identity.account}{alias}")
    if identity.region:
        parts.append(identity.region)
    if identity.endpoint and identity.target != "sandbox":
        parts.append(identity.endpoint)
    return ", ".join(parts)


def chain_text(identity: Identity, now: datetime) -> str:
    """`user/deployer → role/ci-deploy (session PulumiSession, expires in 58 min)`."""
    if not identity.chain:
        return "nobody: no credentials"
    names = [_short(arn)[0] for arn in identity.chain]
    about = []
    session = _short(identity.chain[-1])[1]
    if session:
        about.append(f"session {session}")
    if identity.expires:
        about.append(_expiry(identity.expires, now))
    return " → ".join(names) + (f" ({', '.join(about)})" if about else "")


def _short(arn: str) -> tuple[str, str]:
    """The readable end of a principal's ARN, and its session's name: `role/ci-deploy`, `PulumiSession`."""
    resource = arn.split(":", 5)[-1] if arn.startswith("arn:") else arn
    kind, _, rest = resource.partition("/")
    if kind != "assumed-role":
        return resource, ""
    role, _, session = rest.rpartition("/")
    return (f"role/{role}", session) if role else (f"role/{rest}", "")


def _expiry(text: str, now: datetime) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"expires {text}"
    left = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp())
    if left <= 0:
        return "expired"
    return f"expires in {left // 60} min" if left >= 120 else f"expires in {left} s"
