"""Fetching: credentials, deadlines, the cache folder, and what a hostile or broken remote can do."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.config.settings import GitAuth
from auditor.sources.git.access import access
from auditor.sources.git.address import address
from tests.sources.git.conftest import Reader
from tests.sources.git.repositories import Repository, Server, children, failure, names, service

TOKEN = "t0p-s3cret"  # noqa: S105  (of no real server)


def test_over_http(repository: Repository, server: Server, read: Reader) -> None:
    old = repository.commit(a=service("a"))
    new = repository.commit(a=service("b"))

    assert read(url=server.url(repository)).source.commit == new
    assert names(read(url=server.url(repository), ref=old)) == ["a"]


def test_the_copy_is_private_and_follows_the_remote(repository: Repository, read: Reader, tmp_path: Path) -> None:
    first = repository.commit(a=service("a"))
    assert read(url=repository.url).source.commit == first
    (copy,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    assert copy.stat().st_mode & 0o077 == (tmp_path / "cache").stat().st_mode & 0o077 == 0
    assert list(copy.glob("hooks/*")) == []
    made = copy.stat().st_ctime_ns, (copy / "config").stat().st_mtime_ns

    repository.commit(b=service("b"))
    assert names(read(url=repository.url)) == ["a", "b"]
    repository.git("reset", "--quiet", "--hard", first)
    pushed = repository.commit(c=service("c"))
    found = read(url=repository.url)

    assert (names(found), found.source.commit) == (["a", "c"], pushed)
    assert (copy / "config").stat().st_mtime_ns == made[1]
    assert len((copy / "shallow").read_text().split()) >= 1


def test_a_shallow_remote(repository: Repository, read: Reader, tmp_path: Path) -> None:
    repository.commit(a=service("a"))
    repository.commit(a=service("b"))
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", repository.url, str(shallow))

    assert names(read(url=f"file://{shallow}")) == ["b"]


BREAK: dict[str, Callable[[Path], Any]] = {
    "no HEAD": lambda copy: (copy / "HEAD").unlink(),
    "HEAD of nonsense": lambda copy: (copy / "HEAD").write_text("\0\0"),
    "config of nonsense": lambda copy: (copy / "config").write_text("[["),
    "a lock that a killed process left": lambda copy: (copy / "shallow.lock").write_text(""),
    "empty objects": lambda copy: _empty(copy / "objects"),
    "no objects": lambda copy: shutil.rmtree(copy / "objects"),
}


def _empty(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"")


@pytest.mark.parametrize("how", BREAK)
def test_a_broken_copy_is_made_anew(repository: Repository, read: Reader, tmp_path: Path, how: str) -> None:
    repository.commit(a=service("a"))
    read(url=repository.url)
    (copy,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    BREAK[how](copy)

    assert names(read(url=repository.url)) == ["a"]
    assert names(read(url=repository.url)) == ["a"]


def test_a_cache_folder_that_cannot_be(repository: Repository, read: Reader, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")

    assert "cannot be used: File exists; correct its rights, or set cacheDir" in failure(read(url=repository.url))


def test_two_at_a_time(repository: Repository, server: Server, read: Reader) -> None:
    commit = repository.commit(a=service("a"))
    found: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(read(url=server.url(repository)).source.commit)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [commit] * 4


@pytest.mark.parametrize("waiting", [False, True], ids=["for the server", "for another audit"])
def test_the_deadline(repository: Repository, server: Server, read: Reader, waiting: bool) -> None:
    repository.commit(a=service("a"))
    server.hang.clear()
    other = threading.Thread(target=read, args=(1.5,), kwargs={"url": server.url(repository)})
    if waiting:
        other.start()
        time.sleep(0.3)
    start = time.monotonic()

    reason = failure(read(0.7, url=server.url(repository)))

    assert time.monotonic() - start < 1.6
    assert ("another audit used" if waiting else "it took longer than 0.7 s; give it a longer `timeout`") in reason
    if waiting:
        other.join()


@pytest.mark.parametrize("username", [None, "robot"])
@pytest.mark.parametrize("where", ["file", "variable"])
def test_a_token(
    repository: Repository,
    server: Server,
    read: Reader,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    username: str | None,
    where: str,
) -> None:
    repository.commit(a=service("a"))
    server.password = f"{username or 'x-access-token'}:{TOKEN}"
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("GIT_TOKEN_HERE", TOKEN)
    auth = {"token_file": tmp_path / "token"} if where == "file" else {"token_variable": "GIT_TOKEN_HERE"}
    found: list[Any] = []
    server.hang.clear()
    reading = threading.Thread(
        target=lambda: found.append(read(url=server.url(repository), auth=GitAuth(username=username, **auth)))
    )
    reading.start()
    while not server.seen:
        time.sleep(0.01)
    arguments = "\n".join(children())
    server.hang.set()
    reading.join()

    assert names(found[0]) == ["a"]
    assert "fetch" in arguments
    assert TOKEN not in arguments
    assert TOKEN not in repr(found[0])
    for path in (tmp_path / "cache").rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes()


STATUSES = [
    (401, None, "the server wants a credential, or there is no such repository; give auth.tokenFile"),
    (401, TOKEN, "the server refuses the credential of `auth` (401); renew the token"),
    (403, TOKEN, "the server forbids it (403)"),
    (404, None, "the server has no such repository, or hides it from this identity (404)"),
    (503, None, "the server is in trouble; try again later"),
    (200, None, "there is no Git repository at that address"),
]


@pytest.mark.parametrize(("status", "token", "expected"), STATUSES)
def test_what_a_server_refuses(
    repository: Repository, server: Server, read: Reader, tmp_path: Path, status: int, token: str | None, expected: str
) -> None:
    server.status = status
    (tmp_path / "token").write_text(token or "")

    reason = failure(
        read(url=server.url(repository), auth=GitAuth(token_file=tmp_path / "token") if token else GitAuth())
    )

    assert expected in reason
    assert TOKEN not in reason


def test_a_redirect_does_not_carry_the_token_away(
    repository: Repository, server: Server, read: Reader, tmp_path: Path
) -> None:
    repository.commit(a=service("a"))
    (tmp_path / "token").write_text(TOKEN)
    with Server(repository.directory.parent) as first:
        first.status, first.location = 302, f"http://localhost:{server.server_port}"
        auth = GitAuth(token_file=tmp_path / "token")

        assert "sends us to another address" in failure(read(url=first.url(repository), auth=auth))
        assert server.seen == []
        assert names(read(url=first.url(repository))) == ["a"]
        assert set(server.seen) == {None}


AUTH = [
    ({"token_file": "gone"}, "auth.tokenFile", "cannot be read: No such file or directory; correct the path"),
    ({"token_file": "empty"}, "auth.tokenFile", "holds no token of one line"),
    ({"token_file": "lines"}, "auth.tokenFile", "holds no token of one line"),
    ({"token_file": "bytes"}, "auth.tokenFile", "holds no token; write"),
    ({"token_variable": "NOT_SET_HERE"}, "auth.tokenVariable NOT_SET_HERE", "the environment variable is not set"),
    ({"ssh_key_file": "gone"}, "auth.sshKeyFile", "cannot be read: No such file"),
    ({"known_hosts_file": "gone"}, "auth.knownHostsFile", "cannot be read: No such file"),
]


@pytest.mark.parametrize(("auth", "setting", "expected"), AUTH)
def test_a_credential_that_is_not_there(
    server: Server,
    repository: Repository,
    read: Reader,
    tmp_path: Path,
    auth: dict[str, str],
    setting: str,
    expected: str,
) -> None:
    for name, data in (("empty", b"\n"), ("lines", f"{TOKEN}\nX: y".encode()), ("bytes", b"\xff\0")):
        (tmp_path / name).write_bytes(data)
    given = {key: value if key == "token_variable" else tmp_path / value for key, value in auth.items()}

    reason = failure(read(url=server.url(repository), auth=GitAuth.model_validate(given)))

    assert setting in reason
    assert expected in reason
    assert TOKEN not in reason
    assert server.seen == []


ADDRESSES = [
    ("https://user:p4ss@git.example/x.git", "has a user or a password in it"),
    ("https://p4ss@git.example/x.git", "auth.tokenFile or auth.tokenVariable"),
    ("ssh://git:p4ss@git.example/x.git", "has a user or a password in it"),
    ("http://git.example/x.git", "write https://"),
    ("ext::sh -c 'touch p4ss'", "holds blanks"),
    ("ext::touch", "of a kind that is not fetched"),
    ("fd::17/x", "of a kind that is not fetched"),
    ("git://git.example/x", "of a kind that is not fetched"),
    ("--upload-pack=touch", "begins with a dash"),
    ("-oProxyCommand=x:y", "begins with a dash"),
    ("git@-oProxyCommand=x:y", "of a kind that is not fetched"),
    ("ssh://-oProxyCommand=x/y", "names no host"),
    ("https:///x", "names no host"),
    ("https://[x/y", "is malformed"),
    ("https://git.example:port/y", "is malformed"),
    ("/srv/git/x.git", "a folder of this machine goes into `path`"),
    ("https://git.example/\nx", "control characters"),
]


@pytest.mark.parametrize(("url", "expected"), ADDRESSES)
def test_an_address_that_is_not_used(read: Reader, tmp_path: Path, url: str, expected: str) -> None:
    reason = failure(read(url=url))

    assert expected in reason
    assert "p4ss" not in reason or url.startswith("ext")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///nowhere/at/all", "there is no Git repository at that address"),
        ("http://127.0.0.1:1/x.git", "the server cannot be reached"),
        ("ssh://git@127.0.0.1:1/x.git", "the server cannot be reached"),
    ],
)
def test_a_remote_that_is_not_there(read: Reader, url: str, expected: str) -> None:
    assert expected in failure(read(url=url))


def test_without_an_address_or_with_two(repository: Repository, read: Reader) -> None:
    assert "give one of them" in failure(read())
    assert "give one of them" in failure(read(url=repository.url, path=repository.directory))


def test_no_git(repository: Repository, read: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "the program `git` is not installed, or not on PATH; install it" in failure(read(path=repository.directory))


def test_no_hook_runs(repository: Repository, read: Reader, tmp_path: Path) -> None:
    repository.commit(a=service("a"))
    read(url=repository.url)
    (copy,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    for folder in (copy / "hooks", repository.directory / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in ("reference-transaction", "post-checkout", "fsmonitor-watchman", "post-index-change"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
            (folder / name).chmod(0o755)
    repository.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--allow-empty", "--message=x")
    repository.git("config", "core.fsmonitor", str(repository.directory / ".git/hooks/fsmonitor-watchman"))

    assert names(read(url=repository.url)) == names(read(path=repository.directory)) == ["a"]
    assert not (tmp_path / "ran").exists()


SSH = """#!/bin/sh
printf '%s\\n' "$@" > {seen}
for last; do :; done
[ "$last" = "git-upload-pack 'refused'" ] && {{ echo 'git@host: Permission denied (publickey).' >&2; exit 255; }}
[ "$last" = "git-upload-pack 'unknown'" ] && {{ echo 'Host key verification failed.' >&2; exit 255; }}
eval "$last"
"""


def test_over_ssh(repository: Repository, read: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(a=service("a"))
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(SSH.format(seen=tmp_path / "seen"))
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:/usr/bin:/bin")
    for name in ("my key 100%", "hosts"):
        (tmp_path / name).write_text("")
    auth = GitAuth(ssh_key_file=tmp_path / "my key 100%", known_hosts_file=tmp_path / "hosts")

    (tmp_path / "plain").symlink_to(repository.directory)

    assert names(read(url=f"git@git.example:{tmp_path}/plain", auth=auth)) == ["a"]
    seen = (tmp_path / "seen").read_text().splitlines()
    assert {"-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oIdentitiesOnly=yes", "git@git.example"} <= set(seen)
    assert f'-oIdentityFile="{tmp_path}/my key 100%%"' in seen
    assert "sshKeyFile" in failure(read(url="git@git.example:refused"))
    assert "auth.knownHostsFile" in failure(read(url="git@git.example:unknown"))


def test_what_the_environment_allows() -> None:
    auth = GitAuth()
    allowed = {
        url: access(address(url), auth, user_config=users).variables["GIT_ALLOW_PROTOCOL"]
        for url, users in (("https://h/x", False), ("ssh://h/x", True), ("file:///x", True), ("http://[::1]:8/x", True))
    }

    assert list(allowed.values()) == ["https", "ssh:https", "file", "http"]
