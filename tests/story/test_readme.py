"""The README's walkthrough works as it is printed: its shell blocks are run, in order, in one shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)


def walkthrough() -> list[str]:
    text = (ROOT / "README.md").read_text()
    section = text.split("## The walkthrough", 1)[1].split("\n### On a real account", 1)[0]
    return BLOCK.findall(section)


@pytest.mark.timeout(120)
def test_the_walkthrough_of_the_readme_runs_as_printed(tmp_path: Path) -> None:
    blocks = walkthrough()
    assert len(blocks) == 5
    script = "\n".join(blocks).replace(". .venv/bin/activate", ":")
    # The refused `up` is the point of its line; everything else must succeed.
    script = script.replace("assume false && rolecall up ", "assume false && ! rolecall up ")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    environ |= {
        "HOME": str(tmp_path),
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "ROLECALL_HOME": str(tmp_path / "rolecall"),
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), environ["PATH"])),
    }
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    try:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"secretAccessKey": "[secret]"' in done.stdout
        caller = r"s3:CreateBucket +user/somebody@example.com"
        assert re.search(caller + r" +my-bucket-\w+ +DENIED", done.stdout)
        assert re.search(caller + r" → role/allow-s3-management-\w+ \(PulumiSession\) +my-bucket-\w+\n", done.stdout)
    finally:
        subprocess.run(["rolecall", "sandbox", "stop"], env=environ, capture_output=True, timeout=30, check=False)
