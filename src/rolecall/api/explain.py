"""Why a real account refused a call, from two files and without a network: the event and the account's identities."""

from __future__ import annotations

import json

from rolecall.audit.account import read_account
from rolecall.audit.denial import read_denial, with_tags
from rolecall.iam import data_of, explain, text_of


def explain_event(
    event: str, account: str, *, event_id: str = "", as_json: bool = False, everything: bool = False
) -> str:
    """Explains the latest denied call (or `event_id`) in CloudTrail's JSON, given the account's authorization details.

    Raises NotADenial, NotAnAccount, MalformedPolicy.
    """
    known = read_account(account)
    denial = with_tags(read_denial(event, event_id), known)
    explanation = explain(denial.request, denial.policies(known))
    unknown = list(denial.unknown(known))
    if as_json:
        return json.dumps({**data_of(explanation), "awsReason": denial.reason, "unknown": unknown}, indent=2)
    lines = [text_of(explanation, everything=everything)]
    if denial.reason:
        lines.append(f"  AWS said   {denial.reason}")
    lines += [f"  unknown    {each}" for each in unknown]
    return "\n".join(lines)
