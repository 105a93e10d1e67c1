"""Pickling moto's objects: with help for what pickle cannot do, and reading back nothing but allowed classes."""

from __future__ import annotations

import importlib
import io
import pickle
import threading
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
    "rolecall.sandbox.pickling": frozenset({"new_lock", "private_key", "public_key"}),
}  # fmt: skip
"""What may be read besides moto's own classes. Functions only where they build a value."""


def new_lock() -> Any:
    """A fresh lock: nobody holds it after a restart."""
    return threading.RLock()


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


def load(stream: BinaryIO) -> Any:
    """The state in a pickle, which may hold only what is allowed."""
    return _Reader(stream).load()
