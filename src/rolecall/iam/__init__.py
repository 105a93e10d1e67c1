"""AWS's policy language and authorisation decision as pure functions: no network, no files, nothing but values.

from rolecall.iam import Policies, PolicyKind, Principal, PrincipalKind, Request, authorise, parse_policy

decision = authorise(Request(Principal(...), "s3:GetObject", arn, account), Policies(identity=(policy,)))
"""

from __future__ import annotations

from rolecall.iam.authorise import authorise
from rolecall.iam.decision import Applied, Decision, Outcome, Rule, Verdict
from rolecall.iam.denial import denial_text
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.explain import Explanation, explain
from rolecall.iam.parse import parse_policy
from rolecall.iam.policies import Policies
from rolecall.iam.policy import Effect, Policy, PolicyKind, PrincipalType, PrincipalValue, Statement
from rolecall.iam.remedy import Remedy, remedies
from rolecall.iam.report import data_of, sentence, text_of
from rolecall.iam.request import Context, Principal, PrincipalKind, Request
from rolecall.iam.validation import validate_policy

__all__ = [
    "Applied",
    "Context",
    "Decision",
    "Effect",
    "Explanation",
    "MalformedPolicy",
    "Outcome",
    "Policies",
    "Policy",
    "PolicyKind",
    "Principal",
    "PrincipalKind",
    "PrincipalType",
    "PrincipalValue",
    "Remedy",
    "Request",
    "Rule",
    "Statement",
    "Verdict",
    "authorise",
    "data_of",
    "denial_text",
    "explain",
    "parse_policy",
    "remedies",
    "sentence",
    "text_of",
    "validate_policy",
]
