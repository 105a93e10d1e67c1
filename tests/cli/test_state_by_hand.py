"""`state edit` at a terminal with a real editor, and `state upgrade`."""

from __future__ import annotations

import json
import os
import pty
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine
from tests.cli.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path)
    made.out("stack", "init", "dev")
    made.write("Thing('a', value='one', token=pulumi.Output.secret('hush'))\n")
    assert made.up().code == 0
    return made


def edit(shelf: Shelf, editor: str, answer: str = "y") -> tuple[int, str]:
    """`state edit` as a person runs it. `editor`: Python that changes the variable `text`."""
    script = shelf.root / "editor.py"
    script.write_text(
        "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\ntext = path.read_text()\n"
        f"assert path.stat().st_mode & 0o77 == 0 and 'hush' not in text\n{editor}\npath.write_text(text)\n"
    )
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(shelf.program)
        environ = {**shelf.environ, "TERM": "xterm", "NO_COLOR": "1", "EDITOR": f"{sys.executable} {script}"}
        os.execvpe(sys.executable, [sys.executable, "-m", "rolecall", "state", "edit"], environ)
    text = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
        if text.endswith(b"[y/N] "):
            os.write(terminal, answer.encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text.decode()


def test_an_edited_state_is_stored_and_its_secrets_stay_sealed(shelf: Shelf) -> None:
    code, said = edit(shelf, 'text = text.replace(\'"value": "one"\', \'"value": "two"\')')
    assert code == 0 and "State edited" in said, said
    exported = json.loads(shelf.out("stack", "export", "--show-secrets"))
    [thing] = [r for r in exported["deployment"]["resources"] if r["urn"].endswith("::a")]
    assert thing["inputs"]["value"] == "two" and "hush" in json.dumps(thing)
    assert shelf.locks == []


@pytest.mark.parametrize(
    ("editor", "answer", "told"),
    [
        ("pass", "y", "Nothing was changed"),
        ("text += ' '", "n", "confirmation declined"),
        ("text = text[:50]", "y", "the edited state is not JSON"),
        ("text = '[]'", "y", "must be a JSON object"),
        ("text = text.replace('proj-dev\",', 'gone\",', 1)", "y", "error: "),
        ("sys.exit(3)", "y", "ended with status 3"),
    ],
)
def test_what_is_not_a_sound_state_or_not_meant_changes_nothing(
    shelf: Shelf, editor: str, answer: str, told: str
) -> None:
    before = shelf.out("stack", "export")
    _, said = edit(shelf, editor, answer)
    assert told in said
    assert shelf.out("stack", "export") == before and shelf.locks == []


def test_editing_needs_a_person_and_upgrading_has_nothing_to_do(run: CommandLine) -> None:
    refused = run("state", "edit")
    assert refused.code == 1 and "must be run in interactive mode" in refused.err
    assert run.out("state", "upgrade", "--yes") == "Nothing to do\n"
