"""The laws of authorisation, each on generated requests and policies."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.iam import (
    Decision,
    Outcome,
    Policies,
    Policy,
    PolicyKind,
    Request,
    authorise,
    data_of,
    explain,
    parse_policy,
    text_of,
)
from rolecall.iam.facts import needs_no_permission, root_unlocks
from rolecall.iam.glob import compile_glob
from tests.strategies.iam import case, cases, statement
from tests.unit.iam.cases import policies_of, request_of

laws = settings(max_examples=300, deadline=None)
ALLOW_ALL = parse_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, PolicyKind.IDENTITY
)
DENY_ALL = parse_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}, PolicyKind.IDENTITY
)


def decided(generated: dict[str, Any]) -> Decision:
    return authorise(request_of(generated), policies_of(generated))


def with_identity(policies: Policies, *more: Policy) -> Policies:
    return Policies(
        (*policies.identity, *more),
        policies.boundary,
        policies.session,
        policies.resource,
        policies.scp,
        policies.rcp,
    )


@laws
@given(cases())
def test_the_default_is_deny(generated: dict[str, Any]) -> None:
    request = request_of(generated)
    decision = authorise(request, Policies())
    free = needs_no_permission(request) or root_unlocks(request)
    root_at_home = request.principal.kind == "root" and request.same_account
    assert decision.outcome is (Outcome.ALLOW if free else decision.outcome if root_at_home else Outcome.IMPLICIT_DENY)


@laws
@given(cases())
def test_one_deny_beats_every_allow(generated: dict[str, Any]) -> None:
    request = request_of(generated)
    decision = authorise(request, with_identity(policies_of(generated), ALLOW_ALL, DENY_ALL))
    assert decision.outcome is (Outcome.ALLOW if needs_no_permission(request) else Outcome.EXPLICIT_DENY)


@laws
@given(cases(), st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(generated: dict[str, Any], random: Random) -> None:
    before = decided(generated).outcome
    for kind in ("identity", "boundary", "session"):
        documents = generated["policies"][kind]
        if documents:
            documents.extend(random.sample(documents, 1))
            random.shuffle(documents)
            for document in documents:
                document["Statement"] = random.sample(document["Statement"], len(document["Statement"])) * 2
    for level in [*generated["policies"]["scp"], *generated["policies"]["rcp"]]:
        random.shuffle(level)
    assert decided(generated).outcome is before


KINDS = [("identity", {}), ("boundary", {}), ("session", {}), ("resource", {"principal": True})]


def add_statement(generated: dict[str, Any], seed: int, effect: str) -> None:
    """Adds a statement of an effect to some document that the case has."""
    random = Random(seed)
    present = [(k, o) for k, o in KINDS if generated["policies"][k]]
    if not present:
        return
    kind, options = random.choice(present)
    documents = generated["policies"][kind]
    document = documents if isinstance(documents, dict) else random.choice(documents)
    added = statement(random, generated["request"], **options)
    if "NotPrincipal" in added and effect == "Allow":
        added["Principal"] = added.pop("NotPrincipal")
    document["Statement"].append({**added, "Effect": effect})


@laws
@given(cases(), st.integers(0, 2**32))
def test_adding_an_allow_statement_never_turns_allow_into_deny(generated: dict[str, Any], seed: int) -> None:
    before = decided(generated)
    add_statement(generated, seed, "Allow")
    assert decided(generated).allowed or not before.allowed


@laws
@given(cases(), st.integers(0, 2**32))
def test_adding_a_deny_statement_never_allows_more(generated: dict[str, Any], seed: int) -> None:
    before = decided(generated)
    add_statement(generated, seed, "Deny")
    assert before.allowed or not decided(generated).allowed


@laws
@given(cases(), st.integers(0, 2**48))
def test_a_boundary_a_session_policy_or_an_scp_never_adds(generated: dict[str, Any], seed: int) -> None:
    before = decided(generated)
    if generated["request"]["principal_kind"] in ("root", "service", "anonymous", "web-identity"):
        return
    other = case(seed)["policies"]
    documents = (
        other["boundary"]
        or other["identity"]
        or [json.loads('{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}')]
    )
    federated = generated["request"]["principal_kind"] == "federated-user"
    for kind, value in (("boundary", documents), ("session", documents), ("scp", [documents, documents])):
        absent = generated["policies"][kind] is None if kind == "session" else not generated["policies"][kind]
        if absent and not (kind == "session" and federated):
            limited = {**generated, "policies": {**generated["policies"], kind: value}}
            assert before.allowed or not decided(limited).allowed


@laws
@given(cases())
def test_the_deciding_statements_alone_decide_the_same(generated: dict[str, Any]) -> None:
    decision = decided(generated)
    if decision.outcome is not Outcome.EXPLICIT_DENY:
        return
    chosen = decision.statements[0]
    kept = Policy(chosen.policy.kind, (chosen.statement,), version=chosen.policy.version)
    request, policies = decision.request, policies_of(generated)
    alone = {
        PolicyKind.IDENTITY: Policies(identity=(kept,), boundary=policies.boundary and (ALLOW_ALL,)),
        PolicyKind.BOUNDARY: Policies(boundary=(kept,)),
        PolicyKind.SESSION: Policies(session=(kept,)),
        PolicyKind.SCP: Policies(scp=((kept,),)),
        PolicyKind.RCP: Policies(rcp=((kept,),), boundary=policies.boundary and (ALLOW_ALL,)),
    }.get(chosen.policy.kind, Policies(resource=kept, boundary=policies.boundary and (ALLOW_ALL,)))
    assert authorise(request, alone).outcome is Outcome.EXPLICIT_DENY


@laws
@given(cases())
def test_an_explanation_agrees_with_the_decision_and_never_raises(generated: dict[str, Any]) -> None:
    request, policies = request_of(generated), policies_of(generated)
    explanation = explain(request, policies)
    assert explanation.decision == authorise(request, policies)
    if explanation.decision.outcome is Outcome.EXPLICIT_DENY:
        denying = {(id(s.policy), s.statement.index) for s in explanation.statements if s.matched}
        assert {(id(a.policy), a.statement.index) for a in explanation.decision.statements} <= denying
    assert text_of(explanation, everything=True)
    json.dumps(data_of(explanation))


@laws
@given(cases())
def test_what_an_explanation_tells_to_add_makes_the_request_pass(generated: dict[str, Any]) -> None:
    """Every remedy that is a statement, put where it says, until nothing is missing."""
    request, policies = request_of(generated), policies_of(generated)
    explanation = explain(request, policies)
    told = data_of(explanation)["remedies"]
    if explanation.decision.outcome is not Outcome.IMPLICIT_DENY or not told:
        return
    for remedy in told:
        policies = _amended(policies, remedy["kind"], remedy["statement"])
    assert authorise(request, policies).allowed


def _amended(policies: Policies, kind: str, written: dict[str, Any]) -> Policies:
    which = PolicyKind(kind)
    added = parse_policy({"Version": "2012-10-17", "Statement": written | _principal_for(which)}, which)
    resource = policies.resource
    if which in (PolicyKind.RESOURCE, PolicyKind.TRUST):
        old = () if resource is None else resource.statements
        resource = Policy(
            which, (*old, *added.statements), version="2012-10-17" if resource is None else resource.version
        )
    return Policies(
        (*policies.identity, added) if which is PolicyKind.IDENTITY else policies.identity,
        (*policies.boundary, added) if which is PolicyKind.BOUNDARY else policies.boundary,
        (*(policies.session or ()), added) if which is PolicyKind.SESSION else policies.session,
        resource,
        tuple((*level, added) for level in policies.scp) if which is PolicyKind.SCP else policies.scp,
        tuple((*level, added) for level in policies.rcp) if which is PolicyKind.RCP else policies.rcp,
    )


def _principal_for(kind: PolicyKind) -> dict[str, str]:
    return {"Principal": "*"} if kind is PolicyKind.RCP else {}


@laws
@given(st.text("ab/:", max_size=6), st.text("ab/:", max_size=6), st.text("ab/:", max_size=6))
def test_a_wildcard_covers_what_it_expands_to(before: str, inside: str, after: str) -> None:
    assert compile_glob(f"{before}*{after}").matches(before + inside + after)
    if len(inside) == 1:
        assert compile_glob(f"{before}?{after}").matches(before + inside + after)


@laws
@given(cases())
def test_a_document_means_the_same_after_a_round_trip_through_json(generated: dict[str, Any]) -> None:
    for document in generated["policies"]["identity"]:
        again = json.loads(json.dumps(document, indent=3, sort_keys=True))
        first, second = (
            parse_policy(document, PolicyKind.IDENTITY),
            parse_policy(json.dumps(again), PolicyKind.IDENTITY),
        )
        assert first.version == second.version
        request = request_of(generated)
        assert (
            authorise(request, Policies(identity=(first,))).outcome
            is authorise(request, Policies(identity=(second,))).outcome
        )


@laws
@given(st.text(), st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=3), cases())
def test_evaluation_never_raises(
    action: str, resource: str, arn: str, context: dict[str, str], generated: dict[str, Any]
) -> None:
    request = request_of(generated)
    strange = Request(
        type(request.principal)(request.principal.kind, arn, request.principal.account),
        action,
        resource,
        None,
        type(request.context)(context),
    )
    assert authorise(strange, policies_of(generated)).outcome in Outcome
    explain(strange, policies_of(generated))
