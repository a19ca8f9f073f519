"""The daemon's life: what it starts, the signals it obeys, and how it ends."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from auditor import logs
from auditor.errors import AuditorError
from auditor.serve.app import app
from auditor.serve.daemon import Daemon
from auditor.serve.host import loopback
from auditor.serve.listening import Server, listen, url
from auditor.serve.plan import Plan

POLL = 3.0
"""Seconds between two looks at the configuration."""
GRACE = 25.0
"""Seconds for the run that is at work; Kubernetes gives 30 before it kills."""
ENDING = (signal.SIGTERM, signal.SIGINT)


class HttpError(AuditorError):
    """The web server has ended by itself."""


class Signals:
    """Signals, in the order they come. A second one that ends the daemon ends it at once."""

    def __init__(self) -> None:
        self._queue = SimpleQueue[int]()  # the one thing of threads that a signal handler may use
        self._ending = False
        for number in (*ENDING, signal.SIGHUP):
            signal.signal(number, self._came)

    def _came(self, number: int, _: FrameType | None) -> None:
        if number in ENDING:
            if self._ending:
                os._exit(128 + number)
            self._ending = True
        self._queue.put(number)

    def next(self, within: float) -> int | None:
        """Return the next one; None if none comes in that many seconds."""
        try:
            return self._queue.get(timeout=within)
        except Empty:
            return None


def serve(
    load: Callable[[], Plan], *, file: Path | None = None, address: str | None = None, poll: float = POLL,
    grace: float = GRACE,
) -> None:  # fmt: skip
    """Serve until a signal ends it. Raises AuditorError if it cannot begin.

    `load` reads the configuration, from `file` if there is one; `address` wins over `serve.listen`.
    """
    daemon = Daemon(load, file)
    address = address or daemon.plan.serve.listen
    listening = listen(address)
    signals = Signals()
    local = address.rpartition(":")[0] if loopback(listening) else None
    server = Server(app(daemon, local=local), listening)
    where = url(listening)
    server.start()
    daemon.start()
    due = f"{daemon.next_due:%Y-%m-%d %H:%M:%S %Z}" if daemon.next_due else "never"
    logs.logger().info(f"listening on {where}; the first audit starts, the next is due {due}", url=where)
    _obey(signals, daemon, server, poll)
    logs.logger().info("ending; the audit that is at work may end first" if daemon.runner.running else "ending")
    server.stop()
    ended = daemon.stop(grace)
    server.wait()
    if not ended:
        logs.logger().warning(f"the audit had not ended after {grace:.0f} s and is abandoned")
        # What still reads may be on threads that the interpreter would wait for.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _obey(signals: Signals, daemon: Daemon, server: Server, poll: float) -> None:
    """Reload when told to or when the file has changed, until a signal ends the daemon."""
    while True:
        number = signals.next(poll)
        if number in ENDING:
            return
        if number == signal.SIGHUP:
            daemon.reload()
        else:
            daemon.reload_if_changed()
        if not server.alive:
            raise HttpError("the web server has ended, which is a bug; please report it")
