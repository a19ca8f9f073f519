"""A Git remote over smart HTTP for each Git source of a recording: fetches only, through `git upload-pack`.

A source is one commit whose author and date are fixed, so that the same files always have the same commit id.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from auditor.errors import AuditorError
from auditor.lab.exchange import Answer, Request
from auditor.lab.recorded import Recorded
from auditor.sources.snapshots.snapshot_files import is_folder, walk

TAG = "recorded"
"""An annotated tag on the commit."""
_WHO = "The lab <lab@auditor.invalid> 1700000000 +0000"
_PATH = re.compile(r"/git/(?P<source>.+)\.git/(?P<service>info/refs|git-upload-pack)")
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.|[./]$))(?![0-9a-f]{40}$)[A-Za-z0-9_][\w./+-]*", re.ASCII)
_CONFIG = ("uploadpack.allowAnySHA1InWant=true", "uploadpack.allowFilter=true")


@dataclass(frozen=True, slots=True)
class _Repository:
    path: Path
    commit: str


class GitRemote:
    """The repositories, in `folder`; `token`, if there is one, is asked for as a basic password."""

    def __init__(self, recorded: Recorded, folder: Path, *, token: str | None) -> None:
        self._token = token
        self._repositories = {
            one.name: _repository(folder, recorded.root, one.name, one.path, branch(one.ref))
            for one in recorded.git
            if is_folder(recorded.root, one.path)  # what was not read is not found
        }

    def commit(self, source: str) -> str:
        """The commit id of a source. Raises KeyError."""
        return self._repositories[source].commit

    def replaced(self, recorded: Recorded, url: str) -> dict[str, str]:
        """Recorded addresses, as JSON strings, and commits of the sources to what they are here, below `url`."""
        found: dict[str, str] = {}
        for one in recorded.git:
            if one.url:
                found[f'"{one.url}"'] = f'"{url}{url_path(one.name)}"'
            if one.commit and one.name in self._repositories:
                found[one.commit] = self._repositories[one.name].commit
        return found

    def answer(self, request: Request) -> Answer:
        """What a Git server would say."""
        found = _PATH.fullmatch(request.path)
        repository = self._repositories.get(found["source"]) if found else None
        if self._token is not None and _password(request) != self._token:
            return plain(401, "Authentication failed", {"WWW-Authenticate": 'Basic realm="lab"'})
        if found is None or repository is None:
            return plain(404, "Repository not found")
        if found["service"] == "git-upload-pack":
            return _upload_pack(request, repository) if request.method == "POST" else plain(405, "Use POST")
        if request.method != "GET":
            return plain(405, "Use GET")
        if request.query.get("service") != "git-upload-pack":
            return plain(403, "Only fetches are served")
        return _advertisement(request, repository)


def url_path(source: str) -> str:
    """Where a source is served."""
    return f"/git/{quote(source, safe='')}.git"


def branch(ref: str | None) -> str:
    """The branch that stands for a recorded ref: the same name where it can be one, else `main`."""
    name = (ref or "").removeprefix("refs/heads/")
    return name if _BRANCH.fullmatch(name) else "main"


def plain(status: int, text: str, headers: dict[str, str] | None = None) -> Answer:
    """An answer in words, which git shows to its user."""
    return Answer(status, f"{text}\n".encode(), headers or {}, "text/plain")


def _advertisement(request: Request, repository: _Repository) -> Answer:
    refs = _git("upload-pack", "--stateless-rpc", "--advertise-refs", str(repository.path), protocol=_protocol(request))
    if "version=2" not in _protocol(request):
        refs = b"001e# service=git-upload-pack\n0000" + refs
    return Answer(200, refs, _UNCACHED, "application/x-git-upload-pack-advertisement")


def _upload_pack(request: Request, repository: _Repository) -> Answer:
    body = request.body
    if request.headers.get("Content-Encoding") in ("gzip", "x-gzip"):
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return plain(400, "The body is not gzip")
    command = ("upload-pack", "--stateless-rpc", str(repository.path))
    # What was refused is part of the output: a failure is no failure of the server.
    found = _git(*command, data=body, protocol=_protocol(request), check=False)
    return Answer(200, found, _UNCACHED, "application/x-git-upload-pack-result")


_UNCACHED = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}


def _protocol(request: Request) -> str:
    return request.headers.get("Git-Protocol", "")


def _password(request: Request) -> str | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value).decode().partition(":")[2]
    except ValueError:
        return None


def _repository(folder: Path, root: str, name: str, within: str, on: str) -> _Repository:
    """The bare repository of one source, made or brought up to date."""
    path = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.git"
    if not path.exists():
        _git("init", "--bare", "--quiet", "--template=", str(path))
    commit = _git("fast-import", "--quiet", "--force", "--done", at=path, data=b"".join(_stream(root, within, on)))
    _git("symbolic-ref", "HEAD", f"refs/heads/{on}", at=path)
    return _Repository(path, commit.decode().strip())


def _stream(root: str, within: str, on: str) -> Iterator[bytes]:
    """The commit as `git fast-import` reads it."""
    yield f"commit refs/heads/{on}\nmark :1\ncommitter {_WHO}\n".encode()
    yield _data(b"As recorded\n")
    yield b"deleteall\n"
    for path, data in sorted((path, data) for path, data in walk(root, within, _any) if isinstance(data, bytes)):
        quoted = re.sub(r'([\\"])', r"\\\1", path).replace("\n", "\\n")
        yield f'M 100644 inline "{quoted}"\n'.encode()
        yield _data(data)
    yield f"\ntag {TAG}\nfrom refs/heads/{on}\ntagger {_WHO}\n".encode()
    yield _data(b"As recorded\n")
    yield b"get-mark :1\ndone\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _any(_path: str) -> bool:
    return True


def _git(*words: str, at: Path | None = None, data: bytes = b"", protocol: str = "", check: bool = True) -> bytes:
    """What git prints. Raises AuditorError where it is missing or fails."""
    program = shutil.which("git")
    if program is None:
        raise AuditorError("git is not installed: the lab serves Git sources with it; install git")
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROTOCOL": protocol,
        "LC_ALL": "C",
    }
    where = [word for setting in _CONFIG for word in ("-c", setting)] + (["-C", str(at)] if at else [])
    # The words are ours: what a client sends reaches git on its standard input alone.
    done = subprocess.run([program, *where, *words], input=data, capture_output=True, env=environment, check=False)  # noqa: S603
    if check and done.returncode:
        text = done.stderr.decode(errors="replace").strip().splitlines()
        raise AuditorError(f"the lab cannot make a repository: git {words[0]}: {text[0] if text else done.returncode}")
    return done.stdout
