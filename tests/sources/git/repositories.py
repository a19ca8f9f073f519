"""Real repositories, and a small http server that hands requests to git's own backend."""

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from auditor.model.snapshot import Gap
from auditor.sources.git.source import GitRead

AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@example.com")


def service(name: str, kind: str = "LoadBalancer") -> str:
    """The manifest of a Service."""
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: {kind}}}\n"


def names(found: GitRead) -> list[str]:
    """The Services that were declared."""
    assert found.declared is not None, found.gaps
    return sorted(one.name for one in found.declared)


def failure(found: GitRead) -> str:
    """Why nothing was read."""
    assert found.declared is None
    assert found.source.commit is None
    (gap,) = found.gaps
    assert gap == Gap(source="git", scope="main", kind="manifests", reason=gap.reason)
    assert gap.reason.startswith("main (")
    return gap.reason


def children() -> list[str]:
    """The git processes that this test process started and that still run, wherever they were reparented to."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                variables = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"HOME={os.environ['HOME']}\0".encode() in variables and b"git" in command.split(b"\0")[0]:
                found.append(command.decode(errors="replace"))
    return found


class Repository:
    """A work tree with its repository."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    @property
    def url(self) -> str:
        """Its file:// address."""
        return f"file://{quote(str(self.directory))}"

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        command = ("git", *AUTHOR, *arguments)
        variables = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(command, cwd=self.directory, env=variables, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, files: dict[str, str | bytes]) -> None:
        """Write files."""
        for name, data in files.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)

    def commit(self, **files: str | bytes) -> str:
        """Commit files (`__` stands for a slash, .yaml is added); the id of the commit."""
        return self.commit_files({f"{name.replace('__', '/')}.yaml": data for name, data in files.items()})

    def commit_files(self, files: dict[str, str | bytes]) -> str:
        """Commit files; the id of the commit."""
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message=change")
        return self.git("rev-parse", "HEAD")


class Server(ThreadingHTTPServer):
    """git-http-backend for all repositories below a folder; what it answers may be bent."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.password: str | None = None
        """What basic auth must give; None: nothing is asked."""
        self.status: int | None = None
        """Answer this, whatever is asked."""
        self.location: str | None = None
        self.hang = threading.Event()
        """Cleared: answer nothing."""
        self.hang.set()
        self.seen: list[str | None] = []
        """The Authorization of each request."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is what some tests are about."""

    def url(self, repository: Repository) -> str:
        """The address of a repository."""
        return f"http://127.0.0.1:{self.server_port}/{repository.directory.name.replace(' ', '%20')}/.git"


_PAGE = b"<!DOCTYPE html>\n<html>\n<p>No Git, but a page for people.</p>\n</html>\n"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization")
        self.server.seen.append(authorization)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.hang.wait(30)
        password = self.server.password
        wanted = password and f"Basic {base64.b64encode(password.encode()).decode()}"
        status = self.server.status or (401 if wanted and authorization != wanted else None)
        if status:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
            if self.server.location:
                self.send_header("Location", self.server.location + self.path)
            self.send_header("Content-Length", str(len(_PAGE)))
            self.end_headers()
            self.wfile.write(_PAGE)
            return
        self._backend(body)

    do_POST = do_GET  # noqa: N815  (so does http.server call it)

    def _backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path.replace("%20", " "),
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        command = ("git", "http-backend")
        done = subprocess.run(command, input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
