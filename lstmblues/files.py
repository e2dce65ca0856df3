"""Where the book's data lies, and how its files are written."""

import os
import socket
import stat
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from lstmblues.errors import BluesError

_HERE = Path(__file__).resolve().parent
# An installed wheel carries the data inside the package; a clone keeps it beside the package.
DATA = _HERE / "data" if (_HERE / "data").is_dir() else _HERE.parent / "data"
MUSIC, NETWORKS = DATA / "music", DATA / "networks"
"""Forms, melodies and compositions (TOML); trained networks (NPZ). A wheel carries both."""
PLANS, RESULTS = DATA / "plans", DATA / "results"
"""What long runs are to do (TOML), and what came of them (JSON Lines). Only a clone has them."""

LARGEST_RESULTS = 2**30
"""The largest file that is read, in bytes: one of results."""
LARGEST_TABLE = 2**20
"""The largest TOML file that is read, in bytes."""
_SECONDS_TO_WAIT = 10.0
"""How long to wait for another process that writes the same file."""
_OPEN_FILES = ("/dev/fd/", "/dev/std", "/proc/")
"""Paths that stand for what a process has open, such as a redirected standard output."""


def write_whole(path: str | Path, content: bytes) -> Path:
    """Write ``content`` to ``path`` whole or not at all, and return the path.

    The bytes go to a temporary file in the same folder, which then takes the final name in one
    step, so that neither a full disk nor an interruption leaves half a file. A symbolic link is
    followed, and an existing file keeps its rights. A device or a pipe is written to directly.

    Raises ``BluesError`` if the path cannot be written, or another process is writing it.
    """
    path = Path(path)
    target = _regular_file(path)
    try:
        if target is None:
            path.write_bytes(content)
        else:
            with hold(path, seconds=_SECONDS_TO_WAIT):
                _replace(target, content)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def _replace(target: Path, content: bytes) -> None:
    """Put ``content`` in the place of a file that this process holds, or that is not there yet."""
    # The name is always the same, so that what a killed process left is written over.
    temporary = _beside(target, ".part")
    try:
        with open(temporary, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if target.exists():
            before = target.stat()
            with suppress(PermissionError):
                os.chown(temporary, before.st_uid, before.st_gid)
            temporary.chmod(stat.S_IMODE(before.st_mode))
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_folder(path: str | Path) -> Path:
    """Make the folder ``path`` if need be, and return it; raise ``BluesError`` if that fails."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BluesError(
            f"cannot make the folder {path}: {error.strerror or error}; give a writable path"
        ) from error
    return path


def check_writable(path: str | Path) -> None:
    """Raise ``BluesError`` if ``path`` cannot be written, before long work begins."""
    path = Path(path)
    target = _regular_file(path)
    if target is None:
        return
    # Root may write what is marked as read-only; the mark is respected all the same.
    if target.exists() and _is_read_only(target):
        raise BluesError(f"cannot write {path}: it is read-only; give a writable path")
    try:
        if _is_read_only(target.parent):
            raise BluesError(f"cannot write {path}: its folder is read-only; give a writable path")
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as error:
        raise _unwritable(path, error) from error


def is_stream(path: str | Path) -> bool:
    """Return whether ``path`` is a device or a pipe; raise ``BluesError`` if it is no file."""
    return _regular_file(Path(path)) is None


@contextmanager
def hold(path: str | Path | None, seconds: float = 0.0) -> Iterator[None]:
    """Keep all other processes from writing to ``path`` inside the ``with`` block.

    Only those are kept out that use this function, as all of this package do. The lock is a hidden
    file beside the file. It ends with its process, however that ends.

    Args:
        path: the file, or None for none. Devices and pipes are not locked.
        seconds: how long to wait for another process.

    Raises:
        BluesError: if the path cannot be written, or another process still holds it.
    """
    if path is None or is_stream(path):
        yield
        return
    check_writable(path)
    lock_path = _beside(_regular_file(Path(path)), ".lock")
    # One lock for every call in this process, so that a file held for long can be written.
    lock = FileLock(lock_path, is_singleton=True, on_acquired=_sign)
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise BluesError(
            f"cannot write {path}: {_holder(lock_path)} is writing it; "
            "wait for its end, or give another path"
        ) from error
    except OSError as error:
        raise _unwritable(Path(path), error) from error
    try:
        yield
    finally:
        if lock.lock_counter == 1:
            lock_path.unlink(missing_ok=True)
        lock.release()


def _sign(lock_file: int) -> None:
    """Write into the open ``lock_file`` who holds it."""
    os.ftruncate(lock_file, 0)
    os.pwrite(lock_file, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)


def _holder(lock_path: Path) -> str:
    """Return who holds the lock at ``lock_path``."""
    try:
        return lock_path.read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"


@contextmanager
def appending(path: str | Path) -> Iterator[Callable[[str], None]]:
    """Open ``path`` to add lines to its end.

    Yields a function that adds a line, given without its end; the line is on disk when it returns.
    Raises ``BluesError`` if the path cannot be written, and if the file is no longer there when a
    line is added.
    """
    path = Path(path)
    target = _regular_file(path)
    try:
        file = open(target or path, "ab", buffering=0)
    except OSError as error:
        raise _unwritable(path, error) from error

    def add(line: str) -> None:
        left = memoryview((line + "\n").encode())
        try:
            if target and not os.path.samestat(os.fstat(file.fileno()), os.stat(target)):
                raise BluesError(f"{path} was replaced while lines were added; keep it in place")
            while left:
                left = left[file.write(left) :]
            if target:
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(path, error) from error

    with file:
        yield add


def read_whole(path: str | Path, most: int = LARGEST_RESULTS) -> bytes:
    """Return the bytes of the file at ``path``.

    Raises ``BluesError`` if it cannot be read, has more than ``most`` bytes, or is a pipe or a
    device, whose size nobody can tell before it is read.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise OSError(0, "It is a pipe or a device")
        if stat.S_ISREG(status.st_mode) and status.st_size > most:
            raise OSError(0, f"It has {status.st_size} bytes, and at most {most} are read")
        with open(path, "rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:  # a name with a null byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise BluesError(f"cannot read {path}: {reason}; give the path of a file") from error


def read_toml(path: str | Path) -> dict:
    """Return the table in the TOML file at ``path``; raise ``BluesError`` if there is none."""
    content = read_whole(path, LARGEST_TABLE)
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also of numbers too long, tables too deep
        raise BluesError(f"{path} is not a TOML file: {error}") from error


def _regular_file(path: Path) -> Path | None:
    """Return the file that ``path`` leads to through all links, or None for a device or a pipe.

    The file need not be there yet. Raises ``BluesError`` for what cannot be written as a file.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    except OSError as error:
        raise _unwritable(path, error) from error
    if stat.S_ISDIR(mode):
        raise BluesError(f"cannot write {path}: it is a folder; give the name of a file")
    if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode):
        if not os.access(path, os.W_OK):
            raise BluesError(f"cannot write {path}: it is read-only; give a writable path")
        return None
    if not stat.S_ISREG(mode):
        raise BluesError(f"cannot write {path}: it is neither a file nor a pipe; give a file")
    if os.path.abspath(path).startswith(_OPEN_FILES):
        raise BluesError(
            f"cannot write {path}: it is a file that is open; give the file's own name"
        )
    return Path(os.path.realpath(path))


def _beside(target: Path, ending: str) -> Path:
    """Return the path of the hidden file beside ``target`` that has this ``ending``."""
    return target.with_name(f".{target.name}{ending}")


def _is_read_only(path: Path) -> bool:
    """Return whether ``path`` is marked as read-only for all, or cannot be written by this user."""
    return not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK)


def _unwritable(path: Path, error: OSError) -> BluesError:
    """Return the error for a ``path`` that cannot be written."""
    return BluesError(f"cannot write {path}: {error.strerror or error}; give a writable path")
