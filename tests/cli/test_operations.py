"""Preview, up, refresh and destroy through the real command line, with a real program and a real provider plugin."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine
from tests.cli.shelf import Shelf

CHAIN = """
previous = None
for name in ("a", "b", "c", "d"):
    previous = Thing(name, gate=True, opts=pulumi.ResourceOptions(depends_on=[previous] if previous else []))
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path)
    made.out("stack", "init", "dev")
    return made


def test_a_stack_lives_from_its_first_up_to_its_destruction(shelf: Shelf) -> None:
    shelf.write("a = Thing('a', value='one')\npulumi.export('value', a.urn.apply(lambda _: 'out'))\n")
    first = shelf.up()
    assert first.code == 0, first.out + first.err
    assert "    + 2 created" in first.lines and '    value: "out"' in first.lines
    assert shelf.up("--expect-no-changes").code == 0

    shelf.write("Thing('a', value='two')\n")
    refused = shelf.run("preview", "--expect-no-changes")
    assert (refused.code, refused.err) == (7, "error: no changes were expected for preview but changes were proposed\n")
    assert " ~  shelf:index:Thing a updated (0.0" in shelf.up().out
    assert json.loads((shelf.place / "a").read_text()) == {"value": "two"}

    (shelf.place / "a").write_text('{"value": "by hand"}')
    assert shelf.run("refresh", "--yes", "--skip-preview").code == 0
    assert " ~  shelf:index:Thing a update [diff: ~value]" in shelf.run("preview").lines

    gone = shelf.run("destroy", "--yes", "--stack", "organization/proj/dev", cwd=shelf.root)
    assert gone.code == 0, gone.out + gone.err
    assert shelf.things == set() and shelf.remembered == set() and shelf.locks == []
    history = json.loads(shelf.out("stack", "history", "--json"))
    assert [(h["kind"], h["result"]) for h in history] == [
        (k, "succeeded") for k in ("destroy", "refresh", "update", "update", "update")
    ]


def test_what_exists_can_be_imported_and_then_be_declared(shelf: Shelf) -> None:
    (shelf.place / "old").write_text('{"value": "there"}')
    shelf.write("Thing('mine', value='there', opts=pulumi.ResourceOptions(protect=True))\n")
    arguments = ("import", "shelf:index:Thing", "mine", "old", "--yes", "--skip-preview")
    done = shelf.run(*arguments)
    assert done.code == 0 and done.err == "", done.out + done.err
    assert "Please copy the following code into your Pulumi application. Not doing so" in done.lines
    assert 'mine = shelf.Thing("mine", value="there", opts=pulumi.ResourceOptions(protect=True))' in done.lines
    assert shelf.remembered == {"mine"}
    assert shelf.up("--expect-no-changes").code == 0 and shelf.things == {"old"}


def test_a_failure_keeps_what_succeeded_and_skips_what_depends_on_it(shelf: Shelf) -> None:
    shelf.write(
        "bad = Thing('bad', refuse=True)\nThing('good')\n"
        "Thing('later', opts=pulumi.ResourceOptions(depends_on=[bad]))\n"
    )
    done = shelf.up()
    assert done.code == 1 and done.err == ""
    assert "    error: the shelf refuses bad" in done.lines and "    error: update failed" in done.lines
    assert shelf.remembered == shelf.things == {"good"} and shelf.pending == []


def test_json_is_all_there_is_on_standard_output(shelf: Shelf) -> None:
    shelf.write("Thing('a', token=pulumi.Output.secret('hush'))\npulumi.log.info('hello')\n")
    preview = json.loads(shelf.out("preview", "--json"))
    assert preview["changeSummary"] == {"create": 2}
    assert preview["steps"][1]["newState"]["inputs"] == {"token": "[secret]"}
    assert "hello\n" in [d["message"] for d in preview["diagnostics"]]
    lines = shelf.out("up", "--yes", "--skip-preview", "--json").splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["sequence"] for event in events] == sorted(event["sequence"] for event in events)
    assert "preludeEvent" in events[0] and events[-1]["cancelEvent"] == {}
    assert "hush" not in "".join(lines)


def test_configuration_is_saved_first_and_its_secrets_appear_nowhere(shelf: Shelf) -> None:
    secret = "correct horse battery"
    shelf.out("config", "set", "--secret", "token", secret)
    shelf.write(
        "c = pulumi.Config()\nprint('the token is', c.require('token'), 'and', c.require('plain'))\n"
        "Thing('a', value=c.require_secret('token'))\npulumi.export('token', c.require_secret('token'))\n"
    )
    log = shelf.root / "events.jsonl"
    done = shelf.up("-c", "plain=yes", "--debug", "--event-log", str(log))
    assert done.code == 0, done.out + done.err
    assert 'plain: "yes"' in (shelf.program / "Pulumi.dev.yaml").read_text()
    assert "the token is [secret] and yes" in done.out
    written = [path for path in shelf.root.rglob("*") if path.is_file() and shelf.place not in path.parents]
    leaks = [str(path) for path in written if secret.encode() in path.read_bytes()]
    assert leaks == [] and secret not in done.out + done.err


@pytest.mark.parametrize("done_before", [0, 2])
def test_a_killed_run_loses_nothing(shelf: Shelf, done_before: int) -> None:
    """Killed inside a provider's call, after its effect: what was done is remembered, what is unknown is pending."""
    shelf.write(CHAIN)
    running = shelf.start("up", "--yes", "--skip-preview")
    for name in "abcd"[:done_before]:
        assert shelf.reached() == name
        shelf.open_gate()
    interrupted = "abcd"[done_before]
    assert shelf.reached() == interrupted
    running.kill()
    running.communicate()

    preview = shelf.run("preview")
    assert preview.code == 0 and preview.err.startswith("warning: ")
    assert shelf.remembered == set("abcd"[:done_before])
    assert shelf.pending == [("creating", interrupted)]
    assert shelf.locks == [] and shelf.things == set("abcd"[: done_before + 1])

    shelf.write(CHAIN.replace("gate=True", "gate=False"))
    again = shelf.up()
    assert again.code == 0, again.out + again.err
    assert "1 pending operations" in again.out and f"Thing::{interrupted}, interrupted while creating" in again.out
    assert shelf.remembered == shelf.things == set("abcd")
    assert shelf.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates").code == 0
    assert shelf.pending == []


def test_one_interrupt_finishes_what_is_under_way(shelf: Shelf) -> None:
    """The signal goes to a whole process group, as a terminal's does. The program is not in it: it is told by us."""
    group = shelf.root / "group"
    shelf.write(f"import os\nopen({str(group)!r}, 'w').write(str(os.getpgid(0)))\n" + CHAIN)
    running = shelf.start("up", "--yes", "--skip-preview")
    assert shelf.reached() == "a"
    assert int(group.read_text()) != os.getpgid(running.pid)
    os.killpg(running.pid, signal.SIGINT)
    assert running.stderr is not None
    assert running.stderr.readline().startswith("^C received; cancelling.")
    shelf.open_gate()
    _out, error = running.communicate(timeout=60)
    assert running.returncode == 8 and error.endswith("error: update cancelled\n")
    assert shelf.remembered == shelf.things == {"a"} and shelf.pending == [] and shelf.locks == []


def test_two_interrupts_stop_at_once_and_leave_the_unknown_as_pending(shelf: Shelf) -> None:
    shelf.write(CHAIN)
    running = shelf.start("up", "--yes", "--skip-preview")
    assert shelf.reached() == "a"
    assert running.stderr is not None
    os.killpg(running.pid, signal.SIGINT)
    running.stderr.readline()
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=4.5)  # a plugin that is let finish gets five seconds
    assert running.returncode == 8
    assert shelf.remembered == set() and shelf.pending == [("creating", "a")] and shelf.locks == []


def test_a_second_run_is_refused_while_the_first_has_the_lock(shelf: Shelf) -> None:
    shelf.write("Thing('a', gate=True)\n")
    running = shelf.start("up", "--yes", "--skip-preview")
    assert shelf.reached() == "a"
    refused = shelf.up()
    assert refused.code == 1 and "the stack is currently locked by 1 lock(s)" in refused.err and refused.out == ""
    shelf.open_gate()
    running.communicate(timeout=60)
    assert running.returncode == 0 and shelf.locks == []


def test_a_full_disk_is_said_and_loses_nothing_that_was_written(shelf: Shelf) -> None:
    shelf.write("".join(f"Thing('t{i}', text='x' * 2000)\n" for i in range(12)))

    def fill_up() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, 16_000))

    done = subprocess.run(
        [sys.executable, "-m", "rolecall", "up", "--yes", "--skip-preview", "--parallel", "1"],
        cwd=shelf.program,
        env=shelf.environ,
        capture_output=True,
        text=True,
        preexec_fn=fill_up,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1
    assert "error: " in done.stderr and "Traceback" not in done.stdout + done.stderr
    assert shelf.run("preview").code == 0
    remembered = shelf.remembered
    assert remembered and remembered <= shelf.things <= remembered | {name for _, name in shelf.pending}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("up", "--yes", "--client", "127.0.0.1:1"), "error: --client is not supported yet"),
        (("preview", "--policy-pack", "x"), "error: --policy-pack is not supported yet"),
        (("destroy", "--yes", "--remote"), "error: --remote needs Pulumi Cloud"),
        (("refresh", "--yes", "--preview-only"), "error: --yes and --preview-only cannot be used together"),
        (("up",), "error: --yes or --skip-preview or --preview-only must be passed in"),
    ],
)
def test_flags_that_cannot_be_honoured_are_refused(run: CommandLine, arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert done.code != 0 and done.err.startswith(message) and done.out == ""


def test_the_event_log_exists_only_for_debugging(run: CommandLine) -> None:
    done = run("preview", "--event-log", "x")
    assert (done.code, done.err) == (1, "error: unknown flag: --event-log\n")


def at_a_terminal(shelf: Shelf, answers: list[str]) -> tuple[int, str]:
    """Runs `up` at a terminal and answers each question with the next of `answers`."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(shelf.program)
        environ = {**shelf.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "120", "LINES": "40"}
        os.execvpe(sys.executable, [sys.executable, "-m", "rolecall", "up"], environ)
    text = b""
    waiting = list(answers)
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
        if text.endswith(b"[d]etails: ") and waiting:
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text.decode()


def test_a_person_is_asked_may_look_at_the_details_and_say_no(shelf: Shelf) -> None:
    shelf.write("Thing('a', value='one')\n")
    code, text = at_a_terminal(shelf, ["details", "no"])
    assert code == 1 and "confirmation declined, not proceeding with the update" in text
    assert '        value: "one"' in text.replace("\r", "") and shelf.things == set()


def test_a_person_who_says_yes_sees_the_tree_and_the_full_name(shelf: Shelf) -> None:
    shelf.write("Thing('a', value='one')\n")
    code, text = at_a_terminal(shelf, ["yes"])
    assert code == 0 and shelf.things == {"a"}
    assert " +   └─ shelf:index:Thing  a         created" in text
    assert "Full name: organization/proj/dev" in text
