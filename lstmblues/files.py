"""Where the book's data lies, and how its files are written."""

import os
import stat
import tempfile
import tomllib
from pathlib import Path

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


def write_whole(path: str | Path, content: bytes) -> Path:
    """Write ``content`` to ``path`` whole or not at all, and return the path.

    The bytes go to a temporary file in the same folder, which then takes the final name in one
    step, so that neither a full disk nor an interruption leaves half a file.

    Raises ``BluesError`` if the path cannot be written.
    """
    path = Path(path)
    check_writable(path)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as handle:
            temporary = Path(handle.name)
            handle.write(content)
        # A temporary file is private to its owner; the finished one has the usual rights.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise
    return path


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
    if path.is_dir():
        raise BluesError(f"cannot write {path}: it is a folder; give the name of a file")
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise _unwritable(path, error) from error


def append_line(path: str | Path, line: str) -> None:
    """Add ``line`` to the end of the file at ``path``; raise ``BluesError`` if that fails."""
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise _unwritable(Path(path), error) from error


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


def _unwritable(path: Path, error: OSError) -> BluesError:
    """Return the error for a ``path`` that cannot be written."""
    return BluesError(f"cannot write {path}: {error.strerror or error}; give a writable path")
