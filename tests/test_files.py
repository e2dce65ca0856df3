import os
import stat
import subprocess
import sys
import threading

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


# --- devices, pipes and links ---------------------------------------------------------------------

WAYS = {
    "write_whole": lambda path: files.write_whole(path, b"new"),
    "hold": lambda path: files.hold(path).__enter__(),
    "check_writable": files.check_writable,
}
"""Whatever writes, or looks whether it can."""


def read_into(got, path):
    """Begin to read the pipe at ``path``; what comes is added to ``got``."""
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()), daemon=True)
    reader.start()
    return reader


def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    files.check_writable(pipe)
    assert files.is_stream(pipe)
    reader = read_into(got, pipe)
    with files.hold(pipe):
        assert files.write_whole(pipe, b"music") == pipe
    reader.join(10)
    assert got == [b"music"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_device_is_written_to_through_a_link_and_stays(tmp_path):
    """Through a link, so that nothing happens to the device if this fails."""
    link = tmp_path / "nowhere"
    link.symlink_to(os.devnull)
    files.check_writable(link)
    files.write_whole(link, b"music")
    with files.appending(link) as add:
        add("music")
    assert link.is_symlink() and stat.S_ISCHR(link.stat().st_mode)
    assert list(tmp_path.iterdir()) == [link]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no such device")
def test_what_a_device_does_not_take_is_told():
    with pytest.raises(BluesError, match="cannot write /dev/full: No space left on device"):
        files.write_whole("/dev/full", b"music")
    with pytest.raises(BluesError, match="cannot write /dev/full: No space left on device"):
        with files.appending("/dev/full") as add:
            add("music")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_is_followed_and_stays(tmp_path, is_there):
    (tmp_path / "other").mkdir()
    real, link, second = (tmp_path / name for name in ("other/real", "link", "second"))
    link.symlink_to("other/real")
    second.symlink_to(link)
    if is_there:
        real.write_bytes(b"old")
    files.write_whole(second, b"new")
    assert link.is_symlink() and second.is_symlink()
    assert real.read_bytes() == b"new"
    assert list((tmp_path / "other").iterdir()) == [real]


@pytest.mark.parametrize("way", WAYS)
def test_links_that_lead_in_a_circle_are_refused(tmp_path, way):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(BluesError, match="cannot write .*Too many levels of symbolic links"):
        WAYS[way](tmp_path / "a")


def test_a_redirected_output_is_not_replaced(tmp_path):
    """What is printed later would go to a file that is no longer there."""
    program = "from lstmblues.files import write_whole; write_whole('/dev/stdout', b'music')"
    with open(tmp_path / "out", "w") as out:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
    assert "it is a file that is open; give the file's own name" in done.stderr
    piped = subprocess.run(command, capture_output=True)
    assert piped.stdout == b"music"


# --- rights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o620])
def test_an_existing_file_keeps_its_rights(tmp_path, mode):
    path = tmp_path / "music.mid"
    path.write_bytes(b"old")
    path.chmod(mode)
    before = path.stat()
    files.write_whole(path, b"new")
    after = path.stat()
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_read_only_is_refused_even_to_root(tmp_path, way):
    path = tmp_path / "music.mid"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(BluesError, match=r"cannot write .*music.mid: it is read-only"):
        WAYS[way](path)
    path.chmod(0o644)
    tmp_path.chmod(0o555)
    try:
        for name in ("music.mid", "new.mid"):
            with pytest.raises(BluesError, match="cannot write .*: its folder is read-only"):
                WAYS[way](tmp_path / name)
    finally:
        tmp_path.chmod(0o755)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


# --- what is on disk ------------------------------------------------------------------------------


def test_the_bytes_are_on_disk_before_the_file_has_its_name(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: done.append("fsync") or fsync(file))
    monkeypatch.setattr(os, "replace", lambda *paths: done.append("replace") or replace(*paths))
    files.write_whole(tmp_path / "music.mid", b"new")
    assert done == ["fsync", "replace"]
    with files.appending(tmp_path / "music.mid") as add:
        add("one")
        assert done == ["fsync", "replace", "fsync"]
        assert (tmp_path / "music.mid").read_bytes() == b"newone\n"


KILLED = """
import os, signal, sys
from lstmblues import files
setattr(os, sys.argv[2], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
files.write_whole(sys.argv[1], b"half")
"""


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_what_a_killed_process_leaves_is_cleaned_up_by_the_next(tmp_path, where):
    path = tmp_path / "music.mid"
    path.write_bytes(b"old")
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED, str(path), where])
        assert done.returncode == -9
        assert path.read_bytes() == b"old"
    left = sorted(each.name for each in tmp_path.iterdir())
    assert left == [".music.mid.lock", ".music.mid.part", "music.mid"]
    files.write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_lines_are_not_added_to_a_file_that_took_the_place(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"ours\n")
    with files.appending(path) as add:
        add("one")
        path.rename(tmp_path / "moved")
        with pytest.raises(BluesError, match="cannot write .*No such file"):
            add("two")
        path.write_bytes(b"precious")
        with pytest.raises(BluesError, match="was replaced while lines were added"):
            add("three")
    assert path.read_bytes() == b"precious"
    assert (tmp_path / "moved").read_bytes() == b"ours\none\n"


def test_a_file_can_be_written_while_it_is_held(tmp_path):
    path = tmp_path / "music.mid"
    with files.hold(path):
        files.write_whole(path, b"new")
        assert (tmp_path / ".music.mid.lock").exists()
    assert list(tmp_path.iterdir()) == [path]
    with files.hold(None):
        pass


HOLD = """
import sys
from lstmblues.files import hold
with hold(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_writing_waits_for_a_process_that_soon_ends(tmp_path, monkeypatch):
    path = tmp_path / "music.mid"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        monkeypatch.setattr(files, "_SECONDS_TO_WAIT", 0.1)
        with pytest.raises(BluesError, match=f"process {other.pid} on .* is writing it"):
            files.write_whole(path, b"new")
        monkeypatch.setattr(files, "_SECONDS_TO_WAIT", 20)
        threading.Timer(0.3, lambda: other.stdin.write("end\n") and other.stdin.flush()).start()
        files.write_whole(path, b"new")
    assert path.read_bytes() == b"new"
