"""One `git` at a time, in a process group of its own that ends at the deadline, whatever it waits for."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.sources.gathered import Deadline, SourceError
from auditor.sources.git.environment import Environment

MAX_BLOB = 16 * 1024 * 1024
"""Bytes of a blob that are read at most: no manifest is larger."""
_GRACE = 0.5
"""Seconds in which git may remove its lock files before it is killed."""
_CHUNK = 1024 * 1024
_COULD_NOT_START = 127
_running: set[int] = set()


class GitError(Exception):
    """A `git` that failed; the text is what it said."""


class MissingGitError(SourceError):
    """There is no `git`."""


class LateError(SourceError):
    """The deadline passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """One object of a batch."""

    oid: str
    size: int | None
    """None: the repository does not have it."""
    data: bytes | None
    """None if it is missing, or larger than MAX_BLOB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """How `git` is started for one repository."""

    directory: Path
    """Where it runs."""
    environment: Environment
    deadline: Deadline
    git_dir: Path | None = None
    """The repository; None lets git look for it from `directory` upwards."""

    def run(self, *arguments: str) -> bytes:
        """What it prints. Raises GitError, MissingGitError, LateError."""
        with self._started(arguments, subprocess.DEVNULL) as process:
            try:
                output, said = process.communicate(timeout=self.deadline.left)
            except subprocess.TimeoutExpired:
                raise self._late() from None
            _check(process.returncode, said)
            return output

    def text(self, *arguments: str) -> str:
        """What it prints, as text without the last line's end."""
        return self.run(*arguments).decode(errors="backslashreplace").rstrip("\n")

    def blobs(self, oids: Iterable[str]) -> Iterator[Blob]:
        """The objects, in the same order, out of one process. Raises as `run`."""
        wanted = "".join(f"{oid}\n" for oid in oids).encode()
        with self._watched(("cat-file", "--batch", "--buffer"), wanted) as process:
            yield from _answers(process)

    def chunks(self, *arguments: str) -> Generator[bytes]:
        """What it prints, as it comes: for what may be larger than memory. Raises as `run`."""
        with self._watched(arguments) as process:
            while (stream := process.stdout) is not None and (chunk := stream.read(_CHUNK)):
                yield chunk

    @contextlib.contextmanager
    def _watched(self, arguments: Iterable[str], wanted: bytes = b"") -> Iterator[subprocess.Popen[bytes]]:
        """A process whose output is read by the caller, until the deadline; what it says meanwhile is kept."""
        with self._started(arguments, subprocess.PIPE) as process:
            said: list[bytes] = []
            feeder = threading.Thread(target=_feed, args=(process, wanted), daemon=True)
            listener = threading.Thread(target=_listen, args=(process, said), daemon=True)
            watch = threading.Timer(self.deadline.left, _end, [process])
            for thread in (feeder, listener, watch):
                thread.start()
            try:
                yield process
                process.wait()
                listener.join()
                if self.deadline.passed:
                    raise self._late()
                _check(process.returncode, b"".join(said))
            finally:
                watch.cancel()
                _end(process)
                for thread in (feeder, listener, watch):
                    thread.join()

    @contextlib.contextmanager
    def _started(self, arguments: Iterable[str], stdin: int) -> Iterator[subprocess.Popen[bytes]]:
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # an absent git is told below, not while importing
        import git

        if self.deadline.passed:
            raise self._late()
        where = [f"--git-dir={self.git_dir}"] if self.git_dir else []
        launcher = [part for name in self.environment.removed for part in ("-u", name)]
        program = git.Git.GIT_PYTHON_GIT_EXECUTABLE or "git"
        command = [*(["env", *launcher] if launcher else []), program, *where, *arguments]
        if not os.access(self.directory, os.X_OK):  # GitPython would start it elsewhere
            raise GitError(f"cannot change to '{self.directory}': Permission denied")
        try:
            started = git.Git(str(self.directory)).execute(
                command, istream=stdin, as_process=True, start_new_session=True, env=self.environment.variables
            )
        except git.GitCommandNotFound:
            raise MissingGitError(_NO_GIT) from None
        process = started.proc
        if process is None:
            raise GitError("it ended before it began")
        _running.add(process.pid)
        try:
            yield process
        finally:
            _end(process)
            _running.discard(process.pid)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _late(self) -> LateError:
        return LateError(f"it took longer than {self.deadline.limit.total_seconds():g} s")


_NO_GIT = "the program `git` is not installed, or not on PATH"


def _check(status: int, said: bytes) -> None:
    text = said.decode(errors="replace")
    if status == _COULD_NOT_START and "env:" in text:
        raise MissingGitError(_NO_GIT)
    if status:
        raise GitError(text.strip() or f"git ended with status {status}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, and all that it started; git-remote-https would keep our pipe open."""
    if process.poll() is not None:
        return
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE if how == signal.SIGTERM else None)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # those that outlived the first of the group


@atexit.register
def _end_all() -> None:
    """A group of its own does not hear the terminal's Ctrl-C, so nothing else would end it."""
    for pid in tuple(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _feed(process: subprocess.Popen[bytes], wanted: bytes) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            process.stdin.write(wanted)
        with contextlib.suppress(OSError, ValueError):
            process.stdin.close()


def _listen(process: subprocess.Popen[bytes], said: list[bytes]) -> None:
    if process.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            said.append(process.stderr.read())


def _answers(process: subprocess.Popen[bytes]) -> Iterator[Blob]:
    """`<oid> blob <size>` with its content and a line's end, or `<oid> missing`; it stops where the pipe does."""
    stream = process.stdout
    while stream is not None and (head := stream.readline()).endswith(b"\n"):
        oid, _, rest = head.decode().rstrip("\n").partition(" ")
        size = rest.rpartition(" ")[2]
        if not size.isdecimal():
            yield Blob(oid=oid, size=None, data=None)
            continue
        length = int(size)
        if length > MAX_BLOB:
            left = length + 1
            while left and (skipped := stream.read(min(left, _CHUNK))):
                left -= len(skipped)
            yield Blob(oid=oid, size=length, data=None)
            continue
        data = stream.read(length + 1)
        if len(data) == length + 1:
            yield Blob(oid=oid, size=length, data=data[:-1])
