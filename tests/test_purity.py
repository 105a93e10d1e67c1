"""The pure packages import only what an allow-list names; lists of what is forbidden leak (`pathlib`, `queue` pass)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "rolecall"

VALUES = {
    "__future__", "abc", "base64", "binascii", "bisect", "collections", "collections.abc", "dataclasses", "datetime",
    "enum", "fnmatch", "functools", "hashlib", "ipaddress", "itertools", "json", "math", "operator", "re", "string",
    "struct", "types", "typing",
}  # fmt: skip

ALLOWED = {
    "model": VALUES | {"rolecall.model"},
    "iam": VALUES | {"rolecall.iam", "rolecall.errors", "importlib.resources"},
    "engine": VALUES | {"rolecall.engine", "rolecall.model", "rolecall.errors", "heapq", "graphlib"},
}


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def is_allowed(name: str, allowed: set[str]) -> bool:
    return any(name == a or (a.startswith("rolecall") and name.startswith(a + ".")) for a in allowed)


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_pure_package_imports_only_what_is_allowed(package: str) -> None:
    modules = sorted((SOURCE / package).rglob("*.py"))
    assert modules, f"no such package: {package}"
    strangers = {
        f"{path.relative_to(SOURCE)}: {name}"
        for path in modules
        for name in imports_of(path)
        if not is_allowed(name, ALLOWED[package])
    }
    assert not strangers


def test_only_roles_makes_aws_sessions() -> None:
    makers = {
        path.relative_to(SOURCE).parts[0]
        for path in SOURCE.rglob("*.py")
        if imports_of(path) & {"boto3", "boto3.session", "botocore.session"}
    }
    assert makers == {"roles"}
