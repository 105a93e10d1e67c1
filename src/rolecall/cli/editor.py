"""A text in the user's own editor."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rolecall.errors import RolecallError


def edited(text: str, name: str, environ: Mapping[str, str]) -> str:
    """What the user makes of a text in $VISUAL or $EDITOR. The file is private and gone afterwards.

    Raises RolecallError when there is no editor, or it fails: then the text is as good as not edited.
    """
    command = environ.get("VISUAL") or environ.get("EDITOR")
    if not command:
        raise RolecallError("no EDITOR is set", hint="Set the environment variable EDITOR to your editor's command.")
    with tempfile.TemporaryDirectory(prefix="rolecall-") as directory:
        path = Path(directory, name.replace("/", "-"))
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        try:
            code = subprocess.run([*shlex.split(command), str(path)], env=dict(environ), check=False).returncode
        except (OSError, ValueError) as error:
            raise RolecallError(f"could not start the editor '{command}': {error}") from error
        if code != 0:
            raise RolecallError(f"the editor '{command}' ended with status {code}", detail="Nothing was changed.")
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RolecallError(f"could not read the edited file: {error}", detail="Nothing was changed.") from error
