"""A receiver of Alertmanager's notifications."""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.operate.servers import LOOPBACK, READY_WITHIN

Notification = dict[str, Any]


class Receiver:
    """What was received, and where."""

    def __init__(self, received: "queue.SimpleQueue[Notification]", url: str) -> None:
        self.received, self.url = received, url

    @property
    def silent(self) -> bool:
        """True if nothing has come that nobody took."""
        return self.received.empty()

    def next(self) -> Notification:
        """Return the next notification. Raises queue.Empty if none comes."""
        return self.received.get(timeout=READY_WITHIN)

    def groups(self, number: int, status: str) -> dict[tuple[str, str], Notification]:
        """Wait until that many groups have come with a status; the latest notification of each, by alert and cluster."""
        found: dict[tuple[str, str], Notification] = {}
        end = time.monotonic() + READY_WITHIN
        while len([one for one in found.values() if one["status"] == status]) < number and time.monotonic() < end:
            with contextlib.suppress(queue.Empty):
                said = self.received.get(timeout=0.5)
                found[said["groupLabels"]["alertname"], said["groupLabels"].get("cluster", "")] = said
        return found


class _Webhook(BaseHTTPRequestHandler):
    def __init__(self, *arguments: object, received: "queue.SimpleQueue[Notification]") -> None:
        self.received = received
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        self.received.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def webhook() -> Iterator[Receiver]:
    """Receive notifications while the context lasts."""
    received: queue.SimpleQueue[Notification] = queue.SimpleQueue()
    with ThreadingHTTPServer((LOOPBACK, 0), partial(_Webhook, received=received)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Receiver(received, f"http://{LOOPBACK}:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join()
