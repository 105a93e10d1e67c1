"""What a stack's history says about where an operation came from: versions, flags, variables' names, commit, CI run.

Keys are Pulumi's (`backend.UpdateMetadata`). Values of variables and flags are never kept, only that they were given.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rolecall.model.compatibility import PULUMI_VERSION

_BOOLEANS = frozenset(
    {
        "PULUMI_AUTOMATION_API",
        "PULUMI_CONTINUE_ON_ERROR",
        "PULUMI_DEBUG_COMMANDS",
        "PULUMI_DEV",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
        "PULUMI_DISABLE_OUTPUT_VALUES",
        "PULUMI_DISABLE_PROVIDER_PREVIEW",
        "PULUMI_DISABLE_RESOURCE_REFERENCES",
        "PULUMI_DISABLE_SECRET_CACHE",
        "PULUMI_DISABLE_VALIDATION",
        "PULUMI_ENABLE_LEGACY_DIFF",
        "PULUMI_ENABLE_LEGACY_REFRESH_DIFF",
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW",
        "PULUMI_ERROR_ON_DEPENDENCY_CYCLES",
        "PULUMI_EXPERIMENTAL",
        "PULUMI_IGNORE_AMBIENT_PLUGINS",
        "PULUMI_PARALLEL_DIFF",
        "PULUMI_RUN_PROGRAM",
        "PULUMI_SKIP_CHECKPOINTS",
        "PULUMI_SKIP_CONFIRMATIONS",
        "PULUMI_SKIP_UPDATE_CHECK",
    }
)
_KINDS = ("auto.local", "auto.inline", "cli")
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}
_GIT_TIMEOUT = 5.0
_REMOTE = re.compile(r"(?:://(?:[^@/]+@)?|@)(?P<host>[^/:]+)[/:](?:\d+/)?(?P<owner>.+)/(?P<repo>[^/]+?)(?:\.git)?/?$")
_HOSTS = {"github.com": "github.com", "gitlab.com": "gitlab.com", "bitbucket.org": "bitbucket.org"}


def started_by(flags: Mapping[str, object], environ: Mapping[str, str], kind: str, agent: str) -> dict[str, str]:
    """What is known without looking at the project. `flags`: those that were given, by name."""
    known = {
        "pulumi.version": PULUMI_VERSION.removeprefix("v"),
        "pulumi.os": platform.system().lower(),
        "pulumi.arch": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "exec.kind": kind if kind in _KINDS else "cli",
        "updatePlan": "false",
        "stack.environments": "[]",
    }
    if agent:
        known["exec.agent"] = agent
    for name, value in environ.items():
        if name.startswith("PULUMI_"):
            known[f"pulumi.env.{name}"] = _truth(value.lower() in ("1", "true")) if name in _BOOLEANS else "set"
    known |= {f"pulumi.flag.{n}": _truth(v) if isinstance(v, bool) else "set" for n, v in flags.items()}
    return known | _ci(environ)


def commit_of(root: Path) -> tuple[dict[str, str], str]:
    """What is known of the commit that a project is at, and its title. Empty outside of repositories or without git."""
    if not any((place / ".git").exists() for place in (root, *root.parents)):
        return {}, ""
    log = _git(root, "log", "-1", "--format=%H%n%cn%n%ce%n%an%n%ae%n%s")
    lines = log.split("\n") if log else []
    if len(lines) < 6:
        return {}, ""
    head, committer, committer_email, author, author_email, title = lines[:6]
    known = {
        "git.head": head,
        "git.committer": committer,
        "git.committer.email": committer_email,
        "git.author": author,
        "git.author.email": author_email,
        "git.dirty": _truth(bool(_git(root, "status", "--porcelain", "--untracked-files=no"))),
    }
    branch = _git(root, "rev-parse", "--abbrev-ref", "HEAD")
    if branch and branch != "HEAD":
        known["git.headName"] = branch
    return known | _remote(root), title


def _remote(root: Path) -> dict[str, str]:
    match = _REMOTE.search(_git(root, "config", "--get", "remote.origin.url"))
    if match is None:
        return {}
    top = _git(root, "rev-parse", "--show-toplevel")
    known = {"vcs.owner": match["owner"], "vcs.repo": match["repo"]}
    if match["host"] in _HOSTS:
        known["vcs.kind"] = _HOSTS[match["host"]]
    if top:
        known["vcs.root"] = os.path.relpath(root.resolve(), Path(top).resolve())
    return known


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _ci(environ: Mapping[str, str]) -> dict[str, str]:
    """The CI run, for the systems that most of the world uses."""
    get = environ.get
    if get("GITHUB_ACTIONS"):
        found = {
            "ci.system": "GitHub Actions",
            "ci.build.id": get("GITHUB_RUN_ID", ""),
            "ci.build.number": get("GITHUB_RUN_NUMBER", ""),
            "ci.build.type": get("GITHUB_EVENT_NAME", ""),
            "ci.pr.headSHA": get("GITHUB_SHA", ""),
        }
    elif get("GITLAB_CI"):
        found = {
            "ci.system": "GitLab CI/CD",
            "ci.build.id": get("CI_JOB_ID", ""),
            "ci.build.number": get("CI_PIPELINE_IID", ""),
            "ci.build.type": get("CI_PIPELINE_SOURCE", ""),
            "ci.build.url": get("CI_JOB_URL", ""),
            "ci.pr.headSHA": get("CI_COMMIT_SHA", ""),
        }
    elif get("PULUMI_CI_SYSTEM"):
        found = {
            "ci.system": get("PULUMI_CI_SYSTEM", ""),
            "ci.build.id": get("PULUMI_CI_BUILD_ID", ""),
            "ci.build.type": get("PULUMI_CI_BUILD_TYPE", ""),
            "ci.build.url": get("PULUMI_CI_BUILD_URL", ""),
            "ci.pr.headSHA": get("PULUMI_CI_PULL_REQUEST_SHA", ""),
        }
    else:
        return {}
    return {name: value for name, value in found.items() if value}


def _truth(value: bool) -> str:
    return "true" if value else "false"
