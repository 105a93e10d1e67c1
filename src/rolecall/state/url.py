"""Backend URLs: which store one names, and how keys of it are shown to people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rolecall.state.errors import StateError

FILE = "file://"
OBJECT_STORES = ("s3://", "gs://", "azblob://")


@dataclass(frozen=True, slots=True)
class FileURL:
    """A directory as a backend. `query` is what errors show after a path, as Pulumi's do."""

    path: Path
    query: str

    def of(self, key: str) -> str:
        """The URL of one key."""
        return f"{FILE}{self.path / key if key else self.path}{self.query}"


def parse_file_url(url: str) -> FileURL:
    """Reads `file://PATH`: `~` is the home directory, relative paths start from the current directory.

    Raises StateError for any other scheme.
    """
    if not url.startswith(FILE):
        raise _unsupported(url)
    text, _, query = url.removeprefix(FILE).partition("?")
    path = Path(text).expanduser() if text.startswith("~") else Path(text or ".")
    return FileURL(Path.cwd() / path, f"?{_options(query)}" if _options(query) else "")


def _options(query: str) -> str:
    """The query that Pulumi's own store gets, and its errors show."""
    if not query:
        return "no_tmp_dir=true"
    from urllib.parse import parse_qsl, urlencode  # noqa: PLC0415 - few URLs have a query

    options = dict(parse_qsl(query, keep_blank_values=True))
    if options.get("no_tmp_dir", "") == "":
        options["no_tmp_dir"] = "true"
    elif options["no_tmp_dir"] == "false":
        del options["no_tmp_dir"]
    return urlencode(sorted(options.items()))


def _unsupported(url: str) -> StateError:
    if url.startswith(OBJECT_STORES):
        return StateError(
            f"states in {url.partition('://')[0]} are not supported yet: {url}",
            hint="use a directory: rolecall login file://PATH",
        )
    return StateError(f"{url} is not a place where rolecall can keep state", hint="use a directory: file://PATH")
