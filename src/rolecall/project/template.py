"""Templates: directories that hold a project to start from, with `${PROJECT}` and `${DESCRIPTION}` to be filled in."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rolecall.errors import RolecallError
from rolecall.project import files, go_yaml, yaml_edit, yaml_text

BUILT_IN = Path(__file__).parent / "templates"
SOURCE_CONTROL = (".git", ".hg", ".bzr")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class BadTemplate(RolecallError):
    """There is no such template, or what is there is none."""


class BadProjectName(RolecallError):
    """A name that projects may not have."""


@dataclass(frozen=True, slots=True)
class Question:
    """A configuration value that a template wants."""

    key: str
    description: str = ""
    default: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A template. `project` and `project_description` are what its project file says, placeholders and all."""

    directory: Path
    name: str
    description: str = ""
    quickstart: str = ""
    project: str = ""
    project_description: str = ""
    questions: tuple[Question, ...] = field(default=())

    @classmethod
    def load(cls, directory: Path) -> Template:
        """Reads the template in a directory. Raises BadTemplate, MalformedFile."""
        data = files.read(project_file(directory)).data
        if not isinstance(data, dict):
            raise BadTemplate(f"'{directory}' is not a template: its project file is no mapping")
        about = data.get("template") or {}
        config = about.get("config") or {} if isinstance(about, dict) else None
        if not isinstance(config, dict) or not all(isinstance(q, dict | None) for q in config.values()):
            raise BadTemplate(f"'{directory}' is not a template: its `template` block is not as it should be")
        return cls(
            directory,
            directory.resolve().name,
            str(about.get("description") or data.get("description") or ""),
            str(about.get("quickstart") or ""),
            str(data.get("name") or ""),
            str(data.get("description") or ""),
            tuple(_question(str(key), entry or {}) for key, entry in config.items()),
        )


def _question(key: str, entry: Mapping[str, Any]) -> Question:
    default = entry.get("default")
    text = str(default).lower() if isinstance(default, bool) else "" if default is None else str(default)
    return Question(key, str(entry.get("description") or ""), text, bool(entry.get("secret")))


def project_file(directory: Path) -> Path:
    """The project file of a template. Raises BadTemplate."""
    found = next((directory / name for name in files.PROJECT_FILES if (directory / name).is_file()), None)
    if found is None:
        raise BadTemplate(f"template '{directory}' not found: it has no Pulumi.yaml")
    return found


def available(home: Path) -> list[Template]:
    """The templates in Pulumi's home and those that come with rolecall, by name; the user's own win."""
    found: dict[str, Template] = {}
    for directory in (home / "templates", BUILT_IN):
        for inner in sorted(directory.iterdir()) if directory.is_dir() else ():
            if any((inner / name).is_file() for name in files.PROJECT_FILES):
                found.setdefault(inner.name, Template.load(inner))
    return [found[name] for name in sorted(found)]


def find(text: str, home: Path, here: Path) -> Template:
    """The template that a name or a path means. Raises BadTemplate."""
    if "://" in text or text.startswith("git@"):
        raise BadTemplate(
            f"rolecall does not fetch templates: '{text}'",
            hint=f"Clone it with `git clone {text}` and give `pulumi new` the directory.",
        )
    path = (here / text).expanduser()
    is_path = text.startswith((".", "/", "~")) or "/" in text
    if is_path or any((path / name).is_file() for name in files.PROJECT_FILES):
        return _at(path, text)
    known = {template.name: template for template in available(home)}
    if text not in known:
        raise BadTemplate(f"template '{text}' not found", detail=f"There are: {', '.join(known)}.")
    return known[text]


def _at(path: Path, text: str) -> Template:
    if not path.is_dir():
        raise BadTemplate(f"template '{text}' not found: '{path}' is no directory")
    inner = [d.name for d in sorted(path.iterdir()) if any((d / name).is_file() for name in files.PROJECT_FILES)]
    if inner and not any((path / name).is_file() for name in files.PROJECT_FILES):
        raise BadTemplate(
            f"'{text}' holds several templates: name one of them", detail=f"There are: {', '.join(inner)}."
        )
    return Template.load(path)


def check_project_name(name: str) -> None:
    """Raises BadProjectName, in Pulumi's words."""
    if _NAME.fullmatch(name):
        return
    why = (
        "a project name may not be empty"
        if not name
        else "a project name must be 100 characters or less"
        if len(name) > 100
        else "a project name may only contain alphanumerics, hyphens, underscores, and periods"
    )
    raise BadProjectName(f"'{name}' is not a valid project name: {why}")


def project_name_from(text: str) -> str:
    """A project name as close to a text as one may be."""
    return re.sub(r"[^A-Za-z0-9_.-]", "", text)[:100] or "project"


def is_empty(directory: Path) -> bool:
    """Whether a project can be put there without touching anything; version control does not count."""
    return not directory.is_dir() or all(entry.name in SOURCE_CONTROL for entry in directory.iterdir())


def copy(template: Template, target: Path, project: str, description: str) -> None:
    """Puts the template's files into a directory. Raises RolecallError, before writing when a file cannot be read."""
    values = {"${PROJECT}": project, "${DESCRIPTION}": description}
    planned = [(path, target / path.relative_to(template.directory)) for path in _files(template.directory)]
    try:
        contents = [(source, to, _filled(source, values)) for source, to in planned]
        for source, to, content in contents:
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(content)
            shutil.copymode(source, to)
    except OSError as error:
        raise RolecallError(f"could not copy the template: {error.filename}: {error.strerror}") from error


def _files(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory)
        if relative.parts[0] in SOURCE_CONTROL or "__pycache__" in relative.parts or not path.is_file():
            continue
        if not path.resolve().is_relative_to(directory.resolve()):
            raise BadTemplate(f"the template's file '{relative}' is a link that leads out of the template")
        yield path


def _filled(path: Path, values: Mapping[str, str]) -> bytes:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    is_yaml = path.name in files.PROJECT_FILES
    for place, value in values.items():
        text = text.replace(place, _quoted(value) if is_yaml else value)
    return content if "\0" in text else text.encode("utf-8")


def _quoted(value: str) -> str:
    """A text as it may stand in a project file in place of a plain scalar. JSON's quoting is YAML's."""
    try:
        plain = bool(value) and go_yaml.plain(go_yaml.compose(f"a: {value}\n")) == {"a": value}
    except go_yaml.BadYaml:
        plain = False
    if plain:
        return value
    return yaml_text.emit({"a": value}).removeprefix("a: ").rstrip("\n")


def finish(target: Path, origin: str, runtime_options: Mapping[str, str]) -> None:
    """Makes the copied project file a project's: without the `template` block, with its origin as a stack tag."""
    path = project_file(target)
    document = files.read(path)
    data = {key: value for key, value in document.data.items() if key != "template"}
    if runtime_options:
        data["runtime"] = _with_options(data.get("runtime"), runtime_options)
    if isinstance(data.get("config", {}), dict):
        tags = {"value": {"pulumi:template": origin}}
        data["config"] = {**(data.get("config") or {}), "pulumi:tags": tags}
    is_json = path.suffix == ".json"
    text = json.dumps(data, indent=files.JSON_INDENT) + "\n" if is_json else yaml_edit.edited(document.text, data)
    files.write(path, text)


def _with_options(runtime: Any, options: Mapping[str, str]) -> dict[str, Any]:
    known = runtime if isinstance(runtime, dict) else {"name": runtime}
    return {**known, "options": {**(known.get("options") or {}), **options}}
