"""One operation on one resource: what is wanted, what is, and the calls made between the two, with their patience."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from rolecall.model.urn import URN
from rolecall.model.value import Map, Value
from rolecall.providers.aws.declaration import Call, ResourceType, Wait
from rolecall.providers.aws.failures import code_of, message_of
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.settings import Settings
from rolecall.providers.aws.values import dig, is_nothing, plant
from rolecall.roles.patience import Fresh, Patience
from rolecall.roles.sessions import Session

NEW_IDENTITY = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "InvalidClientTokenId",
        "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure", "403",
    }
)  # fmt: skip
"""What services answer an identity that they do not know yet, or whose policies they do not know yet (spec 1.7)."""


@dataclass(slots=True)
class Surroundings:
    """What all operations of one configured provider share."""

    session: Session
    settings: Settings
    line: Line
    fresh: Fresh
    patience: Patience
    directory: str = ""
    say: Callable[[str, URN | None], None] = lambda text, urn: None


@dataclass(slots=True)
class Work:
    """`new`: the wanted properties; `old`: the known state. Both plain: no secrets, no unknowns. `found`: outputs that
    calls have given so far. `deadline`: seconds that waiting may take, 0 for each wait's own. `urn`: what messages are
    about."""

    type: ResourceType
    around: Surroundings
    id: str = ""
    new: Map = Map()
    old: Map = Map()
    found: dict[str, Value] = field(default_factory=dict)
    deadline: float = 0
    urn: URN | None = None
    listed_tags: Any = None

    @property
    def region(self) -> str:
        """Where this resource lives: its own region, else the provider's."""
        own = self.new.get("region") or self.old.get("region")
        return own if isinstance(own, str) and self.type.regional else self.around.session.region

    def wanted(self, name: str) -> Value:
        """A property as wanted."""
        return self.new.get(name)

    def known(self, name: str) -> Value:
        """A property as far as anything is known of it: found, remembered, or wanted."""
        for place in (self.found, self.old, self.new):
            if place.get(name) is not None:
                return place[name]
        return None

    def text(self, name: str) -> str:
        """`known` as text."""
        value = self.known(name)
        return value if isinstance(value, str) else ""

    def named(self) -> str:
        """The id that follows from the properties."""
        rule = self.type.id
        if not isinstance(rule, str):
            return rule(self)
        known = {**self.old, **self.new, **self.found}
        return rule.format(**{k: v for k, v in known.items() if v is not None})

    def call(self, call: Call, **more: Any) -> Any:
        """Makes a declared call; waits out the errors it names. Raises botocore's errors."""
        params = self.parameters(call)
        params.update(more)
        return self.raw(call.operation, params, waits=call.waits, service=call.service)

    def parameters(self, call: Call) -> dict[str, Any]:
        """The parameters of a declared call; what is not given is not sent."""
        params: dict[str, Any] = {}
        for name, source in call.send.items():
            value = source(self) if callable(source) else self._property(source)
            if value is not None and value != "" and value != []:
                plant(params, name, value)
        return params

    def _property(self, name: str) -> Any:
        value = self.new.get(name)
        prop = self.type.prop(name)
        if value is None or prop is None:
            return value
        return prop.kind.to_aws(value)

    def raw(self, operation: str, params: Mapping[str, Any], *, waits: tuple[Wait, ...] = (), service: str = "") -> Any:
        """Makes one call. A refusal that can be a matter of a new identity's propagation is waited out, too."""
        waiting: Iterator[None] | None = None
        while True:
            try:
                return self.around.session.raw_call(
                    service or self.type.service, operation, region=self.region, params=params
                )
            except ClientError as error:
                waiting = waiting or self._patience(error, waits, operation)
                if waiting is None or not self._passes(error, waits):
                    raise
                if next(waiting, self) is self:
                    raise

    def pages(self, call: Call, **more: Any) -> list[Any]:
        """All pages of a declared listing."""
        params = {**self.parameters(call), **more}
        return self.around.session.raw_pages(
            call.service or self.type.service, call.operation, region=self.region, params=params
        )

    def _patience(self, error: ClientError, waits: tuple[Wait, ...], operation: str) -> Iterator[None] | None:
        seconds = self._seconds(error, waits)
        if not seconds:
            return None
        self.around.say(f"{operation}: {code_of(error)}; it may pass, trying again for up to {seconds:.0f} s", self.urn)
        return self.around.patience.pauses(seconds)

    def _seconds(self, error: ClientError, waits: tuple[Wait, ...]) -> float:
        for wait in waits:
            if code_of(error) == wait.code and wait.text in message_of(error):
                return min(wait.seconds, self.deadline or wait.seconds)
        if code_of(error) in NEW_IDENTITY:
            return self.around.session.fresh_for()
        return 0.0

    def _passes(self, error: ClientError, waits: tuple[Wait, ...]) -> bool:
        return self._seconds(error, waits) > 0

    def take(self, call: Call, answer: Any) -> dict[str, Value]:
        """What a declared call's answer says of the properties."""
        taken: dict[str, Value] = {}
        for name, place in call.take.items():
            prop = self.type.prop(name)
            data = dig(answer, place)
            if name == "tagsAll":
                self.listed_tags = data
                continue
            taken[name] = prop.kind.from_aws(data) if prop else data
        return taken

    def changed(self, name: str) -> bool:
        """Whether a property must be made other than it is. An absent computed one is as it is."""
        prop = self.type.prop(name, self.around.line)
        if prop is None:
            return False
        wanted, had = self.new.get(name), self.old.get(name)
        if wanted is None and (prop.computed or is_nothing(had)):
            return False
        return not prop.kind.alike(had, wanted)

    def is_gone(self, error: Exception) -> bool:
        """Whether an error says that the resource does not exist."""
        return code_of(error) in self.type.gone
