"""One program on untrusted input: no environment, no network, limits on time, memory and output; and all of it ends.

Nothing is inherited: PATH leads nowhere, so that nothing else is started (kustomize would start git), and the proxy is
a closed port, so that Go reaches no host but loopback; what names a remote is refused before (reach.py).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import resource
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.sources.render.errors import BuildError

MAX_OUTPUT = 64 * 1024 * 1024
"""Bytes that a program may print."""
MAX_WRITTEN = 64 * 1024 * 1024
"""Bytes of a file that it may write."""
_MAX_SAID = 64 * 1024
_CHUNK = 1024 * 1024
_MIB = 1024 * 1024
_NOWHERE = "/nonexistent"
_CLOSED = "http://127.0.0.1:1"
_OUT_OF_MEMORY = (b"out of memory", b"cannot allocate memory", b"failed to create new OS thread")
_running: set[int] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may use."""

    seconds: float
    memory: int
    """MiB"""
    hosts: tuple[str, ...] = ()
    """That it may reach over https; to fetch from them it may start git."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a program ended."""

    status: int
    output: bytes
    said: str
    """On stderr."""


def run(command: Iterable[str], home: Path, limits: Limits) -> Outcome:
    """Run a program, by its absolute path, in an empty folder of its own. Raises BuildError for a limit."""
    try:
        process = subprocess.Popen(  # noqa: S603  (an absolute path, and arguments that we made)
            list(command), cwd=home, env=_environment(home, limits), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except OSError as e:
        raise BuildError(f"the program cannot be started: {e.strerror or e}; see `tools`") from None
    _running.add(process.pid)
    try:
        _limit(process.pid, limits)
        output, said = _read(process, limits)
        status = process.wait()
    finally:
        # Also when it ended by itself: what it started and left behind is of its group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _running.discard(process.pid)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if status and any(sign in said for sign in _OUT_OF_MEMORY):
        raise BuildError(f"it needs more than {limits.memory} MiB; see what makes it so large, or raise `tools.memory`")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _late(limits)
    return Outcome(status=status, output=output, said=said.decode(errors="replace"))


def _environment(home: Path, limits: Limits) -> dict[str, str]:
    """Everything that the program's environment has."""
    made = {
        "PATH": _NOWHERE, "HOME": str(home), "TMPDIR": str(home), "KUBECONFIG": _NOWHERE, "LC_ALL": "C",
        "GOMEMLIMIT": f"{limits.memory * 3 // 4}MiB", "GOMAXPROCS": "2",
        "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{name: _CLOSED for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") for name in (proxy, proxy.lower())},
        **{f"HELM_{part}": str(home / "helm") for part in ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "PLUGINS")},
    }  # fmt: skip
    if limits.hosts:
        git = shutil.which("git")
        names = ",".join(limits.hosts)
        made |= {"GIT_ALLOW_PROTOCOL": "https", "NO_PROXY": names, "no_proxy": names}
        made["PATH"] = str(Path(git).parent) if git else _NOWHERE
    return made


def _limit(pid: int, limits: Limits) -> None:
    """Limit a program that has just been started; where that cannot be done from outside, its time still ends."""
    prlimit = getattr(resource, "prlimit", None)
    if prlimit is None:
        return
    seconds = int(limits.seconds * 2) + 1  # it may use two cores
    for what, soft in (
        (resource.RLIMIT_DATA, limits.memory * _MIB),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MAX_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
            prlimit(pid, what, (soft, soft))


def _read(process: subprocess.Popen[bytes], limits: Limits) -> tuple[bytes, bytes]:
    """Both outputs until they end. Raises BuildError."""
    end = time.monotonic() + limits.seconds
    parts: dict[int, list[bytes]] = {}
    size = 0
    with selectors.DefaultSelector() as waiting:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                waiting.register(pipe, selectors.EVENT_READ)
                parts[pipe.fileno()] = []
        output, said = parts.values()
        while waiting.get_map():
            left = end - time.monotonic()
            if left <= 0:
                raise _late(limits)
            for key, _ in waiting.select(left):
                data = os.read(key.fd, _CHUNK)
                if not data:
                    waiting.unregister(key.fileobj)
                elif parts[key.fd] is said:
                    if sum(map(len, said)) < _MAX_SAID:
                        said.append(data)
                else:
                    size += len(data)
                    if size > MAX_OUTPUT:
                        raise BuildError(f"it makes more than {MAX_OUTPUT // _MIB} MiB of manifests; split it up")
                    output.append(data)
    try:
        process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _late(limits) from None
    return b"".join(output), b"".join(said)


def _late(limits: Limits) -> BuildError:
    return BuildError(f"it took longer than {limits.seconds:g} s; see what holds it up, or raise `tools.timeout`")


@atexit.register
def _end_all() -> None:
    for pid in tuple(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
