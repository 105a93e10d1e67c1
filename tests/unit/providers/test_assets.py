"""Assets and archives have the hashes that Pulumi gives them, and say why when they cannot be read."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.model.value import Archive, Asset, Map, Secret
from rolecall.providers.assets import UnreadableAsset, archive_entries, archive_hash, asset_bytes, hashed
from rolecall.providers.tarball import header, padding, trailer

GO_HASHES = json.loads((Path(__file__).parent.parent.parent / "data" / "archives" / "go_tar_hashes.json").read_text())


@pytest.mark.parametrize("name", sorted(GO_HASHES))
def test_a_tar_of_one_file_is_that_of_go(name: str) -> None:
    stream = header(name, 5) + b"hello" + padding(5) + trailer()
    assert hashlib.sha256(stream).hexdigest() == GO_HASHES[name]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300), st.binary(max_size=600))
def test_any_tar_reads_back(name: str, content: bytes) -> None:
    name = name.strip("/") or "x"
    stream = header(name, len(content)) + content + padding(len(content)) + trailer()
    with tarfile.open(fileobj=io.BytesIO(stream)) as tar:
        (member,) = tar.getmembers()
        file = tar.extractfile(member)
        assert file is not None
        assert (member.name, member.mode, file.read()) == (name, 0o600, content)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    (data / "sub").mkdir(parents=True)
    (data / "one.txt").write_text("one\n")
    (data / "sub" / "two.txt").write_text("two\n")
    (data / ".pulumi").mkdir()
    (data / ".pulumi" / "state").write_text("no content of an archive")
    return tmp_path


def test_the_hash_of_a_text_or_file_is_that_of_its_bytes(program: Path) -> None:
    values = Map({"text": Asset(text="hello"), "empty": Asset(text=""), "file": Asset(path="data/one.txt")})
    found = hashed(Map({"deep": (Secret(values),)}), str(program))
    (inner,) = found["deep"]  # type: ignore[misc]
    assert isinstance(inner, Secret) and isinstance(inner.value, Map)
    for key, content in (("text", b"hello"), ("empty", b""), ("file", b"one\n")):
        asset = inner.value[key]
        assert isinstance(asset, Asset) and asset.hash == hashlib.sha256(content).hexdigest()


def test_a_directory_and_a_map_with_the_same_files_have_the_same_hash(program: Path) -> None:
    directory = Archive(path="data")
    files = Archive(assets=Map({"one.txt": Asset(text="one\n"), "sub/two.txt": Asset(path="data/sub/two.txt")}))
    assert archive_hash(directory, str(program)) == archive_hash(files, str(program))
    assert [name for name, _ in archive_entries(directory, str(program))] == ["one.txt", "sub/two.txt"]


def test_a_nested_archive_is_below_its_name_and_what_comes_twice_counts_once(program: Path) -> None:
    outer = Archive(assets=Map({"a": Archive(path="data"), "a/one.txt": Asset(text="never seen")}))
    entries = {name: read() for name, read in archive_entries(outer, str(program))}
    assert entries == {"a/one.txt": b"one\n", "a/sub/two.txt": b"two\n"}


def test_links_to_files_count_as_files_and_links_to_directories_not(program: Path) -> None:
    (program / "data" / "link").symlink_to("one.txt")
    (program / "data" / "round").symlink_to(".")
    names = [name for name, _ in archive_entries(Archive(path="data"), str(program))]
    assert names == ["link", "one.txt", "sub/two.txt"]


def test_the_hash_of_an_archive_file_is_that_of_the_file_and_its_entries_can_be_read(program: Path) -> None:
    file = program / "all.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("x/y.txt", "content")
    archive = Archive(path="all.zip")
    assert archive_hash(archive, str(program)) == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [(name, read()) for name, read in archive_entries(archive, str(program))] == [("x/y.txt", b"content")]


def test_a_hash_that_is_there_is_not_computed_again() -> None:
    elided = Map({"a": Asset(hash="ab12"), "b": Asset(path="nowhere", hash="cd34")})
    assert hashed(elided, "/nonexistent") == elided


def test_a_file_uri_is_read(program: Path) -> None:
    assert asset_bytes(Asset(uri=(program / "data" / "one.txt").as_uri()), "/") == b"one\n"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Asset(path="missing.txt"), "no such file or directory"),
        (Asset(path="data"), "is a directory; try using an archive"),
        (Asset(uri="ftp://x/y"), "unsupported URI scheme: ftp"),
        (Asset(uri="file://elsewhere/y"), "only localhost"),
        (Asset(hash="ab12"), "not known any more"),
        (Archive(path="data/one.txt"), "neither a recognized archive type nor a directory"),
        (Archive(path="missing"), "no such file or directory"),
        (Archive(uri="https://x/y.txt"), "not a recognized archive format"),
    ],
)
def test_what_cannot_be_read_says_why(program: Path, value: Asset | Archive, said: str) -> None:
    with pytest.raises(UnreadableAsset, match=said):
        asset_bytes(value, str(program)) if isinstance(value, Asset) else archive_hash(value, str(program))


def test_a_broken_archive_file_is_said_to_be_one(program: Path) -> None:
    (program / "bad.zip").write_bytes(b"nonsense")
    with pytest.raises(UnreadableAsset, match="failed to read the archive 'bad.zip'"):
        list(archive_entries(Archive(path="bad.zip"), str(program)))


def test_a_download_that_breaks_off_is_said_and_nothing_of_it_is_used() -> None:
    class Half(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Half) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        with pytest.raises(UnreadableAsset, match="failed to fetch asset"):
            asset_bytes(Asset(uri=f"http://127.0.0.1:{server.server_address[1]}/x.txt"), "/")
        serving.join()
