"""Files of a snapshot directory: nothing outside of it is read, and what cannot be read says why.

A snapshot may come from a stranger: a symbolic link may lead anywhere, and a pipe would make the audit wait for ever.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_BYTES = 512 * 1024 * 1024


class FileError(Exception):
    """A file that cannot be read; the text is a clause that says why."""


class AbsentError(FileError):
    """There is no such file."""


def read_file(root: str, relative: str) -> bytes:
    """The bytes of one file below `root`, a real path. Raises FileError."""
    try:
        real = os.path.realpath(Path(root, relative))
        if not _inside(root, real):
            raise FileError("is a link that leads out of the snapshot, so it was not followed")
        return _read(real)
    except FileNotFoundError:
        raise AbsentError("is not in the snapshot") from None
    except OSError as e:
        raise FileError(f"cannot be read: {e.strerror or e}") from None


def walk(root: str, folder: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | FileError]]:
    """The wanted files below `folder` of `root`, with paths relative to `folder`.

    Links to what lies in that folder are left out, since it is read anyway; links that lead out of `root` are errors.
    """
    top = os.path.realpath(Path(root, folder))
    pending = [""]
    while pending:
        within = pending.pop()
        try:
            with os.scandir(Path(top, within)) as found:
                entries = list(found)
        except OSError as e:
            yield _printable(within), FileError(f"cannot be read: {e.strerror or e}")
            continue
        for entry in entries:
            path = f"{within}/{entry.name}" if within else entry.name
            if entry.is_symlink():
                data = _linked(root, top, path, wanted)
                if data is not None:
                    yield _printable(path), data
            elif entry.is_dir():
                if entry.name != ".git":
                    pending.append(path)
            elif wanted(path):
                yield _printable(path), _content(entry.path)


def is_folder(root: str, relative: str) -> bool:
    """True if `relative` is a folder that lies below `root`, links followed."""
    real = os.path.realpath(Path(root, relative))
    return _inside(root, real) and Path(real).is_dir()


def _linked(root: str, top: str, path: str, wanted: Callable[[str], bool]) -> bytes | FileError | None:
    real = os.path.realpath(Path(top, path))
    is_dir = Path(real).is_dir()
    if not is_dir and not wanted(path):
        return None
    if not _inside(root, real):
        return FileError("is a link that leads out of the snapshot, so it was not followed")
    if is_dir or (_inside(top, real) and wanted(real) and Path(real).exists()):
        return None
    return _content(real)


def _content(real: str) -> bytes | FileError:
    try:
        return _read(real)
    except FileError as e:
        return e
    except OSError as e:
        return FileError(f"cannot be read: {e.strerror or e}")


def _read(real: str) -> bytes:
    # O_NONBLOCK: to open a pipe would wait for its other end.
    with os.fdopen(os.open(real, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as f:
        status = os.fstat(f.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise FileError("is not a file")
        if status.st_size > MAX_BYTES:
            raise FileError(f"is larger than {MAX_BYTES >> 20} MiB")
        return f.read()


def _inside(root: str, real: str) -> bool:
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def _printable(path: str) -> str:
    """A file name need not be text; what is written about it must be."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
