"""What assets and archives contain, and the hashes by which Pulumi tells whether they changed.

A hash is the SHA-256 of an asset's bytes, of an archive file's bytes, or, for an archive made of files, of the tar
stream that Go's `archive/tar` writes for them: so a stack moves between Pulumi and rolecall without a difference.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from rolecall.errors import RolecallError
from rolecall.model.value import Archive, Asset, Map, Value, transform
from rolecall.providers.tarball import header, padding, trailer

_ARCHIVE_SUFFIXES = (".tar", ".tgz", ".tar.gz", ".zip", ".jar")
_BOOKKEEPING = ".pulumi"
_FETCH_SECONDS = 60

Entry = tuple[str, Callable[[], bytes]]


class UnreadableAsset(RolecallError):
    """An asset or archive whose content cannot be had."""


def asset_bytes(asset: Asset, directory: str) -> bytes:
    """The content of an asset; a relative path is relative to `directory`. Raises UnreadableAsset."""
    if asset.path:
        return _file(asset.path, directory)
    if asset.uri:
        return _fetch(asset.uri)
    if asset.text or not asset.hash or asset.hash == hashlib.sha256(b"").hexdigest():
        return (asset.text or "").encode()
    raise UnreadableAsset("the content of an asset is not known any more", detail=f"only its hash is: {asset.hash}")


def archive_entries(archive: Archive, directory: str) -> Iterator[Entry]:
    """The files in an archive, in Pulumi's order: name and a function that reads its content. Raises UnreadableAsset.

    Directories are walked in lexical order without `.pulumi` and without following links to directories; the entries
    of a map go by name, those of an archive inside it below that name. A name that comes again is left out.
    """
    seen: set[str] = set()
    for name, read in _entries(archive, directory):
        if name not in seen:
            seen.add(name)
            yield name, read


def hashed(values: Map, directory: str) -> Map:
    """`values` with the hash of every asset and archive that has none yet. Raises UnreadableAsset."""

    def fill(value: Value) -> Value:
        if isinstance(value, Asset) and not value.hash:
            return Asset(value.text, value.path, value.uri, hashlib.sha256(asset_bytes(value, directory)).hexdigest())
        if isinstance(value, Archive) and not value.hash:
            return Archive(value.assets, value.path, value.uri, archive_hash(value, directory))
        return value

    return Map({key: transform(value, fill) for key, value in values.items()})


def archive_hash(archive: Archive, directory: str) -> str:
    """The hash of an archive's content."""
    source = _source_bytes(archive, directory)
    if source is not None:
        return hashlib.sha256(source).hexdigest()
    digest = hashlib.sha256()
    for name, read in archive_entries(archive, directory):
        content = read()
        digest.update(header(name, len(content)))
        digest.update(content)
        digest.update(padding(len(content)))
    digest.update(trailer())
    return digest.hexdigest()


def _source_bytes(archive: Archive, directory: str) -> bytes | None:
    """The bytes of an archive that is one file already."""
    if archive.path and archive.path.endswith(_ARCHIVE_SUFFIXES):
        return _file(archive.path, directory)
    if archive.uri and not archive.path and urlsplit(archive.uri).path.endswith(_ARCHIVE_SUFFIXES):
        return _fetch(archive.uri)
    return None


def _entries(archive: Archive, directory: str) -> Iterator[Entry]:
    source = _source_bytes(archive, directory)
    if source is not None:
        yield from _unpacked(source, archive.path or archive.uri or "")
    elif archive.path:
        yield from _walked(archive.path, directory)
    elif archive.uri:
        raise UnreadableAsset(f"file at URL '{archive.uri}' is not a recognized archive format")
    else:
        yield from _mapped(archive.assets or Map(), directory)


def _mapped(assets: Map, directory: str) -> Iterator[Entry]:
    for name in sorted(assets, key=str.encode):
        member = assets[name]
        if isinstance(member, Asset):
            yield name, lambda member=member: asset_bytes(member, directory)  # type: ignore[misc]
        elif isinstance(member, Archive):
            for inner, read in _entries(member, directory):
                yield os.path.normpath(f"{name}/{inner}"), read
        else:
            raise UnreadableAsset(f"archive member '{name}' is not an asset or archive")


def _walked(path: str, directory: str) -> Iterator[Entry]:
    top = Path(directory, path)
    if not top.exists():
        raise UnreadableAsset(f"couldn't read archive path '{top}': no such file or directory")
    if not top.is_dir():
        raise UnreadableAsset(f"'{top}' is neither a recognized archive type nor a directory")
    for file in _files_below(top):
        yield file.relative_to(top).as_posix(), lambda file=file: _file(str(file), directory)  # type: ignore[misc]


def _files_below(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir(), key=lambda p: os.fsencode(p.name)):
        if path.name == _BOOKKEEPING:
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from _files_below(path)
        else:
            yield path


def _unpacked(content: bytes, name: str) -> Iterator[Entry]:
    import tarfile  # noqa: PLC0415 (few programs have such archives)
    import zipfile  # noqa: PLC0415

    try:
        if name.endswith((".zip", ".jar")):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                files = {info.filename: packed.read(info) for info in packed.infolist() if not info.is_dir()}
        else:
            with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                files = {info.name: _content(tar.extractfile(info)) for info in tar if info.isfile()}
    except (zipfile.BadZipFile, tarfile.TarError, OSError) as error:
        raise UnreadableAsset(f"failed to read the archive '{name}': {error}") from error
    for inner, data in files.items():
        yield os.path.normpath(inner), lambda data=data: data  # type: ignore[misc]


def _content(file: IO[bytes] | None) -> bytes:
    return file.read() if file is not None else b""


def _file(path: str, directory: str) -> bytes:
    full = os.path.normpath(os.path.join(directory, path))
    try:
        return Path(full).read_bytes()
    except IsADirectoryError as error:
        raise UnreadableAsset(f"asset path '{full}' is a directory; try using an archive") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableAsset(f"failed to open asset file '{full}': open {full}: {reason}") from error


def _fetch(uri: str) -> bytes:
    url = urlsplit(uri)
    if url.scheme == "file":
        if url.netloc not in ("", "localhost"):
            raise UnreadableAsset(f"file:// host '{url.netloc}' not supported (only localhost)")
        return _file(unquote(url.path), "/")
    if url.scheme not in ("http", "https"):
        raise UnreadableAsset(f"Unrecognized or unsupported URI scheme: {url.scheme}")
    import http.client  # noqa: PLC0415 (few programs have assets elsewhere)
    import urllib.request  # noqa: PLC0415

    try:
        with urllib.request.urlopen(uri, timeout=_FETCH_SECONDS) as response:  # noqa: S310 (the scheme was checked)
            content: bytes = response.read()
            return content
    except (OSError, http.client.HTTPException) as error:
        raise UnreadableAsset(f"failed to fetch asset '{uri}': {error}") from error
