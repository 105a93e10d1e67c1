"""Create, read, update and delete, alike for every resource type; each blocks until AWS has done it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rolecall.errors import RolecallError
from rolecall.model.provider import ProviderFailed
from rolecall.model.value import Map, Value
from rolecall.providers.aws.declaration import Call, Removal, Sweep
from rolecall.providers.aws.failures import code_of, failed
from rolecall.providers.aws.naming import unique
from rolecall.providers.aws.values import dig, is_nothing
from rolecall.providers.aws.work import Work
from rolecall.roles.patience import Interrupted

PROPAGATION = 120.0
"""Seconds for which a new resource may not be found yet."""

FAULTS = (ClientError, BotoCoreError, RolecallError, Interrupted)
"""What an operation may meet. A cancelled run is among them: what was made before it must be told all the same."""


class Unfinished(Exception):
    """The resource exists, but not as wanted. `outputs` as far as they are known."""

    def __init__(self, failure: ProviderFailed, outputs: Map) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.outputs = outputs


def create(work: Work) -> Map:
    """Makes the resource; gives its outputs and sets `work.id`. Raises ProviderFailed, or Unfinished once it exists."""
    kind = work.type
    _name_by_prefix(work)
    doing = f"creating {kind.title} ({_name(work)})"
    try:
        if kind.before:
            kind.before(work)
        work.found.update(_made(work))
    except FAULTS as error:
        raise failed(doing, error, kind.service) from error
    work.id = _id(work)
    _note(work)
    try:
        _finish(work)
        for part in kind.parts:
            part.created(work)
        outputs = _settled(work)
        _note(work)
    except FAULTS as error:
        raise Unfinished(failed(doing, error, kind.service), _partial(work)) from error
    return outputs


def read(work: Work) -> Map | None:
    """The resource's outputs, or None when it is gone. Raises ProviderFailed."""
    try:
        return _look(work)
    except FAULTS as error:
        raise failed(f"reading {work.type.title} ({work.id})", error, work.type.service) from error


def update(work: Work) -> Map:
    """Changes what differs; gives the outputs. Raises ProviderFailed when nothing changed, else Unfinished."""
    kind = work.type
    doing = f"updating {kind.title} ({work.id})"
    begun = False
    try:
        for part in kind.parts:
            part.update(work)
            begun = True
        _note(work)
        _finish(work)
        outputs = _look(work)
    except FAULTS as error:
        failure = failed(doing, error, kind.service)
        if not begun:
            raise failure from error
        raise Unfinished(failure, _as_it_is(work)) from error
    if outputs is None:
        raise ProviderFailed(f"{doing}: it does not exist (any more). Run a refresh to bring the state up to date.")
    return outputs


def delete(work: Work) -> None:
    """Deletes the resource, and first what stands in the way if the state says so. Gone already is success."""
    kind = work.type
    try:
        for sweep in kind.sweeps:
            _sweep(work, sweep)
        if isinstance(kind.delete, Call):
            work.call(kind.delete)
        else:
            kind.delete(work)
        _vanish(work)
    except FAULTS as error:
        if not work.is_gone(error):
            raise failed(f"deleting {kind.title} ({work.id})", error, kind.service) from error


def _made(work: Work) -> dict[str, Value]:
    create = work.type.create
    return work.take(create, work.call(create)) if isinstance(create, Call) else create(work)


def _name_by_prefix(work: Work) -> None:
    """A program may give the beginning of a name; the rest is made at the creation, and is no input."""
    rule = work.type.autoname
    if rule and rule.prefixed and not work.wanted(rule.property) and work.wanted(rule.prefixed):
        work.new = work.new.with_({rule.property: unique(str(work.wanted(rule.prefixed)))})


def _name(work: Work) -> str:
    rule = work.type.autoname
    first = work.type.id.strip("{}").split("}")[0] if isinstance(work.type.id, str) else ""
    names = (rule.property if rule else "", "name", first)
    return next((text for name in names if (text := work.text(name))), work.id)


def _id(work: Work) -> str:
    if isinstance(work.found.get("id"), str):
        return str(work.found["id"])
    return work.named()


def _note(work: Work) -> None:
    if work.type.makes:
        work.around.fresh.note(*work.type.makes(work))


def _finish(work: Work) -> None:
    """Waits until AWS has carried out what it was asked for."""
    ready = work.type.ready
    if ready is None:
        return
    found = _seen(work)
    if found is not None and ready.done(work):
        return
    for _ in work.around.patience.pauses(work.deadline or ready.seconds, first=0.2, longest=10.0):
        if _seen(work) is not None and ready.done(work):
            return
    raise RolecallError(f"timeout while waiting for {work.type.title} ({work.id}) to become ready")


def _vanish(work: Work) -> None:
    """Waits until a deletion shows."""
    if not work.type.vanishes or _seen(work) is None:
        return
    for _ in work.around.patience.pauses(work.deadline or work.type.vanishes, first=0.2, longest=10.0):
        if _seen(work) is None:
            return
    raise RolecallError(f"timeout while waiting for {work.type.title} ({work.id}) to be deleted")


def _seen(work: Work) -> dict[str, Value] | None:
    """What the read call finds, which is remembered; None when there is nothing."""
    try:
        found = _main(work)
    except ClientError as error:
        if work.is_gone(error):
            return None
        raise
    work.found.update(found or {})
    return found


def _settled(work: Work) -> Map:
    """Reads a new resource until AWS knows it."""
    outputs = _look(work)
    if outputs is None or not _complete(work):
        for _ in work.around.patience.pauses(work.deadline or PROPAGATION, first=0.2):
            outputs = _look(work)
            if outputs is not None and _complete(work):
                break
    if outputs is None:
        raise RolecallError("couldn't find resource")
    return outputs


def _complete(work: Work) -> bool:
    return work.type.settled is None or work.type.settled(work)


def _look(work: Work) -> Map | None:
    kind = work.type
    try:
        found = _main(work)
        if found is None:
            return None
        work.found.update(found)
        for part in kind.parts:
            work.found.update(part.read(work))
    except ClientError as error:
        if work.is_gone(error):
            return None
        raise
    return outputs_of(work)


def _main(work: Work) -> dict[str, Value] | None:
    reader = work.type.read
    if not isinstance(reader, Call):
        return reader(work)
    answer = work.call(reader)
    if not reader.entry:
        return work.take(reader, answer)
    entry = dig(answer, f"{reader.entry}.0")
    if entry is None or any(dig(entry, place) in words for place, words in reader.dead.items()):
        return None
    return work.take(reader, entry)


def outputs_of(work: Work) -> Map:
    """The outputs: AWS's view where there is one, else what is remembered or wanted; old forms of equal values stay."""
    outputs: dict[str, Value] = {"id": work.id}
    for prop in work.type.props:
        if not prop.output and not prop.known(work.around.line):
            continue
        value = _output(work, prop.name)
        if value is not None:
            outputs[prop.name] = value
    if work.type.regional and work.around.line.has_region_inputs:
        outputs["region"] = work.region
    return Map(outputs)


def _output(work: Work, name: str) -> Value:
    prop = work.type.prop(name)
    assert prop is not None
    held = next((place[name] for place in (work.new, work.old) if place.get(name) is not None), None)
    if name in work.found and not prop.remembered:
        value = work.found[name]
        if held is not None and prop.kind.alike(held, value) and not is_nothing(value):
            return prop.kind.clean(held)
        return value
    if work.new and not prop.output and not prop.computed and work.new.get(name) is None and name not in work.found:
        return None
    if prop.output or prop.remembered:
        return next((p[name] for p in (work.found, work.new, work.old) if p.get(name) is not None), None)
    return prop.kind.clean(work.new.get(name, work.old.get(name)))


def _partial(work: Work) -> Map:
    """What is known after a creation that failed half-way. Reading is tried, but must not hide the failure."""
    try:
        outputs = _look(work)
    except FAULTS:
        outputs = None
    return outputs if outputs is not None else outputs_of(work)


def _as_it_is(work: Work) -> Map:
    """The state after an update that failed half-way: what AWS has, so that the rest differs and is tried again."""
    wanted, work.new = work.new, work.old
    try:
        outputs = _look(work)
    except FAULTS:
        outputs = None
    finally:
        work.new = wanted
    return outputs if outputs is not None else Map({**work.old, "id": work.id})


def _sweep(work: Work, sweep: Sweep) -> None:
    asked = sweep.when(work) if callable(sweep.when) else not sweep.when or work.old.get(sweep.when) is True
    if not asked:
        return
    try:
        pages = work.pages(sweep.listing)
    except ClientError as error:
        if work.is_gone(error) or code_of(error) in ("NotImplemented", "InvalidAction"):
            return
        raise
    for page in pages:
        entries = dig(page, sweep.each) or ()
        for entry in entries if isinstance(entries, list | tuple) else (entries,):
            if sweep.only(entry):
                _remove(work, sweep, entry)


def _remove(work: Work, sweep: Sweep, entry: Any) -> None:
    for removal in sweep.removals:
        try:
            work.call(removal.call, **_entry_params(removal, entry))
        except ClientError as error:
            if not work.is_gone(error):
                raise


def _entry_params(removal: Removal, entry: Any) -> dict[str, Any]:
    return {name: dig(entry, place) if place else entry for name, place in removal.entry.items()}
