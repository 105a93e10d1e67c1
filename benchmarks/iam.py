"""Decisions per second of the policy evaluator, by number of statements: `.venv/bin/python benchmarks/iam.py`."""

from __future__ import annotations

import time

from rolecall.iam import (
    Context,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    PrincipalKind,
    Request,
    authorise,
    explain,
    parse_policy,
)

ACCOUNT = "111111111111"
REQUEST = Request(
    Principal(PrincipalKind.USER, f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT),
    "s3:PutObject",
    "arn:aws:s3:::bucket3/alice/x",
    ACCOUNT,
    Context({"aws:username": "alice", "aws:PrincipalTag/team": "red"}),
)


def policy(number: int) -> Policy:
    """A policy of five statements, one of which is about the action that is asked for."""
    statements = [
        {
            "Effect": "Allow",
            "Action": [f"service{number}:Get*", f"service{number}:List*", "s3:Put*" if n == 3 else "ec2:Run*"],
            "Resource": [f"arn:aws:s3:::bucket{number}/*", "arn:aws:s3:::${aws:username}/*"],
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}},
        }
        for n in range(5)
    ]
    return parse_policy({"Version": "2012-10-17", "Statement": statements}, PolicyKind.IDENTITY)


def main() -> None:
    """Prints one line for each size."""
    print(f"{'statements':>10}  {'decisions/s':>12}  {'explanations/s':>14}")
    for count in (1, 2, 10, 20, 50):
        policies = Policies(identity=tuple(policy(n) for n in range(count)))
        rates = []
        for function, times in ((authorise, 4000 // count), (explain, 400 // count + 1)):
            start = time.process_time()
            for _ in range(times):
                function(REQUEST, policies)
            rates.append(times / (time.process_time() - start))
        print(f"{count * 5:>10}  {rates[0]:>12,.0f}  {rates[1]:>14,.0f}")


if __name__ == "__main__":
    main()
