"""The settings of one stack, `Pulumi.<stack>.yaml`: how its secrets are kept, and its configuration.

The file is the user's: it is edited in place, and what rolecall does not know in it stays.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from rolecall.errors import RolecallError
from rolecall.project import files, go_yaml, property_path, structure, values, yaml_edit, yaml_text
from rolecall.project.keys import ConfigKey
from rolecall.project.structure import MISSING, Missing
from rolecall.project.values import ConfigValue

PROVIDER = "secretsprovider"
ENCRYPTED_KEY = "encryptedkey"
SALT = "encryptionsalt"
CONFIG = "config"
ENVIRONMENT = "environment"
_SECRETS = (PROVIDER, ENCRYPTED_KEY, SALT)


class InvalidSettings(RolecallError):
    """A stack's settings file says what it may not."""


def path_for(project_file: Path, config_dir: str, stack: str) -> Path:
    """Where the settings of a stack are: beside the project file, or in the directory that it names."""
    return project_file.parent / config_dir / f"Pulumi.{stack.replace('/', '-')}{project_file.suffix}"


class StackSettings:
    """A settings file in memory. Nothing is written before `save`; a file that does not exist is empty."""

    def __init__(self, path: Path, project: str, document: files.Document | None = None) -> None:
        self.path = path
        self._project = project
        self._text = document.text if document else ""
        self._newline = document.newline if document else "\n"
        self._data: dict[str, Any] = document.data or {} if document else {}
        self.config: dict[ConfigKey, ConfigValue] = {}
        """Values by key, in the order of the file. Change it with `set` and `remove`."""
        self._spelling: dict[ConfigKey, str] = {}
        self._read_config()

    @classmethod
    def load(cls, path: Path, project: str) -> StackSettings:
        """Reads the file. `project` is the namespace of keys that have none. Raises MalformedFile, InvalidSettings."""
        try:
            document = files.read(path)
        except FileNotFoundError:
            return cls(path, project)
        if document.data is not None and not isinstance(document.data, dict):
            raise InvalidSettings(f"could not unmarshal '{path}': the settings of a stack are a mapping")
        return cls(path, project, document)

    @property
    def exists(self) -> bool:
        """Whether there was a file."""
        return bool(self._text)

    @property
    def secrets_provider(self) -> str:
        return self._field(PROVIDER)

    @secrets_provider.setter
    def secrets_provider(self, text: str) -> None:
        self._set_field(PROVIDER, text)

    @property
    def encrypted_key(self) -> str:
        return self._field(ENCRYPTED_KEY)

    @encrypted_key.setter
    def encrypted_key(self, text: str) -> None:
        self._set_field(ENCRYPTED_KEY, text)

    @property
    def salt(self) -> str:
        """`encryptionsalt`."""
        return self._field(SALT)

    @salt.setter
    def salt(self, text: str) -> None:
        self._set_field(SALT, text)

    @property
    def environment(self) -> Any:
        """Pulumi ESC environments, if any are named: a list or a definition."""
        return self._data.get(ENVIRONMENT)

    def get(self, key: ConfigKey, by_path: bool = False) -> ConfigValue | Missing:
        """The value of a key, or with `by_path` what is at the path that its name holds. Raises InvalidPath."""
        root, path = self._split(key, by_path)
        return structure.get(self.config.get(root, MISSING), path)

    def set(self, key: ConfigKey, value: ConfigValue, by_path: bool = False) -> None:
        """Sets a value; by path, plain text is typed as Pulumi does. Raises CannotSet, InvalidPath."""
        root, path = self._split(key, by_path)
        if path and type(value) is str:
            value = values.coerced(value)
        self.config[root] = structure.put(self.config.get(root, MISSING), root.name, path, value) if path else value

    def remove(self, key: ConfigKey, by_path: bool = False) -> None:
        """Removes a value. One that is not there is no error. Raises CannotSet, InvalidPath."""
        root, path = self._split(key, by_path)
        if not path:
            self.config.pop(root, None)
        elif root in self.config:
            self.config[root] = structure.remove(self.config[root], root.name, path)

    def save(self) -> None:
        """Writes the file if it says something new. Raises RolecallError."""
        data = self._written()
        if self.path.suffix == ".json":
            text = json.dumps(data, indent=files.JSON_INDENT, ensure_ascii=False) + "\n"
        else:
            text = yaml_edit.edited(self._text, data, first=_SECRETS)
        if text != self._text:
            files.write(self.path, text.replace("\n", self._newline))
            self._text = text

    def _written(self) -> dict[str, Any]:
        data = copy.deepcopy(self._data)
        config = {self._spelling.get(key, str(key)): values.written(value) for key, value in self.config.items()}
        if config:
            # New keys are written in the order in which Go writes maps; those that are there stay where they are.
            data[CONFIG] = yaml_text.ordered(config)
        else:
            data.pop(CONFIG, None)
        return data

    def _split(self, key: ConfigKey, by_path: bool) -> tuple[ConfigKey, property_path.Path]:
        if not by_path:
            return key, ()
        path = property_path.parse(key.name)
        if not path:
            raise property_path.InvalidPath("empty config key path")
        if not isinstance(path[0], str):
            raise property_path.InvalidPath("first path segment of config key must be a string")
        if not path[0]:
            raise property_path.InvalidPath("config key is empty")
        return ConfigKey(key.namespace, path[0]), path[1:]

    def _field(self, name: str) -> str:
        value = self._data.get(name)
        return value if isinstance(value, str) else ""

    def _set_field(self, name: str, text: str) -> None:
        if text:
            self._data[name] = text
        else:
            self._data.pop(name, None)

    def _read_config(self) -> None:
        config = self._data.get(CONFIG)
        if config is None:
            return
        if not isinstance(config, dict):
            raise InvalidSettings(f"could not unmarshal '{self.path}': 'config' is not a mapping of keys to values")
        texts = self._scalar_texts()
        for spelled, data in config.items():
            key = ConfigKey.parse(spelled, self._project)
            if key in self.config:
                raise InvalidSettings(f"could not unmarshal '{self.path}': configuration key '{key}' is set twice")
            self._spelling[key] = spelled
            self.config[key] = values.read(data) if isinstance(data, dict | list) else texts[spelled]

    def _scalar_texts(self) -> dict[str, str]:
        """The scalars directly under `config` as they are written: to Pulumi they are text, whatever YAML thinks."""
        if self.path.suffix == ".json":
            data = self._data[CONFIG].items()
            return {key: value if isinstance(value, str) else go_yaml.go_text(value) for key, value in data}
        config = _child(go_yaml.compose(self._text), CONFIG)
        if not isinstance(config, MappingNode):
            return {}
        scalars = [(key, value) for key, value in config.value if isinstance(value, ScalarNode)]
        return {go_yaml.go_text(go_yaml.plain(key)): _scalar_text(value) for key, value in scalars}


def _child(node: Node | None, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _scalar_text(node: ScalarNode) -> str:
    return "" if go_yaml.plain(node) is None else str(node.value)
