"""Pickling moto's objects: with help for what pickle cannot do, and reading back nothing but allowed classes."""

from __future__ import annotations

import importlib
import io
import pickle
import threading
import types
import weakref
from collections import defaultdict
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


class Forgetful(Exception):
    """A service whose state cannot be saved; says why."""


_SAFE: dict[str, frozenset[str]] = {
    "builtins": frozenset(
        {"set", "frozenset", "bytearray", "complex", "range", "slice", "object", "list", "dict", "tuple", "int", "str",
         "bytes", "float", "bool"}
    ),
    "collections": frozenset({"OrderedDict", "defaultdict", "deque", "Counter", "ChainMap"}),
    "datetime": frozenset({"datetime", "date", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "uuid": frozenset({"UUID", "SafeUUID"}),
    "re": frozenset({"_compile"}),
    "copyreg": frozenset({"_reconstructor"}),
    "ipaddress": frozenset({"IPv4Network", "IPv4Address", "IPv6Network", "IPv6Address"}),
    "pathlib": frozenset({"PosixPath", "PurePosixPath"}),
    "zoneinfo": frozenset({"ZoneInfo"}),
    "dateutil.tz.tz": frozenset({"tzutc", "tzlocal", "tzoffset"}),
    "_io": frozenset({"BytesIO"}),
    "werkzeug.datastructures.structures": frozenset({"MultiDict", "ImmutableMultiDict"}),
    "werkzeug.datastructures.headers": frozenset({"Headers"}),
    "requests.structures": frozenset({"CaseInsensitiveDict"}),
    "rolecall.sandbox.world": frozenset({"OwnState", "RootKey"}),
    "rolecall.sandbox.call": frozenset({"Session"}),
    "rolecall.sandbox.pickling": frozenset(
        {"new_condition", "new_defaultdict", "new_lock", "method", "private_key", "public_key", "weak_values"}
    ),
}  # fmt: skip
"""What may be read besides moto's own classes. Functions only where they build a value."""


def new_lock() -> Any:
    """A fresh lock: nobody holds it after a restart."""
    return threading.RLock()


def new_condition() -> Any:
    """A fresh condition: nobody waits for it after a restart."""
    return threading.Condition()


def new_defaultdict(kind: type, factory: Any) -> Any:
    """An empty dictionary of one of moto's own kinds, whose `__init__` wants what a pickle does not know."""
    if not (issubclass(kind, defaultdict) and kind.__module__.startswith("moto.")):
        raise pickle.UnpicklingError(f"{kind} is not a dictionary of moto's")
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


def weak_values(values: dict[Any, Any]) -> Any:
    """A dictionary whose values live only as long as somebody else holds them."""
    return weakref.WeakValueDictionary(values)


def method(owner: Any, name: str) -> Any:
    """A method of one of moto's own objects. Nothing else may be reached by name."""
    found = getattr(type(owner), name, None)
    if not type(owner).__module__.startswith("moto.") or name.startswith("__") or not callable(found):
        raise pickle.UnpicklingError(f"{name} is not a method of an object of moto's")
    return getattr(owner, name)


def private_key(pem: bytes) -> Any:
    """A private key from its PEM form."""
    return load_pem_private_key(pem, password=None)


def public_key(pem: bytes) -> Any:
    """A public key from its PEM form."""
    return load_pem_public_key(pem)


class _Writer(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            pem = value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            return private_key, (pem,)
        if isinstance(value, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return public_key, (value.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),)
        if type(value) in _LOCKS:
            return new_lock, ()
        if isinstance(value, threading.Condition):
            return new_condition, ()
        if isinstance(value, weakref.WeakValueDictionary):
            return weak_values, (dict(value),)
        if isinstance(value, defaultdict) and "<locals>" in getattr(value.default_factory, "__qualname__", ""):
            return dict, (dict(value),)
        if isinstance(value, defaultdict) and type(value) is not defaultdict:
            made = (type(value), value.default_factory)
            return new_defaultdict, made, vars(value), None, iter(dict.items(value))
        if isinstance(value, types.MethodType):
            return method, (value.__self__, value.__name__)
        return NotImplemented


_LOCKS = (type(threading.Lock()), type(threading.RLock()))


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name in _SAFE.get(module, ()):
            return super().find_class(module, name)
        if module.startswith("moto."):
            found = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not a class that a snapshot may hold")


def dump(value: Any) -> bytes:
    """The pickle of a service's state. Raises Forgetful, saying what is in the way."""
    buffer = io.BytesIO()
    try:
        _Writer(buffer, protocol=5).dump(value)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as problem:
        raise Forgetful(str(problem)) from problem
    data = buffer.getvalue()
    try:
        load(io.BytesIO(data))
    except Exception as problem:
        raise Forgetful(f"it would not be read back: {problem}") from problem
    return data


def refill(loaded: Any, fresh: Any, depth: int = 2) -> None:
    """Puts what was read back into the containers of a fresh object where only that has them right: dictionaries whose
    default is a function inside moto's code cannot be pickled, and were saved as plain ones."""
    for name, attribute in list(vars(fresh).items()):
        mine = vars(loaded).get(name)
        if isinstance(attribute, defaultdict) and type(mine) is dict:
            attribute.clear()
            attribute.update(mine)
            setattr(loaded, name, attribute)
        elif depth and type(mine) is type(attribute) and type(mine).__module__.startswith("moto."):
            refill(mine, attribute, depth - 1)


def load(stream: BinaryIO) -> Any:
    """The state in a pickle, which may hold only what is allowed."""
    return _Reader(stream).load()
