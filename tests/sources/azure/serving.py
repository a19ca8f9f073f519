"""Clients for tests, and a server that answers what no lab would."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from azure.core.credentials import AccessToken

from auditor.config.settings import Azure
from auditor.sources.azure.client import Client
from auditor.sources.gathered import LARGEST, Deadline, Requests

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_x"
BALANCERS = f"{GROUP}/providers/Microsoft.Network/loadBalancers"
SECRET = "lab-token"  # noqa: S105 - opens nothing but a test
VERSION = "2024-05-01"


class Token:
    """A credential that has a token, and remembers for what it was asked."""

    def __init__(self, token: str = SECRET) -> None:
        self.token = token
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes += scopes
        return AccessToken(self.token, int(time.time()) + 3600)


def client_of(
    endpoint: str,
    *,
    deadline: float = 20,
    request_timeout: float = 5,
    credential: Token | None = None,
    requests: Requests | None = None,
    largest: int = LARGEST,
    **settings: Any,
) -> Client:
    """A client of a loopback server."""
    return Client(
        Azure(endpoint=endpoint, **settings),
        deadline=Deadline(timedelta(seconds=deadline)),
        request_timeout=timedelta(seconds=request_timeout),
        requests=requests or Requests(),
        credential=credential or Token(),
        largest=largest,
    )


Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server that answers GET by calling `answer`; its URL, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer(self)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A client that gave up is no error here."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def say(
    handler: BaseHTTPRequestHandler, status: int, body: str, kind: str = "application/json", **headers: str
) -> None:
    """Answer."""
    data = body.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)
