"""A web server on loopback that answers as told and remembers what it was sent."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Answering:
    """What it answers, and what it got."""

    code: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Verb, path and Authorization of each request."""
    url: str = ""
    silent: threading.Event | None = None
    """If there is one: no answer before it is set."""


@contextmanager
def serving(answering: Answering, tls: ssl.SSLContext | None = None) -> Iterator[Answering]:
    """Serve it while the context lasts."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ssl.SSLError):
                self.close_connection = True

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answering.got.append((self.command, self.path, self.headers.get("Authorization")))
            if answering.silent is not None:
                answering.silent.wait(10)
            self.send_response(answering.code)
            for name, value in answering.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answering.body)))
            self.end_headers()
            self.wfile.write(answering.body)

        do_GET = do_PUT = do_POST = answer  # noqa: N815 - as the base class wants them

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Be quiet: a client that does not trust us goes away."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        answering.url = f"{'https' if tls else 'http'}://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield answering
        finally:
            if answering.silent is not None:
                answering.silent.set()
            server.shutdown()
            thread.join()
