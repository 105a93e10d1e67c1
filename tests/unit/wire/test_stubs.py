"""The generated messages are loaded without the SDK, and agree with it when it comes."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_sdk_itself_is_not_imported() -> None:
    code = "import sys; from rolecall.wire import monitor, requests, answers; print('pulumi' in sys.modules)"
    assert run(code) == "False"


def test_a_later_import_of_the_sdk_shares_the_message_classes() -> None:
    code = (
        "from rolecall.wire.stubs import resource_pb2 as ours; import pulumi\n"
        "from pulumi.runtime.proto import resource_pb2 as theirs\n"
        "print(ours.RegisterResourceRequest is theirs.RegisterResourceRequest)"
    )
    assert run(code) == "True"


def test_an_earlier_import_of_the_sdk_does_too() -> None:
    code = (
        "import pulumi; from pulumi.runtime.proto import provider_pb2 as theirs\n"
        "from rolecall.wire.stubs import provider_pb2 as ours\n"
        "print(ours.CheckRequest is theirs.CheckRequest)"
    )
    assert run(code) == "True"
