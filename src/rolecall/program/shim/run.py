"""Run a Pulumi program: started by the *program's* Python (3.8 or newer), with its `pulumi` (3.60 or newer).

It needs nothing but the standard library and `pulumi`, and follows the process contract of Pulumi's Python host: how
the program is told its settings, what is reported as an error, and the exit status (0 done, 1 `RunError` or no SDK,
32 an error that was reported already, else the program's own).
"""

import argparse
import asyncio
import inspect
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

REPORTED = 32
INTERRUPTED = 130
MONITOR_GONE = "Resource monitor has terminated"
"""What SDKs make of a deployment that is over. The engine ended it and has said why; this would only repeat it."""

THREADS_PER_OPERATION = 4
LEAST_THREADS = 64
MOST_THREADS = 4096


def parse_arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("monitor", "engine", "project", "stack", "organization", "root_directory", "pwd", "tracing"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("--dry_run", default="false")
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--mute_debug", action="store_true")
    parser.add_argument("entry")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser.parse_args()


def import_pulumi():
    """The SDK, or an explanation and exit."""
    try:
        import pulumi
        import pulumi.runtime
    except ImportError as error:
        if not (error.name or "").startswith("pulumi"):
            traceback.print_exc()
        missing = "the Pulumi SDK cannot be imported" if error.name != "pulumi" else "the Pulumi SDK is not installed"
        print(f"{missing} in {sys.executable}: {error}", file=sys.stderr)
        print(
            f"Install it for that interpreter ({sys.executable} -m pip install -r requirements.txt), or name the "
            "project's virtual environment in Pulumi.yaml (runtime: {name: python, options: {virtualenv: venv}}); "
            "`rolecall install` then makes it.",
            file=sys.stderr,
        )
        sys.exit(1)
    return pulumi


def configure(pulumi, options):
    """Hand the SDK its configuration and settings, in the form that its version understands."""
    runtime = pulumi.runtime
    config = runtime.get_config_env()
    if hasattr(runtime, "set_all_config") and hasattr(runtime, "get_config_secret_keys_env"):
        runtime.set_all_config(config, runtime.get_config_secret_keys_env())
    else:
        for key, value in config.items():
            runtime.set_config(key, value)
    settings = {
        "monitor": options.monitor,
        "engine": options.engine,
        "project": options.project,
        "stack": options.stack,
        "parallel": options.parallel,
        "dry_run": options.dry_run == "true",
        "organization": options.organization,
        "root_directory": options.root_directory or None,
    }
    known = inspect.signature(runtime.Settings).parameters
    runtime.configure(runtime.Settings(**{key: value for key, value in settings.items() if key in known}))


def mute_debug_log(pulumi):
    """Drop debug messages here. Four of five calls of a program are such, and nobody asked to see them."""
    pulumi.log.debug = lambda *arguments, **options: None


def program_of(entry):
    """What runs the user's code, as `run_in_stack` wants it."""
    if os.path.isfile(entry):
        sys.path.insert(0, os.getcwd())  # what runpy does for a directory: modules beside the program can be imported

    def program():
        runpy.run_path(entry, run_name="__main__")

    return program


def is_missing_entry(error, entry):
    """Whether the program itself was not found, as against something that it imports."""
    if not isinstance(error, ImportError) or os.path.isfile(entry):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename.endswith(("runpy.py", "<frozen runpy>"))


def trimmed_traceback(error, entry):
    """The traceback from the program's first frame on; what is above it is ours and the SDK's."""
    start = os.path.realpath(entry)
    if os.path.isdir(start):
        start = os.path.join(start, "__main__.py")
    frame = error.__traceback__
    while frame is not None and os.path.realpath(frame.tb_frame.f_code.co_filename) != start:
        frame = frame.tb_next
    if frame is None and isinstance(error, SyntaxError) and error.filename:
        return "".join(traceback.format_exception_only(type(error), error))
    return "".join(traceback.format_exception(type(error), error, frame or error.__traceback__))


def report(pulumi, error, entry):
    """Tell the engine why the program failed; the exit status that goes with it."""
    if isinstance(error, pulumi.RunError):
        if str(error).startswith(MONITOR_GONE):
            return INTERRUPTED
        pulumi.log.error(str(error))
        return 1
    if is_missing_entry(error, entry):
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{os.path.abspath(entry)}`")
        return REPORTED
    pulumi.log.error("Program failed with an unhandled exception:\n" + trimmed_traceback(error, entry))
    return REPORTED


def run(pulumi, options):
    """Run the program to its end; the exit status."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Each call to the monitor occupies a thread until it is answered, which may take until others were.
    wanted = max(options.parallel, 1) * THREADS_PER_OPERATION
    executor = ThreadPoolExecutor(max_workers=min(max(wanted, LEAST_THREADS), MOST_THREADS))
    loop.set_default_executor(executor)
    # A failed program leaves futures that nobody looks at; asyncio would complain about each of them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(program_of(options.entry)))
        return 0
    except KeyboardInterrupt:
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # we were told to stop: what is under way has been given up by the engine
    except SystemExit as end:
        return exit_status(end)
    except Exception as error:
        return report(pulumi, error, options.entry)
    finally:
        executor.shutdown(wait=True)
        loop.close()


def exit_status(end):
    """The status that `sys.exit(...)` asked for."""
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code
    print(end.code, file=sys.stderr)
    return 1


def main():
    sys.path.pop(0)  # the directory of this file, which Python puts there
    options = parse_arguments()
    pulumi = import_pulumi()
    if options.mute_debug:
        mute_debug_log(pulumi)
    if options.pwd:
        os.chdir(options.pwd)
    configure(pulumi, options)
    sys.argv = [options.entry] + options.arguments
    status = run(pulumi, options)
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(status)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
