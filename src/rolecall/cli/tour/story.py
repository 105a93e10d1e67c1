"""The story itself: each chapter runs commands, checks its claims against the sandbox, and prints what it saw."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rolecall.cli.tour.claims import Record, claim, steps_done, the_proof, the_refusal
from rolecall.cli.tour.stage import Ran, Stage

USER = "somebody@example.com"
REGION = "us-east-1"
RESULT_COLUMN = 58
CREATE = "organization/create-role/assume-role-create"

Ask = Callable[..., dict[str, Any]]
"""Asks the sandbox something as its administrator: `ask("iam", "list_users")`."""


@dataclass(slots=True)
class Story:
    """One telling. `say` prints a line; `ask` looks into the sandbox."""

    stage: Stage
    ask: Ask
    say: Callable[[str], None]
    role: str = ""
    keys: dict[str, str] = field(default_factory=dict)

    def tell(self) -> None:
        """Tells all chapters. Raises TourFailed at the first claim that does not hold."""
        account = self.ask("sts", "get_caller_identity")["Account"]
        self.say(
            f"  sandbox       {self.stage.environ['AWS_ENDPOINT_URL']}   account {account}   IAM decides every call"
        )
        self.create_role()
        self.refused_without_the_role()
        self.assume_role()
        self.prove()
        self.clean_up()

    def create_role(self) -> None:
        """Part 1 of the page, with privileged credentials."""
        program = "create-role"
        self.stage.run("stack", "init", "assume-role-create", program=program)
        self.stage.run("config", "set", "create-role:unprivilegedUsername", USER, program=program)
        self.stage.run("config", "set", "aws:region", REGION, program=program)
        ran = self.up(program)
        created = steps_done(ran, "create")
        self.chapter(1, "create-role", "as the account's root user", f"{len(created)} created", ran)
        masked = self.outputs()
        outputs = self.outputs("--show-secrets")
        claim(masked["secretAccessKey"] == "[secret]", "the secret key is shown as [secret]", "it was not masked")
        claim(outputs["secretAccessKey"] not in ("", "[secret]"), "--show-secrets shows the secret key")
        self.role = outputs["roleArn"]
        self.keys = {"AWS_ACCESS_KEY_ID": outputs["accessKeyId"], "AWS_SECRET_ACCESS_KEY": outputs["secretAccessKey"]}
        self.say(f"       roleArn          {self.role}")
        self.say(f"       accessKeyId      {outputs['accessKeyId']}   secretAccessKey  {masked['secretAccessKey']}")
        for operation, answer in (
            ("list_user_policies", "PolicyNames"),
            ("list_attached_user_policies", "AttachedPolicies"),
        ):
            policies = self.ask("iam", operation, UserName=USER)[answer]
            claim(not policies, "the user has no policies", policies)

    def refused_without_the_role(self) -> None:
        """Part 2, first without the role: the same program, the same keys, refused."""
        program = "assume-role"
        self.stage.run("stack", "init", "assume-role-assume", program=program)
        self.stage.run("config", "set", "roleToAssumeARN", self.role, program=program)
        self.stage.run("config", "set", "aws:region", REGION, program=program)
        self.stage.run("config", "set", "assume", "false", program=program)
        ran = self.up(program, keys=self.keys, must=False)
        record = the_refusal(ran, self.trail(), USER)
        claim(not self.buckets(), "nothing was created", self.buckets())
        self.chapter(2, "without a role", f"as user/{USER}", "refused", ran)
        self.say(textwrap.indent(textwrap.fill(record.get("errorMessage") or record["errorCode"], 100), " " * 7))

    def assume_role(self) -> None:
        """Part 2 as the page has it."""
        program = "assume-role"
        self.stage.run("config", "set", "assume", "true", program=program)
        ran = self.up(program, keys=self.keys)
        created = steps_done(ran, "create")
        self.chapter(3, "assume-role", f"as user/{USER} → {self.role.split(':')[-1]}", f"{len(created)} created", ran)
        claim(len(self.buckets()) == 1, "there is one bucket", self.buckets())

    def prove(self) -> None:
        """Who made the bucket, by the trail."""
        proof = the_proof(self.trail(), self.buckets()[0], self.role, USER)
        self.say(f"  4  the proof          CloudTrail, event {proof.event_id}")
        self.say(f"       CreateBucket by  {proof.maker}")
        self.say(f"       issued to        {proof.issued_to} at {proof.issued_at}, external id {proof.external_id}")

    def clean_up(self) -> None:
        """Destroys both, the bucket first: deleting it needs the role."""
        runs = [
            self.stage.run("destroy", "--yes", "--skip-preview", "--json", program="assume-role", keys=self.keys),
            self.stage.run("destroy", "--yes", "--skip-preview", "--json", program="create-role"),
        ]
        deleted = sum(len(steps_done(ran, "delete")) for ran in runs)
        users = [user["UserName"] for user in self.ask("iam", "list_users")["Users"]]
        roles = [role["RoleName"] for role in self.ask("iam", "list_roles")["Roles"]]
        left = [*self.buckets(), *users, *roles]
        claim(not left, "nothing is left", left)
        self.say(f"  5  destroyed          {deleted} deleted, {len(left)} left")

    def up(self, program: str, *, keys: dict[str, str] | None = None, must: bool = True) -> Ran:
        return self.stage.run("up", "--yes", "--skip-preview", "--json", program=program, keys=keys, must=must)

    def outputs(self, *flags: str) -> dict[str, Any]:
        ran = self.stage.run("stack", "output", "--json", "--stack", CREATE, *flags, program="create-role")
        outputs: dict[str, Any] = json.loads(ran.stdout)
        return outputs

    def trail(self) -> list[Record]:
        records: list[Record] = json.loads(self.stage.run("trail", "--json").stdout)
        return records

    def buckets(self) -> list[str]:
        return [bucket["Name"] for bucket in self.ask("s3", "list_buckets").get("Buckets", [])]

    def chapter(self, number: int, title: str, who: str, what: str, ran: Ran) -> None:
        """One line a chapter; a long caller pushes the result to the next line, in its column."""
        line = f"  {number}  {title:<18} {who}"
        if len(line) >= RESULT_COLUMN:
            self.say(line)
            line = ""
        self.say(f"{line:<{RESULT_COLUMN}}{what:<12}{ran.seconds:5.1f} s")
