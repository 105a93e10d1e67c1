"""The gate: every request is recognised, authenticated, decided, run or refused, and recorded, in that order."""

from __future__ import annotations

import logging
import re
import time
import uuid
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from botocore.model import OperationModel

from rolecall.sandbox import (
    answering,
    authentication,
    chunked,
    constraints,
    door,
    mends,
    problems,
    refusal,
    s3_rules,
    sigv4,
    sts,
    waiting,
)
from rolecall.sandbox.call import ANONYMOUS, ApiCall, Caller, HttpFacts
from rolecall.sandbox.callers import caller_of
from rolecall.sandbox.credential_limits import check_credentials
from rolecall.sandbox.deciding import Verdict, authorization_message, decide
from rolecall.sandbox.message import Answer, RawRequest
from rolecall.sandbox.problems import Problem
from rolecall.sandbox.recognise import Asked, Envelope, form_of, open_envelope, read
from rolecall.sandbox.refusal import Refused, Shape
from rolecall.sandbox.services import GLOBAL_SERVICES, regions
from rolecall.sandbox.sigv4 import Signature
from rolecall.sandbox.trail.journal import Journal
from rolecall.sandbox.trail.lookup import lookup
from rolecall.sandbox.trail.naming import is_data_event, is_read_only
from rolecall.sandbox.trail.record import Outcome, make_record
from rolecall.sandbox.trail.resources import recorded_resources
from rolecall.sandbox.world import World

log = logging.getLogger(__name__)

_WITHOUT_CREDENTIALS = {
    "sts": re.compile(r"AssumeRoleWith(SAML|WebIdentity)\Z"),
    "cognito-identity": re.compile(r"GetId\Z|GetOpenIdToken\Z|GetCredentialsForIdentity\Z|UnlinkIdentity\Z"),
    "cognito-idp": re.compile(
        r"SignUp|InitiateAuth|Confirm|ForgotPassword|GetUser\Z|RespondToAuth|ResendConf|RevokeToken|GlobalSignOut"
        r"|ChangePassword|DeleteUser\Z|UpdateUserAttr|Associate|VerifySoft|SetUserMFA|VerifyUser"
    ),
    "sso-oidc": re.compile(r""),
    "s3": re.compile(r""),
    "sns": re.compile(r"ConfirmSubscription\Z|Unsubscribe\Z"),
    "sqs": re.compile(r""),
}
_GZIP = 16 + zlib.MAX_WBITS
_MOST_UNPACKED = 64 << 20
_UNSIGNED_BODY = frozenset({"v4-unsigned-body"})


@dataclass(slots=True)
class Exchange:
    """One request on its way through the gate."""

    call: ApiCall
    caller: Caller
    operation: OperationModel
    shape: Shape
    verdict: Verdict | None = None
    answer: Mapping[str, Any] | None = None
    """The members of an answer that the gate gave itself."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What a mend before the call leaves for the one after it."""


class Gate:
    """Serves one world."""

    def __init__(self, world: World, journal: Journal, clock: Callable[[], datetime] | None = None) -> None:
        self.world = world
        self.journal = journal
        self._clock = clock or (lambda: datetime.now(UTC))
        door.install_guards()
        mends.install()

    def handle(self, request: RawRequest) -> Answer:
        """Answers one request, whatever it is."""
        request_id = str(uuid.uuid4())
        shape = Shape("s3", "rest-xml")
        try:
            signature, problem = _peek(request)
            envelope = open_envelope(request, signature.service if signature else _scope_of(request))
            shape = envelope.shape
            if problem:
                authentication.read(request, shape)
            return self._serve(envelope, signature, request_id)
        except Refused as refused:
            return refusal.answer(refused, shape, request_id, head=request.method == "HEAD")
        except Exception:
            log.exception("internal error for %s %s", request.method, request.path)
            text = "The sandbox met an internal error; `rolecall sandbox logs` has the details. Please report it."
            return refusal.answer(Refused("InternalFailure", text, 500), shape, request_id)

    def _serve(self, envelope: Envelope, signature: Signature | None, request_id: str) -> Answer:
        """Answers a request whose service is known. One that waits is asked again, with the world free meanwhile."""
        began = time.monotonic()
        while True:
            try:
                with self.world.lock:
                    exchange = self._exchange(envelope, signature, request_id)
                    exchange.notes["waited"] = time.monotonic() - began
                    return self._decide_and_run(exchange)
            except waiting.NothingYet:
                time.sleep(waiting.PAUSE_SECONDS)

    def _exchange(self, envelope: Envelope, signature: Signature | None, request_id: str) -> Exchange:
        now = self._clock()
        asked = read(self._authenticated(envelope, signature, now))
        if signature is None:
            _check_unsigned(asked)
        caller = ANONYMOUS if signature is None else caller_of(self.world, signature.key_id)
        return Exchange(_call(envelope, asked, signature, request_id, now), caller, asked.operation, asked.shape)

    def _authenticated(self, envelope: Envelope, signature: Signature | None, now: datetime) -> Envelope:
        """The envelope with its body as plain content, once the signature is verified."""
        request = envelope.request
        if signature is not None:
            self._check_scope(envelope, signature)
            unsigned = request.header("x-amz-content-sha256") == sigv4.UNSIGNED and _may_leave_body_unsigned(envelope)
            _, signing_key = authentication.verify(
                request, signature, envelope.shape, self.world, now, unsigned_body=unsigned
            )
            if request.header("x-amz-content-sha256") in authentication.STREAMING:
                return _unchunked(envelope, signature, signing_key)
        if envelope.headers.get("content-encoding") == "gzip" and envelope.shape.protocol in ("query", "json"):
            return _gunzipped(envelope)
        return envelope

    def _check_scope(self, envelope: Envelope, signature: Signature) -> None:
        if signature.region not in regions():
            raise problems.refusal(Problem.SCOPE, envelope.shape, "Credential should be scoped to a valid region. ")

    def _decide_and_run(self, exchange: Exchange) -> Answer:
        try:
            answer = self._run(exchange)
        except Refused as refused:
            self._record(exchange, refused.code, refused.message, denied=exchange.notes.get("denied", False))
            head = exchange.call.http.method == "HEAD"
            return refusal.answer(refused, exchange.shape, exchange.call.request_id, head=head)
        if not is_read_only(exchange.call.service, exchange.call.operation):
            self.world.changes += 1
        self._record_answer(exchange, answer)
        if exchange.shape.protocol == "smithy-rpc-v2-cbor" and exchange.answer is None:
            answer = answering.to_cbor(answer, exchange.operation, exchange.call.request_id)
        return answer

    def _run(self, exchange: Exchange) -> Answer:
        call, caller = exchange.call, exchange.caller
        check_credentials(call, caller)
        if call.service == "sts":
            sts.before_policies(call, caller)
        exchange.verdict = decide(self.world, call, caller)
        if exchange.verdict.denied is not None:
            raise self._denied(exchange)
        constraints.check(call, exchange.operation, exchange.shape)
        for mend in mends.BEFORE.get((call.service, call.operation), ()):
            answered = mend(self.world, exchange)
            if answered is not None:
                return self._own_answer(exchange, answered)
        data = self._answered_here(exchange)
        if data is not None:
            return self._own_answer(exchange, data)
        answer = self._forward(exchange)
        for after in mends.AFTER.get((call.service, call.operation), ()):
            answer = after(self.world, exchange, answer) or answer
        return answer

    def _denied(self, exchange: Exchange) -> Refused:
        verdict = exchange.verdict
        assert verdict is not None and verdict.denied is not None
        exchange.notes["denied"] = True
        instead = s3_rules.instead_of_denial(exchange.call)
        if instead is not None:
            exchange.notes["denied"] = False
            return instead
        check, decision = verdict.denied
        encoded = ""
        if exchange.call.service == "ec2":
            encoded = authorization_message(exchange.call, exchange.caller, check, decision)
        return refusal.access_denied(exchange.shape, verdict.message, encoded)

    def _answered_here(self, exchange: Exchange) -> Mapping[str, Any] | None:
        call = exchange.call
        if call.service == "sts" and call.operation in sts.ANSWERS:
            return sts.ANSWERS[call.operation](self.world, call, exchange.caller)
        if call.service == "cloudtrail" and call.operation == "LookupEvents":
            return lookup(self.journal, exchange.caller.account, call.region, call.params)
        return None

    def _own_answer(self, exchange: Exchange, data: Mapping[str, Any]) -> Answer:
        exchange.answer = data
        call = exchange.call
        return answering.write(call.service, call.operation, exchange.shape.protocol, data, call.request_id)

    def _forward(self, exchange: Exchange) -> Answer:
        assert exchange.verdict is not None
        call = s3_rules.without_denied(exchange.call, exchange.verdict)
        try:
            answer = door.run(call, self._account(exchange), exchange.caller.access_key_id or "AKIAANONYMOUS0000000")
        except door.NotInMoto as problem:
            raise refusal.not_implemented(exchange.shape, call.operation, problem.package) from None
        except door.CannotSend as problem:
            raise refusal.validation(exchange.shape, str(problem)) from None
        headers = dict(answer.headers)
        headers.setdefault("x-amzn-requestid", call.request_id)
        if call.service == "s3":
            headers.setdefault("x-amz-request-id", headers["x-amzn-requestid"])
        exchange.call = replace(exchange.call, request_id=headers["x-amzn-requestid"])
        answer = Answer(answer.status, headers, answer.body)
        return s3_rules.after(self.world, exchange.call, exchange.caller, exchange.verdict, answer)

    def _account(self, exchange: Exchange) -> str:
        """Where a call runs: in the account of the resource when a policy let a stranger in, else in the caller's."""
        assert exchange.verdict is not None
        owner = next((check.account for check, _ in exchange.verdict.decisions if check.account), None)
        if exchange.caller.kind == "anonymous":
            return owner or self.world.account
        if exchange.call.service in ("iam", "sts") or owner is None or not owner.isdigit():
            return exchange.caller.account
        return owner

    def _record_answer(self, exchange: Exchange, answer: Answer) -> None:
        protocol = answering.spoken_by_moto(exchange.operation)
        if answer.status >= 400:
            code, message = answering.error_of(answer, exchange.operation, protocol)
            self._record(exchange, code, message, denied=answer.status == 403 and code == "AccessDenied")
            return
        call = exchange.call
        data = exchange.answer
        read_only = is_read_only(call.service, call.operation)
        if data is None and not read_only and not is_data_event(call.service, call.operation):
            data = answering.read(answer, exchange.operation, protocol)
        self._record(exchange, answer=data)

    def _record(
        self,
        exchange: Exchange,
        code: str = "",
        message: str = "",
        *,
        denied: bool = False,
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        call, caller = exchange.call, exchange.caller
        resources = recorded_resources(call, caller, exchange.verdict)
        outcome = Outcome(self._clock(), code, message, denied, answer, resources)
        chain = caller.session.chain if caller.session and caller.session.chain else (caller.arn or "anonymous",)
        record = make_record(call, caller, exchange.operation, outcome)
        if caller.kind == "anonymous":
            owner = next((account for account, _, _ in resources), self.world.account)
            record["recipientAccountId"] = owner
        self.journal.add(record, chain, denied)


def _peek(request: RawRequest) -> tuple[Signature | None, bool]:
    """The signature's data, and whether it is malformed (which is said once the service is known)."""
    try:
        return sigv4.read_signature(request), False
    except sigv4.BadAuthorization:
        return None, True


def _scope_of(request: RawRequest) -> str:
    """The service named in authorization data that is otherwise malformed."""
    found = re.search(
        r"/([a-z0-9-]+)/aws4_request", request.header("authorization") + request.query.replace("%2F", "/")
    )
    return found[1] if found else ""


def _check_unsigned(asked: Asked) -> None:
    pattern = _WITHOUT_CREDENTIALS.get(asked.service)
    if pattern is None or not pattern.match(asked.operation.name):
        raise problems.refusal(Problem.MISSING, asked.shape)


def _may_leave_body_unsigned(envelope: Envelope) -> bool:
    try:
        operation = read(envelope).operation
    except Refused:
        return False
    return operation.auth_type in _UNSIGNED_BODY or bool(getattr(operation, "unsigned_payload", False))


def _unchunked(envelope: Envelope, signature: Signature, signing_key: bytes) -> Envelope:
    decoded = chunked.decode(envelope.request.body, envelope.headers, signature, signing_key)
    encodings = [item.strip() for item in envelope.headers.get("content-encoding", "").split(",")]
    left = ",".join(item for item in encodings if item and item != "aws-chunked")
    headers = {name: value for name, value in envelope.headers.items() if name != "content-encoding"}
    if left:
        headers["content-encoding"] = left
    headers |= decoded.trailer
    headers["content-length"] = str(len(decoded.content))
    return replace(envelope, headers=headers, request=replace(envelope.request, body=decoded.content))


def _gunzipped(envelope: Envelope) -> Envelope:
    opened = zlib.decompressobj(_GZIP)
    try:
        body = opened.decompress(envelope.request.body, _MOST_UNPACKED)
    except zlib.error:
        raise refusal.validation(envelope.shape, "The body is not gzip, as Content-Encoding says") from None
    if not opened.eof:
        raise refusal.validation(envelope.shape, "The body is not whole, or unpacks to more than 64 MiB")
    headers = {name: value for name, value in envelope.headers.items() if name != "content-encoding"}
    request = replace(envelope.request, body=body, headers=tuple(headers.items()))
    return replace(envelope, request=request, headers=headers, form=form_of(headers, envelope.query, body))


def _call(envelope: Envelope, asked: Asked, signature: Signature | None, request_id: str, now: datetime) -> ApiCall:
    region = signature.region if signature else "us-east-1"
    if asked.service in GLOBAL_SERVICES:
        region = "us-east-1"
    facts = HttpFacts(
        method=envelope.request.method,
        path=envelope.path,
        query=envelope.query,
        headers=envelope.headers,
        source_ip=envelope.request.source_ip,
        host=envelope.headers.get("host", ""),
        presigned=bool(signature and signature.presigned),
    )
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return ApiCall(
        asked.service,
        asked.operation.name,
        asked.params,
        region,
        facts,
        now,
        request_id,
        asked.shape.protocol,
        partition,
    )
