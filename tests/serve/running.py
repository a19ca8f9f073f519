"""A daemon over recordings with its real web server, in this process; and `python -m tests.serve.running FILE`, as one.

What a cluster's audit does is told by its name: `hanging` never ends by itself, `broken` fails, `slow` takes a while, any
other reads a recording of the real controller.
"""

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor import logs
from auditor.config.load import load
from auditor.config.settings import Cluster, Serve, Settings
from auditor.errors import UsageError
from auditor.model.snapshot import Snapshot
from auditor.run import Audit
from auditor.serve import serving
from auditor.serve.app import app
from auditor.serve.daemon import Daemon
from auditor.serve.listening import Server, listen
from auditor.serve.plan import Plan
from auditor.sources.snapshots.snapshot import read_snapshot

GOLDEN = Path(__file__).parents[1] / "golden"
DRIFTED = "drift-01-drifted"
BASELINE = "drift-00-baseline"
SECRET = "s3cret-t0ken"  # noqa: S105 - a test's
Gather = Callable[[], Snapshot]


def recorded(name: str = DRIFTED) -> Gather:
    """Gather a recording."""
    return lambda: read_snapshot(GOLDEN / name)


def fails() -> Snapshot:
    """Gather nothing."""
    raise UsageError("kubernetes: <b>nobody</b> answers")


def planned(gatherers: Mapping[str, Gather], serve: Serve | None = None, concurrency: int = 4) -> Plan:
    """Return a plan of clusters that are gathered so."""
    settings = Settings(
        clusters=tuple(Cluster(name=name) for name in gatherers), serve=serve or Serve(), concurrency=concurrency
    )
    return Plan(
        settings=settings,
        clusters=tuple(gatherers),
        audits=lambda: [Audit(gather=gather, cluster=name) for name, gather in gatherers.items()],
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass
class Site:
    """A daemon that is served."""

    daemon: Daemon
    port: int
    released: threading.Event = field(default_factory=threading.Event)

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:  # fmt: skip
        """Ask for a path."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}), encode_chunked=False)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def settled(self) -> "Site":
        """Return when no audit is at work."""
        assert self.daemon.runner.wait(10)
        return self


@contextmanager
def running(plan: Plan | Callable[[], Plan], **settings: Any) -> Iterator[Site]:
    """Serve a plan on a free port while the context lasts; the first audit has been started."""
    daemon = Daemon(plan if callable(plan) else lambda: plan, **settings)
    listening = listen("127.0.0.1:0")
    server = Server(app(daemon, local="127.0.0.1"), listening)
    server.start()
    daemon.start()
    try:
        yield Site(daemon, listening.getsockname()[1])
    finally:
        server.stop()  # it ends within a moment, for which no test needs to wait
        daemon.stop(5)


@dataclass
class Clock:
    """A clock that is moved by hand."""

    ahead: Any = None

    def __call__(self) -> datetime:
        """What time it is."""
        now = datetime.now(UTC)
        return now if self.ahead is None else now + self.ahead


def _by_name(name: str) -> Gather:
    def gather() -> Snapshot:
        if name == "broken":
            return fails()
        time.sleep({"hanging": 3600, "slow": 0.5}.get(name, 0))
        return recorded()()

    return gather


def main(file: Path, grace: float) -> None:
    """Serve a configuration, with recordings for clusters."""

    def planned_by_file() -> Plan:
        settings = load(file, os.environ)
        return planned({cluster.name: _by_name(cluster.name) for cluster in settings.clusters}, settings.serve)

    logs.configure(human=False)
    try:
        serving.serve(planned_by_file, file=file, poll=0.1, grace=grace)
    except UsageError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
