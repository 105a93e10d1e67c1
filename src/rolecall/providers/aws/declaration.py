"""What a resource type is, as data: reading a declaration tells its calls, its id, what replaces, what is secret.

A type is: its properties; a call that creates it, one that reads it, one that deletes it; and *parts*, each of which
looks after some properties beyond those calls (a setting with calls of its own, tags, a set of members). Everything
else, from checking to refreshing, is done alike for all types by the other modules here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from rolecall.model.value import Map, Value
from rolecall.providers.aws.kinds import FLAG, MAP, TEXT, Kind

if TYPE_CHECKING:
    from rolecall.providers.aws.lines import Line
    from rolecall.providers.aws.work import Work

Validator: TypeAlias = Callable[[str, Value], Iterable[str]]
"""Takes a property's snake-case name and its value; gives complaints in Pulumi's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prop:
    """A property. Its name is the wire name.

    `output`: no input at all. `default`: a constant that fills an absent input. `computed`: AWS fills in what is not
    given, so that its absence is no difference. `stable`: an output that no update changes. `remembered`: AWS does not
    tell it (again), so the state keeps it. `switch`: it acts from the state at deletion; changing it calls nothing.
    `known`: whether this line of the SDK has it. `replaces_if`: tells from the old and the wanted value whether this
    change replaces.
    """

    name: str
    kind: Kind = TEXT
    output: bool = False
    required: bool = False
    replaces: bool = False
    default: Value = None
    computed: bool = False
    stable: bool = False
    secret: bool = False
    remembered: bool = False
    switch: bool = False
    checks: tuple[Validator, ...] = ()
    conflicts: tuple[str, ...] = ()
    known: Callable[[Line], bool] = field(default=lambda line: True)
    replaces_if: Callable[[Value, Value], bool] | None = None


def output(name: str, kind: Kind = TEXT, *, stable: bool = True, secret: bool = False) -> Prop:
    """A computed output, by default one that stays the same for the life of the resource."""
    return Prop(name=name, kind=kind, output=True, stable=stable, secret=secret)


def remembered(name: str, kind: Kind = TEXT, *, secret: bool = False) -> Prop:
    """An output that AWS gives once."""
    return Prop(name=name, kind=kind, output=True, stable=True, secret=secret, remembered=True)


def switch(name: str) -> Prop:
    """A flag that only matters to deletion, read from the state."""
    return Prop(name=name, kind=FLAG, default=False, switch=True, remembered=True)


TAGS = Prop(name="tags", kind=MAP)
TAGS_ALL = Prop(name="tagsAll", kind=MAP, computed=True)


@dataclass(frozen=True, slots=True)
class AutoName:
    """How a name is made from the logical name when none is given (spec 2.2).

    `random` 0: the logical name itself. `prefixed`: the property that asks for a prefix and a longer suffix.
    """

    property: str = "name"
    separator: str = "-"
    longest: int = 255
    random: int = 7
    lower: bool = False
    prefixed: str = ""


Source: TypeAlias = "str | Callable[[Work], Any]"
"""Where a parameter comes from: the name of a property (of the wanted state), or a function."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An error that passes: its code, a part of its text, and for how many seconds it may last."""

    code: str
    text: str = ""
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Call:
    """One API operation. `send`: parameter (dotted where nested) to source. `take`: property to place in the answer.

    `entry`: where in the answer of a describing call the list is whose first entry is the resource; places are then in
    that entry. `dead`: places in it and the words there that mean that the resource is gone.
    """

    operation: str
    send: Mapping[str, Source] = field(default_factory=dict)
    take: Mapping[str, str] = field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    service: str = ""
    entry: str = ""
    dead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Part(Protocol):
    """Looks after properties that the create and read calls do not. `properties` are those it writes."""

    @property
    def properties(self) -> tuple[str, ...]: ...

    def created(self, work: Work) -> None:
        """The resource has just been created: give it what is wanted."""

    def read(self, work: Work) -> dict[str, Value]:
        """What AWS has now."""

    def update(self, work: Work) -> None:
        """Make what is wanted of what is, if they differ."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A call that clears one listed entry away. `entry`: parameter to place in the entry ("" for the entry itself)."""

    call: Call
    entry: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something to clear away before deletion: list it, and remove each.

    `each`: place of the list in the answer's pages. `when`: a switch property of the state that asks for it, "" for
    always, or a function. `only`: which of the entries are cleared away.
    """

    listing: Call
    each: str
    removals: tuple[Removal, ...]
    when: str | Callable[[Work], bool] = ""
    only: Callable[[Any], bool] = field(default=lambda entry: True)


Identify: TypeAlias = Callable[["Work", str], dict[str, Value]]
"""From an id (or an import id) to the properties that finding the resource needs. Raises NotOfThatForm."""


class NotOfThatForm(ValueError):
    """An import id that cannot be one of this type's. Its text says which form is expected."""


Reader: TypeAlias = "Callable[[Work], dict[str, Value] | None]"
"""Looks at a resource where one call does not do; None says that it is gone."""


@dataclass(frozen=True, slots=True)
class Ready:
    """How a creation or change shows that AWS has finished it: `done` looks at what the read call found, and raises
    RolecallError when it has failed; `seconds` it may take."""

    done: Callable[[Work], bool]
    seconds: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One resource type.

    `title` is what messages call it (`IAM User`); `id` a format over the properties (`{role}:{name}`), or a function;
    `ready` and `vanishes` (seconds that a deletion may take) where AWS is asynchronous; `gone` the
    error codes that mean it does not exist; `regional` whether SDK 7 gives it a `region`; `delete_first` that its
    replacement must be made after it is deleted. `before` runs before a creation and may refuse it; `settled` says
    whether a creation is complete in AWS's eyes. `inward` and `outward` translate between an SDK line's shape and the
    newest. `makes` names the IAM principals and keys that a change of this resource touches, which takes AWS a while to
    know.
    """

    type: str
    title: str
    service: str
    props: tuple[Prop, ...]
    id: str | Callable[[Work], str]
    create: Call | Callable[[Work], dict[str, Value]]
    read: Call | Reader
    delete: Call | Callable[[Work], None]
    parts: tuple[Part, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    gone: tuple[str, ...] = ()
    regional: bool = True
    autoname: AutoName | None = None
    identify: Identify | None = None
    delete_first: bool = False
    before: Callable[[Work], None] | None = None
    settled: Callable[[Work], bool] | None = None
    ready: Ready | None = None
    vanishes: float = 0.0
    inward: Callable[[Map, Line], Map] | None = None
    outward: Callable[[Map, Line], Map] | None = None
    makes: Callable[[Work], tuple[str, ...]] | None = None

    def prop(self, name: str, line: Line | None = None) -> Prop | None:
        """The declaration of a property, as an SDK line has it if that matters."""
        named = [prop for prop in self.props if prop.name == name]
        return next((prop for prop in named if line is None or prop.known(line)), named[0] if named else None)

    def inputs(self, line: Line) -> tuple[Prop, ...]:
        """The inputs that an SDK line has."""
        return tuple(prop for prop in self.props if not prop.output and prop.known(line))

    @property
    def tagged(self) -> bool:
        return self.prop("tags") is not None
