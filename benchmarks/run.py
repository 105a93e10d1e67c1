"""Measures what rolecall costs: start-up, a fresh and a no-op `up` of many resources, memory, and reading an output.

    .venv/bin/python benchmarks/run.py                   1,000 component resources
    .venv/bin/python benchmarks/run.py --resources 2000
    .venv/bin/python benchmarks/run.py --json            for comparing

Everything happens in a temporary directory, offline, with component resources: they need no provider, so what is
measured is the engine, the protocol, the program's own SDK and the state. Memory is rolecall's own peak (VmHWM), not
the program's. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PROGRAM = """
import os
import pulumi

class Part(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("bench:index:Part", name, {"number": name}, opts)
        self.register_outputs({"name": name})

whole = Part("whole")
for number in range(int(os.environ["BENCH_RESOURCES"]) - 1):
    Part(f"part-{number}", pulumi.ResourceOptions(parent=whole))
pulumi.export("count", os.environ["BENCH_RESOURCES"])
"""


@dataclass(frozen=True)
class Measured:
    """One command: wall-clock seconds, processor seconds of all its processes, and rolecall's peak memory in MB."""

    name: str
    seconds: float
    processor_seconds: float
    peak_mb: float


def peak_of(process: subprocess.Popen[bytes]) -> list[float]:
    """Follows a process's peak memory until it ends; the one entry of the list is the latest, in MB."""
    peak = [0.0]

    def follow() -> None:
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            try:
                lines = status.read_text().splitlines()
            except OSError:
                return
            peak[0] = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), peak[0])
            time.sleep(0.01)

    threading.Thread(target=follow, daemon=True).start()
    return peak


def measure(name: str, arguments: list[str], directory: Path, environ: dict[str, str]) -> Measured:
    """Runs one command of rolecall's; exits when it fails."""
    before = os.times()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "rolecall", *arguments],
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    peak = peak_of(process)
    output, _ = process.communicate()
    took = time.perf_counter() - began
    if process.returncode:
        sys.exit(f"`rolecall {' '.join(arguments)}` failed:\n{output.decode()}")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Measured(name, round(took, 3), round(used, 3), round(peak[0], 1))


def run(resources: int) -> list[Measured]:
    """All measurements, in order."""
    with tempfile.TemporaryDirectory(prefix="rolecall-bench-") as root:
        program = Path(root, "program")
        for directory in (program, Path(root, "backend"), Path(root, "home")):
            directory.mkdir()
        (program / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (program / "__main__.py").write_text(PROGRAM)
        environ = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(Path(root, "home")),
            "PULUMI_BACKEND_URL": f"file://{Path(root, 'backend')}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "BENCH_RESOURCES": str(resources),
        }
        quiet = ["--yes", "--skip-preview", "--suppress-progress"]
        commands = [
            ("--version", ["--version"]),
            ("stack init", ["stack", "init", "dev"]),
            ("preview of everything", ["preview", "--suppress-progress"]),
            (f"fresh up of {resources}", ["up", *quiet]),
            ("no-op up", ["up", *quiet]),
            ("stack output", ["stack", "output", "count"]),
            ("stack ls", ["stack", "ls"]),
            ("destroy", ["destroy", *quiet]),
        ]
        return [measure(name, arguments, program, environ) for name, arguments in commands]


def main() -> None:
    """Runs from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resources", type=int, default=1000, help="how many resources the program has (1000)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = run(options.resources)
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return
    print(f"{'':24} {'wall':>9} {'processor':>10} {'peak':>9}")
    for one in found:
        print(f"{one.name:24} {one.seconds:8.2f}s {one.processor_seconds:9.2f}s {one.peak_mb:6.1f} MB")


if __name__ == "__main__":
    main()
