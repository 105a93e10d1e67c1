"""A provider that acts as a role with a policy that allows just what a test gives it; driven as an engine would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.session import Session

from rolecall.model.provider import (
    Check,
    CheckConfig,
    Configure,
    Create,
    Delete,
    Diff,
    Differences,
    Identity,
    InvokeFunction,
    Outcome,
    Read,
    Update,
)
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, Map, map_of
from rolecall.providers.aws.provider import AwsProvider
from rolecall.roles.sessions import Sessions
from tests.sandbox_fixture import RunningSandbox

T = TypeVar("T")
_BOTO = Session()
NEWEST, OLDER, OLDEST = "7.51.1", "6.83.0", "5.33.0"
SERVICES = ("iam", "sts", "s3", "ec2", "logs", "ecr", "ecs")
LINES = (OLDEST, OLDER, NEWEST)


def urn(type_: str, name: str) -> URN:
    return URN.make("dev", "proj", None, type_, name)


def allow(*actions: str, resource: str | list[str] = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


@dataclass(slots=True)
class Held:
    """A resource as the state has it."""

    urn: URN
    id: str = ""
    inputs: Map = EMPTY
    outputs: Map = EMPTY


@dataclass(slots=True)
class World:
    """A sandbox and a provider in it. `role`: who the provider is."""

    sandbox: RunningSandbox
    loop: asyncio.AbstractEventLoop
    sessions: Sessions
    role: str = ""
    external: str = "tests"
    provider: AwsProvider = field(init=False)
    identity: Identity | None = None

    def client(self, service: str) -> Any:
        """A boto3 client as root. Its service model is read once for all tests."""
        return _BOTO.create_client(
            service,
            endpoint_url=self.sandbox.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.sandbox.run.key_id,
            aws_secret_access_key=self.sandbox.run.secret,
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def become(self, *statements: dict[str, Any], line: str = NEWEST, **inputs: Any) -> AwsProvider:
        """Makes a user without any policy who may assume a role with these statements, and a provider as that role."""
        iam = self.client("iam")
        user = iam.create_user(UserName="somebody")["User"]
        key = iam.create_access_key(UserName="somebody")["AccessKey"]
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": user["Arn"]},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"sts:ExternalId": self.external}},
                }
            ],
        }
        self.role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.permit(*statements)
        roles = [{"role_arn": self.role, "session_name": "worker", "externalId": self.external}]
        name = "assumeRoles" if line.startswith("7") else "assumeRole"
        given = {
            "version": line,
            "region": "us-east-1",
            "accessKey": key["AccessKeyId"],
            "secretKey": key["SecretAccessKey"],
            "endpoints": json.dumps([dict.fromkeys(SERVICES, self.sandbox.endpoint)]),
            name: json.dumps(roles if name == "assumeRoles" else roles[0]),
            **inputs,
        }
        return self.configure(given)

    def configure(self, given: dict[str, Any]) -> AwsProvider:
        """A provider with these inputs, checked as an engine does."""
        at = urn("pulumi:providers:aws", "worker")
        self.provider = AwsProvider(self.sessions)
        checked = self.run(self.provider.check_config(CheckConfig(at, EMPTY, map_of(given))))
        assert not checked.failures, checked.failures
        self.identity = self.run(self.provider.configure(Configure(at, "id", checked.inputs))).identity
        return self.provider

    def permit(self, *statements: dict[str, Any]) -> None:
        """Replaces what the role may do."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.client("iam").put_role_policy(RoleName="worker", PolicyName="just-that", PolicyDocument=document)

    def check(self, held: Held, props: dict[str, Any]) -> Map:
        checked = self.run(self.provider.check(Check(held.urn, held.inputs, map_of(props), b"s" * 32)))
        assert not checked.failures, checked.failures
        return checked.inputs

    def complaints(self, type_: str, props: dict[str, Any]) -> list[str]:
        checked = self.run(self.provider.check(Check(urn(type_, "x"), EMPTY, map_of(props), b"s" * 32)))
        return [failure.reason for failure in checked.failures]

    def create(self, type_: str, name: str, props: dict[str, Any]) -> Held:
        held = Held(urn(type_, name))
        held.inputs = self.check(held, props)
        outcome = self.run(self.provider.create(Create(held.urn, held.inputs)))
        assert outcome.outputs is not None
        held.id, held.outputs = outcome.id, outcome.outputs
        return held

    def diff(self, held: Held, props: dict[str, Any]) -> Differences:
        news = self.check(held, props)
        return self.run(self.provider.diff(Diff(held.urn, held.id, held.inputs, held.outputs, news)))

    def update(self, held: Held, props: dict[str, Any]) -> Held:
        news = self.check(held, props)
        outcome = self.run(self.provider.update(Update(held.urn, held.id, held.inputs, held.outputs, news)))
        assert outcome.outputs is not None
        return Held(held.urn, outcome.id, news, outcome.outputs)

    def refresh(self, held: Held) -> Held | None:
        outcome = self.run(self.provider.read(Read(held.urn, held.id, held.inputs, held.outputs)))
        if not outcome.id:
            return None
        assert outcome.outputs is not None
        assert outcome.inputs is not None
        return Held(held.urn, outcome.id, outcome.inputs, outcome.outputs)

    def bring_in(self, type_: str, name: str, id: str) -> Outcome:
        return self.run(self.provider.read(Read(urn(type_, name), id, None, None)))

    def delete(self, held: Held) -> None:
        self.run(self.provider.delete(Delete(held.urn, held.id, held.inputs, held.outputs)))

    def invoke(self, token: str, args: dict[str, Any]) -> Map:
        return self.run(self.provider.invoke(InvokeFunction(token, map_of(args)))).result


def events(world: World, names: Iterable[str]) -> list[dict[str, Any]]:
    """CloudTrail's records of these events, oldest first."""
    trail = world.client("cloudtrail")
    found = trail.get_paginator("lookup_events").paginate()
    records = [json.loads(event["CloudTrailEvent"]) for page in found for event in page["Events"]]
    return [record for record in reversed(records) if record["eventName"] in set(names)]
