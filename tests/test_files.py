import os

import pytest

from lstmblues import files
from lstmblues.errors import BluesError


def test_the_data_folder_holds_the_form_and_the_melodies():
    kept = {path.name for path in files.MUSIC.iterdir()}
    assert {"bebop-blues.toml", "eck-melodies.toml"} <= kept


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "music.mid"
    assert files.write_whole(path, b"one") == path
    assert files.write_whole(str(path), b"two") == path
    assert files.read_whole(path) == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["music.mid"]


def test_a_new_file_has_the_rights_of_any_other_new_file(tmp_path):
    files.write_whole(tmp_path / "written", b"")
    (tmp_path / "usual").write_bytes(b"")
    assert (tmp_path / "written").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failure):
    path = tmp_path / "music.mid"
    path.write_bytes(b"old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(os, "replace", fail)
    expected = BluesError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        files.write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["music.mid"]


def test_paths_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(BluesError, match="it is a folder; give the name of a file"):
        files.write_whole(tmp_path, b"")
    with pytest.raises(BluesError, match=r"cannot write .*No such file or directory"):
        files.write_whole(tmp_path / "missing" / "music.mid", b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BluesError, match=r"cannot write .*Not a directory"):
        files.write_whole(tmp_path / "file" / "music.mid", b"")


def test_a_path_can_be_checked_before_long_work(tmp_path):
    path = tmp_path / "music.mid"
    path.write_bytes(b"old")
    files.check_writable(path)
    files.check_writable(tmp_path / "new.mid")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["music.mid"]
    with pytest.raises(BluesError, match="it is a folder"):
        files.check_writable(tmp_path)
    with pytest.raises(BluesError, match=r"cannot write .*No such file or directory"):
        files.check_writable(tmp_path / "missing" / "music.mid")


def test_paths_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(BluesError, match=r"cannot read .*No such file"):
        files.read_whole(tmp_path / "missing")
    with pytest.raises(BluesError, match=r"cannot read .*Is a directory"):
        files.read_whole(tmp_path)


def test_sizes_are_checked_before_reading(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(bytes(100))
    assert files.read_whole(path, 100) == bytes(100)
    with pytest.raises(BluesError, match="large: It has 100 bytes, and at most 99 are read"):
        files.read_whole(path, 99)
    with open(path, "wb") as file:
        file.truncate(40 * 2**30)  # takes no room on the disk
    for read in (files.read_whole, files.read_toml):
        with pytest.raises(BluesError, match="It has 42949672960 bytes"):
            read(path)


def test_pipes_and_devices_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", "/dev/null"):
        with pytest.raises(BluesError, match="It is a pipe or a device; give the path of a file"):
            files.read_whole(path)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\udc80\ud800"])
def test_names_that_no_file_can_have_are_refused(tmp_path, name):
    with pytest.raises(BluesError, match="cannot read"):
        files.read_whole(tmp_path / name)


@pytest.mark.parametrize(
    "content",
    [
        b"= 3",
        b"a = \xff",
        b"\x00",
        b"a = 1\na = 2",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 5000,
    ],
    ids=range(6),
)
def test_what_is_not_toml_is_refused(tmp_path, content):
    path = tmp_path / "form.toml"
    path.write_bytes(content)
    with pytest.raises(BluesError, match=r"form\.toml is not a TOML file"):
        files.read_toml(path)


def test_toml_is_read(tmp_path):
    path = tmp_path / "form.toml"
    for encoding in ("utf-8", "utf-8-sig"):  # with a byte order mark, as some editors write it
        path.write_text('name = "E♭"', encoding=encoding)
        assert files.read_toml(path) == {"name": "E♭"}
