"""Reading and writing the user's own files: YAML or JSON by extension, errors that say where, no half-written file."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rolecall.errors import RolecallError
from rolecall.project import go_yaml

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
JSON_INDENT = 4


class MalformedFile(RolecallError):
    """A file that is not what its extension says. `excerpt` shows the place to a person."""

    def __init__(self, path: Path, problem: str, *, line: int = 0, column: int = 0, source: str = "") -> None:
        super().__init__(f"could not unmarshal '{path}': {problem}")
        self.path = path
        self.line = line
        self.column = column
        self.excerpt = _excerpt(path, line, column, source)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text and what it says: plain data. `text` has plain newlines; `newline` is what the file has."""

    path: Path
    text: str
    data: Any
    newline: str = "\n"


def read(path: Path) -> Document:
    """Reads a YAML or JSON file. Raises MalformedFile, RolecallError, FileNotFoundError."""
    try:
        raw = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedFile(path, f"not UTF-8 text (byte {error.start})") from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise RolecallError(f"could not read '{path}': {error.strerror}") from error
    text = raw.replace("\r\n", "\n")
    data = _json(path, text) if path.suffix == ".json" else _yaml(path, text)
    return Document(path, text, data, "\n" if raw == text else "\r\n")


def _yaml(path: Path, text: str) -> Any:
    try:
        return go_yaml.plain(go_yaml.compose(text))
    except go_yaml.BadYaml as error:
        problem = f"invalid YAML file: {error}"
        raise MalformedFile(path, problem, line=error.line, column=error.column, source=text) from error


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = f"invalid JSON file: line {error.lineno}, column {error.colno}: {error.msg}"
        raise MalformedFile(path, problem, line=error.lineno, column=error.colno, source=text) from error


def _excerpt(path: Path, line: int, column: int, source: str) -> str:
    if not line:
        return ""
    lines = source.splitlines()
    # At the end of the text there is nothing to point at: point at the end of the last line.
    if line > len(lines) and lines:
        line, column = len(lines), len(lines[-1]) + 1
    shown = lines[line - 1] if lines else ""
    margin = " " * (len(str(line)) + 2)
    return f"  {path}:{line}:{column}\n{margin}|\n {line} | {shown}\n{margin}| {' ' * (column - 1)}^"


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Replaces a file in one step, so that a full disk or a kill leaves the old one. Raises RolecallError.

    An existing file keeps its permissions; a symbolic link keeps pointing to the file that is replaced.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            mode = target.stat().st_mode & 0o777
        _replace(target, text, mode)
    except OSError as error:
        raise RolecallError(f"could not write '{path}': {error.strerror}", detail="Nothing was changed.") from error


def _replace(target: Path, text: str, mode: int) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
