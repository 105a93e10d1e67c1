"""Completion of commands, flags and stacks; the bash script is run by a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("pre",), ["preview"]),
        (("stack", "se"), ["select"]),
        (("-C", ".", "stack", "se"), ["select"]),
        (("stack", "select", ""), ["dev", "prod"]),
        (("up", "--stack", "p"), ["prod"]),
        (("up", "-s", ""), ["dev", "prod"]),
        (("up", "--message", ""), []),
        (("up", "--yes", ""), []),
        (("preview", "--save"), ["--save-plan"]),
        (("nonsense", ""), []),
        (("__c",), []),
    ],
)
def test_the_last_word_is_completed(run: CommandLine, words: tuple[str, ...], expected: list[str]) -> None:
    run.out("stack", "init", "prod")
    assert run.out("__complete", "--", *words).split() == expected


def test_where_stacks_cannot_be_listed_nothing_is_said(bare: CommandLine) -> None:
    (bare.directory / "Pulumi.yaml").write_text("[")
    done = bare("__complete", "--", "stack", "select", "")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_bash_completes_with_the_script(run: CommandLine, tmp_path: Path) -> None:
    script = run.out("completion", "bash")
    (tmp_path / "bin").mkdir()
    entry = tmp_path / "bin" / "rolecall"
    entry.write_text(f'#!/bin/sh\nexec {sys.executable} -m rolecall "$@"\n')
    entry.chmod(0o755)
    ask = '\nCOMP_WORDS=(rolecall stack sel); COMP_CWORD=2; _rolecall; printf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(
        ["bash", "-c", script + ask],
        cwd=run.directory,
        env={**run.environ, "PATH": f"{entry.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["select"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_is_for_the_program_that_wrote_it(run: CommandLine, shell: str) -> None:
    script = run("gen-completion", shell, program="pulumi").out
    assert "pulumi __complete -- " in script and "PROGRAM" not in script and "FUNCTION" not in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", "-c", script], check=True)


def test_another_shell_is_refused(run: CommandLine) -> None:
    assert run("completion", "tcsh").err.startswith('error: shell "tcsh" is not supported')
