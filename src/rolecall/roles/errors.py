"""What goes wrong on the way to an identity, said so that its reader knows which hop and which principal it was."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.errors import RolecallError


class CredentialError(RolecallError):
    """There are no usable credentials to begin with: none found, expired, malformed, or meant for another place."""


class RegionMissing(CredentialError):
    """No region was given anywhere."""


class CallFailed(RolecallError):
    """AWS refused a call or could not be reached. `code` is AWS's error code, or "" when no answer came."""

    def __init__(self, summary: str, *, code: str = "", request_id: str = "", hint: str = "") -> None:
        super().__init__(summary, hint=hint)
        self.code = code
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a role chain: who becomes which role. `principal`: an ARN, or a key id when nobody could be asked."""

    number: int
    total: int
    principal: str
    role: str


class RoleError(CredentialError):
    """A role could not be assumed. `causes` are the likely reasons, the likeliest first."""

    def __init__(self, hop: Hop, code: str, message: str, causes: tuple[str, ...] = ()) -> None:
        lines = [f"  step {hop.number} of {hop.total}: {short(hop.principal)} → {short(hop.role)}      {code}"]
        if causes:
            lines.append("  likely, in this order:")
            lines += [f"    {i}. {cause}" for i, cause in enumerate(causes, 1)]
        lines.append(f"  AWS said: {message}")
        super().__init__(f"could not become {hop.role}", detail="\n".join(lines))
        self.hop = hop
        self.code = code
        self.message = message
        self.causes = causes


def short(arn: str) -> str:
    """The part of an ARN that people read: `role/ci-deploy` of `arn:aws:iam::424242424242:role/ci-deploy`."""
    return arn.split(":", 5)[5] if arn.startswith("arn:") and arn.count(":") >= 5 else arn
