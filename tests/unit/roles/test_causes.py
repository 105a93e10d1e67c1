"""The likely causes of a refused role, the likeliest first."""

from __future__ import annotations

from typing import Any

from rolecall.roles.causes import issuer_of, likely
from rolecall.roles.chain import Role
from rolecall.roles.errors import Hop, RoleError

USER = "arn:aws:iam::424242424242:user/somebody@example.com"
ROLE = "arn:aws:iam::424242424242:role/target"


def trust(principal: Any, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Statement": [{**statement, **({"Condition": condition} if condition else {})}]}


def causes(role: Role, document: dict[str, Any] | None, principal: str = USER) -> tuple[str, ...]:
    return likely("AccessDenied", "no", role, principal, document)


def test_a_principal_that_was_made_again_comes_first() -> None:
    found = causes(Role(ROLE), trust({"AWS": "AIDAQNZGKIQY56JQ7WMLX2"}))
    assert "no longer exists (AIDAQN…X2)" in found[0]


def test_a_missing_external_id_is_named() -> None:
    asked = {"StringEquals": {"sts:ExternalId": "PulumiApplication"}}
    assert causes(Role(ROLE), trust({"AWS": USER}, asked))[0].startswith(
        "the external id: the trust policy asks for one"
    )
    assert '"wrong"' in causes(Role(ROLE, external_id="wrong"), trust({"AWS": USER}, asked))[0]
    assert causes(Role(ROLE, external_id="PulumiApplication"), trust({"AWS": USER}, asked))[0].startswith(
        "the role's trust"
    )


def test_a_trust_policy_for_others_names_them() -> None:
    found = causes(Role(ROLE), trust({"AWS": "arn:aws:iam::424242424242:user/other"}))
    assert found[0] == "the trust policy does not name user/somebody@example.com; it names user/other"


def test_trust_of_the_account_needs_a_policy_of_the_callers_own() -> None:
    assert "needs a policy of its own" in causes(Role(ROLE), trust({"AWS": "arn:aws:iam::424242424242:root"}))[0]


def test_without_the_trust_policy_the_causes_follow_from_what_was_sent() -> None:
    found = causes(Role("arn:aws:iam::111111111111:role/target"), None)
    assert "does not name" in found[0]
    assert "across accounts" in found[1]
    assert "external id" in found[2]


def test_without_the_trust_policy_one_made_again_and_one_without_permission_are_thought_of() -> None:
    found = causes(Role(ROLE, external_id="x"), None)
    assert "external id" in found[1]
    assert "made again under the same name" in found[2]
    assert "needs a policy of its own" in found[3]


def test_a_session_is_trusted_through_its_role() -> None:
    session = "arn:aws:sts::424242424242:assumed-role/ci/run-1"
    assert issuer_of(session) == "arn:aws:iam::424242424242:role/ci"
    asked = {"StringEquals": {"sts:ExternalId": "x"}}
    assert "external id" in causes(Role(ROLE), trust({"AWS": issuer_of(session)}, asked), session)[0]


def test_root_can_never_assume_a_role() -> None:
    assert "root user cannot" in causes(Role(ROLE), None, "arn:aws:iam::424242424242:root")[0]


def test_other_codes_have_causes_of_their_own() -> None:
    assert "deleted, deactivated" in likely("InvalidClientTokenId", "", Role(ROLE), USER, None)[0]
    chained = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    assert "1h or less" in likely("ValidationError", chained, Role(ROLE), USER, None)[0]


def test_the_error_says_which_hop_and_which_principal() -> None:
    error = RoleError(Hop(2, 3, USER, ROLE), "AccessDenied", "User: ... is not authorized", ("one", "two"))
    assert str(error).splitlines() == [
        f"could not become {ROLE}",
        "  step 2 of 3: user/somebody@example.com → role/target      AccessDenied",
        "  likely, in this order:",
        "    1. one",
        "    2. two",
        "  AWS said: User: ... is not authorized",
    ]
