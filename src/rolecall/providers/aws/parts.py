"""The parts that resource types are made of, beyond their create, read and delete calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rolecall.model.value import Map, Value
from rolecall.providers.aws import tags
from rolecall.providers.aws.declaration import Call
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.values import dig, is_nothing
from rolecall.providers.aws.work import Work


@dataclass(frozen=True, slots=True)
class Change:
    """Properties that one call changes together. `renames`: the id may be another afterwards. Read elsewhere."""

    properties: tuple[str, ...]
    call: Call
    renames: bool = False

    def created(self, work: Work) -> None:
        """The create call has sent them."""

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if any(work.changed(name) for name in self.properties):
            work.call(self.call)
            if self.renames:
                work.id = work.named()


def if_changed(name: str) -> Callable[[Work], Any]:
    """The wanted value of a property, sent only when it differs from what is."""
    return lambda work: work.wanted(name) if work.changed(name) else None


@dataclass(frozen=True, slots=True)
class Setting:
    """One property with a call that puts it and one that clears it. `get` None: the read call tells it.

    `absent`: error codes and `unsupported`: codes that mean "not configured". `at_creation`: put it after the creation
    (False: the create call sends it). `skip`: values that a new resource has anyway.
    """

    name: str
    put: Call
    clear: Call | None = None
    get: Call | None = None
    absent: tuple[str, ...] = ()
    at_creation: bool = True
    skip: Callable[[Work, Value], bool] | None = None
    empty: Callable[[Any], bool] | None = None

    @property
    def properties(self) -> tuple[str, ...]:
        return (self.name,)

    def created(self, work: Work) -> None:
        value = work.wanted(self.name)
        if not self.at_creation or is_nothing(value) or (self.skip and self.skip(work, value)):
            return
        work.call(self.put)

    def read(self, work: Work) -> dict[str, Value]:
        if self.get is None:
            return {}
        try:
            answer = work.call(self.get)
        except ClientError as error:
            if code_of(error) in self.absent:
                return {self.name: None}
            raise
        return work.take(self.get, answer)

    def update(self, work: Work) -> None:
        if not work.changed(self.name):
            return
        if is_nothing(work.wanted(self.name)) and self.clear is not None:
            work.call(self.clear)
        else:
            work.call(self.put)


@dataclass(frozen=True, slots=True)
class Tagging:
    """Tags in the AWS way: added and changed ones in one call, removed ones in another.

    `listing`: a call that reads them where the read call does not; `place` of the tags in its answer. `params`: what
    names the resource in each call. `form` is how the service writes tags. `whole`: there is only a call that puts all,
    and `untag` clears all.
    """

    tag: str
    untag: str
    params: Mapping[str, str | Callable[[Work], Any]]
    listing: Call | None = None
    place: str = "Tags"
    absent: tuple[str, ...] = ()
    service: str = ""
    waits: tuple[Any, ...] = ()
    whole: str = ""
    at_creation: bool = False
    form: tags.Form = tags.USUAL

    @property
    def properties(self) -> tuple[str, ...]:
        return ("tags", "tagsAll")

    def created(self, work: Work) -> None:
        wanted = tags.effective(work.wanted("tags"), work.around.settings)
        if self.at_creation and wanted:
            self._put(work, wanted, {})

    def read(self, work: Work) -> dict[str, Value]:
        listed = self.form.load(work.listed_tags) if self.listing is None else self._listed(work)
        ours = tags.read_back(listed, work.around.settings)
        own = work.new.get("tags", work.old.get("tags"))
        return {"tags": tags.own_of(ours, own, work.around.settings, work.around.line), "tagsAll": ours}

    def _listed(self, work: Work) -> dict[str, str]:
        assert self.listing is not None
        try:
            return self.form.load(dig(work.call(self.listing), self.place))
        except ClientError as error:
            if code_of(error) in self.absent:
                return {}
            raise

    def update(self, work: Work) -> None:
        wanted = tags.effective(work.wanted("tags"), work.around.settings)
        had = work.old.get("tagsAll")
        held = {k: str(v) for k, v in had.items()} if isinstance(had, Map) else {}
        if dict(wanted) != held:
            self._put(work, wanted, held)

    def _put(self, work: Work, wanted: Map, held: Mapping[str, str]) -> None:
        if self.whole:
            self._put_all(work, wanted)
            return
        removed = sorted(set(held) - set(wanted))
        added = Map({k: v for k, v in wanted.items() if held.get(k) != v})
        if removed:
            call = Call(self.untag, self.params, service=self.service, waits=self.waits)
            work.call(call, **self.form.removal(removed))
        if added:
            call = Call(self.tag, self.params, service=self.service, waits=self.waits)
            work.call(call, **{self.form.tags: self.form.dump(added)})

    def _put_all(self, work: Work, wanted: Map) -> None:
        if wanted:
            call = Call(self.tag, self.params, service=self.service, waits=self.waits)
            work.call(call, **{self.whole: {"TagSet": tags.as_list(wanted)}})
        else:
            work.call(Call(self.untag, self.params, service=self.service, waits=self.waits))


def sent_tags(work: Work) -> Any:
    """The tags for a create call, or None when there are none."""
    return sent_as(tags.USUAL)(work)


def sent_as(form: tags.Form) -> Callable[[Work], Any]:
    """The tags for a create call of a service that writes them in a form of its own."""
    return lambda work: form.dump(tags.effective(work.wanted("tags"), work.around.settings)) or None


@dataclass(frozen=True, slots=True)
class Facts:
    """Outputs that follow from others, or that calls of their own tell. `tell` gives them."""

    tell: Callable[[Work], dict[str, Value]]

    @property
    def properties(self) -> tuple[str, ...]:
        return ()

    def created(self, work: Work) -> None:
        """Nothing to do."""

    def read(self, work: Work) -> dict[str, Value]:
        return self.tell(work)

    def update(self, work: Work) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Members:
    """A set of members, each added and removed by a call of its own, exclusive when the program gives it.

    `listing` lists all; `each` is the list in its answer and `value` makes a member of an entry (None: skip it). `add`
    and `remove` are calls whose parameters for one member `params` makes. `key` tells which member replaces which.
    """

    name: str
    listing: Call
    each: str
    value: Callable[[Work, Any], Value]
    add: Call
    remove: Call
    params: Callable[[Value], dict[str, Any]]
    key: Callable[[Value], Any]
    removal_params: Callable[[Value], dict[str, Any]] | None = None
    gone: tuple[str, ...] = ("NoSuchEntity",)

    @property
    def properties(self) -> tuple[str, ...]:
        return (self.name,)

    def created(self, work: Work) -> None:
        for member in _members(work.wanted(self.name)):
            work.call(self.add, **self.params(member))

    def read(self, work: Work) -> dict[str, Value]:
        entries = [entry for page in work.pages(self.listing) for entry in page.get(self.each, ())]
        found = [member for entry in entries if (member := self.value(work, entry)) is not None]
        return {self.name: tuple(sorted(found, key=lambda member: str(self.key(member))))}

    def update(self, work: Work) -> None:
        if work.wanted(self.name) is None or not work.changed(self.name):
            return
        wanted = {self.key(member): member for member in _members(work.wanted(self.name))}
        held = {self.key(member): member for member in _members(work.old.get(self.name))}
        for key in sorted(set(held) - set(wanted), key=str):
            self._remove(work, held[key])
        for key, member in sorted(wanted.items(), key=lambda item: str(item[0])):
            if key not in held or held[key] != member:
                work.call(self.add, **self.params(member))

    def _remove(self, work: Work, member: Value) -> None:
        params = (self.removal_params or self.params)(member)
        try:
            work.call(self.remove, **params)
        except ClientError as error:
            if code_of(error) not in self.gone:
                raise


def _members(value: Value) -> tuple[Value, ...]:
    return tuple(v for v in value if not is_nothing(v)) if isinstance(value, tuple) else ()
