"""Stack settings are edited in place: what need not change stays, to the byte."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rolecall.errors import RolecallError
from rolecall.project import files
from rolecall.project.keys import ConfigKey, InvalidKey
from rolecall.project.settings import InvalidSettings, StackSettings, path_for
from rolecall.project.values import Sealed

COMMENTED = """\
# settings of production
encryptionsalt: v1:abc  # do not lose this

config:
  # where
  aws:region: eu-west-1
  "proj:quoted": 'single'   # odd quotes
  proj:list:
    # first
    - one

    # second
    - two
  proj:text: |
    # not a comment
    line
  # the end of config

unknown: {flow: [1, 2]}   # ours
"""


def load(tmp_path: Path, text: str = COMMENTED, name: str = "Pulumi.dev.yaml") -> StackSettings:
    path = tmp_path / name
    path.write_text(text)
    return StackSettings.load(path, "proj")


def key(text: str) -> ConfigKey:
    return ConfigKey.parse(text, "proj")


def test_saving_what_did_not_change_does_not_touch_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path)
    before = settings.path.stat().st_mtime_ns
    settings.set(key("aws:region"), "eu-west-1")
    settings.save()
    assert settings.path.read_text() == COMMENTED
    assert settings.path.stat().st_mtime_ns == before


def test_a_changed_value_changes_its_own_text_only(tmp_path: Path) -> None:
    settings = load(tmp_path)
    settings.set(key("quoted"), "true")
    settings.set(key("list[0]"), "1", by_path=True)
    settings.save()
    assert settings.path.read_text() == COMMENTED.replace("'single'", '"true"').replace("- one", "- 1")


def test_a_new_value_comes_after_the_last_one_and_a_new_field_before_config(tmp_path: Path) -> None:
    settings = load(tmp_path)
    settings.set(key("token"), Sealed("v1:x:y"))
    settings.secrets_provider = "awskms://x"
    settings.save()
    assert settings.path.read_text() == COMMENTED.replace(
        "  # the end", "  proj:token:\n    secure: v1:x:y\n  # the end"
    ).replace("encryptionsalt", "secretsprovider: awskms://x\nencryptionsalt")


def test_a_removed_value_leaves_the_comments_of_its_neighbours(tmp_path: Path) -> None:
    settings = load(tmp_path)
    settings.remove(key("list[0]"), by_path=True)
    settings.remove(key("aws:region"))
    settings.save()
    assert settings.path.read_text() == COMMENTED.replace("    - one\n", "").replace("  aws:region: eu-west-1\n", "")


def test_removing_everything_leaves_no_empty_config(tmp_path: Path) -> None:
    settings = load(tmp_path, "config:\n  proj:a: b\n")
    settings.remove(key("a"))
    settings.save()
    assert settings.path.read_text() == "{}\n"
    assert StackSettings.load(settings.path, "proj").config == {}


def test_a_flow_mapping_is_written_anew_rather_than_wrongly(tmp_path: Path) -> None:
    settings = load(tmp_path, "config: {proj:a: b}\nother: 1\n")
    settings.set(key("c"), "d")
    settings.save()
    assert settings.path.read_text() == "config:\n  proj:a: b\n  proj:c: d\nother: 1\n"


def test_a_file_without_a_newline_at_its_end_gets_one(tmp_path: Path) -> None:
    settings = load(tmp_path, "config:\n  proj:a: b")
    settings.set(key("c"), "d")
    settings.save()
    assert settings.path.read_text() == "config:\n  proj:a: b\n  proj:c: d\n"


def test_a_file_of_comments_keeps_them(tmp_path: Path) -> None:
    settings = load(tmp_path, "# mine\n")
    settings.set(key("a"), "b")
    settings.save()
    assert settings.path.read_text() == "# mine\nconfig:\n  proj:a: b\n"


def test_scalars_at_the_top_are_text_as_written_and_keep_their_type_deeper_down(tmp_path: Path) -> None:
    settings = load(
        tmp_path, "config:\n  proj:a: 007\n  proj:b: 1.50\n  proj:c: true\n  proj:d: ~\n  proj:e: [007, true]\n"
    )
    assert [settings.get(key(name)) for name in "abcd"] == ["007", "1.50", "true", ""]
    assert settings.get(key("e")) == [7, True]


def test_a_typed_scalar_is_quoted_by_the_next_write_as_pulumi_does(tmp_path: Path) -> None:
    settings = load(tmp_path, "config:\n  proj:a: 42\n")
    settings.set(key("b"), "x")
    settings.save()
    assert settings.path.read_text() == 'config:\n  proj:a: "42"\n  proj:b: x\n'


def test_keys_keep_the_spelling_they_have_in_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, "config:\n  bare: 1\n  proj:config:old: 2\n")
    settings.set(key("bare"), "x")
    settings.set(key("old"), "z")
    settings.save()
    assert settings.path.read_text() == "config:\n  bare: x\n  proj:config:old: z\n"


def test_one_key_spelled_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="'proj:a' is set twice"):
        load(tmp_path, "config:\n  a: 1\n  proj:a: 2\n")


@pytest.mark.parametrize("text", ["- a\n", "config: [1]\n", "config: text\n"])
def test_what_is_no_settings_file_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidSettings, match=r"Pulumi\.dev\.yaml"):
        load(tmp_path, text)


def test_a_bad_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidKey, match="could not parse a:b:c as a configuration key"):
        load(tmp_path, "config:\n  a:b:c: 1\n")


def test_json_settings_are_json_and_keep_what_is_unknown(tmp_path: Path) -> None:
    settings = load(tmp_path, '{"unknown": [1], "config": {"proj:a": 1}}', "Pulumi.dev.json")
    settings.set(key("b"), Sealed("v1:x:y"))
    settings.save()
    expected = {"unknown": [1], "config": {"proj:a": "1", "proj:b": {"secure": "v1:x:y"}}}
    assert json.loads(settings.path.read_text()) == expected


def test_a_new_file_is_readable_by_all_and_an_old_one_keeps_its_permissions(tmp_path: Path) -> None:
    settings = StackSettings.load(tmp_path / "Pulumi.new.yaml", "proj")
    settings.set(key("a"), "b")
    settings.save()
    assert settings.path.stat().st_mode & 0o777 == 0o644
    os.chmod(settings.path, 0o600)
    settings.set(key("a"), "c")
    settings.save()
    assert settings.path.stat().st_mode & 0o777 == 0o600


def test_settings_behind_a_symbolic_link_are_changed_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("config:\n  proj:a: b\n")
    (tmp_path / "Pulumi.dev.yaml").symlink_to("real.yaml")
    settings = StackSettings.load(tmp_path / "Pulumi.dev.yaml", "proj")
    settings.set(key("a"), "c")
    settings.save()
    assert (tmp_path / "Pulumi.dev.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "config:\n  proj:a: c\n"


def test_a_disk_that_is_full_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    settings = load(tmp_path)
    settings.set(key("big"), "x" * 100)
    with pytest.raises(RolecallError, match="could not write") as raised:
        full = Path("/dev/full")
        if not full.exists():
            pytest.skip("this system has no /dev/full")
        files.write(full / "settings", "x")
    assert "Nothing was changed" in str(raised.value)
    assert settings.path.read_text() == COMMENTED
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.dev.yaml"]


def test_settings_stand_beside_the_project_file_or_where_it_says() -> None:
    project = Path("/p/Pulumi.yml")
    assert path_for(project, "", "dev") == Path("/p/Pulumi.dev.yml")
    assert path_for(project, "stacks", "a/b") == Path("/p/stacks/Pulumi.a-b.yml")


def test_a_file_keeps_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(b"# c\r\nconfig:\r\n  proj:a: b\r\n")
    settings = StackSettings.load(path, "proj")
    settings.set(key("c"), "d")
    settings.save()
    assert path.read_bytes() == b"# c\r\nconfig:\r\n  proj:a: b\r\n  proj:c: d\r\n"


@pytest.mark.parametrize(
    "text", ["config:\n# c\nother: 1\n", "config: # c\nother: 1\n", "---\nconfig: {}\nother: 1 # c\n"]
)
def test_an_empty_config_is_filled_where_it_is(tmp_path: Path, text: str) -> None:
    settings = load(tmp_path, text)
    settings.set(key("a"), "b")
    settings.save()
    written = settings.path.read_text()
    assert "# c" in written
    assert StackSettings.load(settings.path, "proj").config == {key("a"): "b"}
