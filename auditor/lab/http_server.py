"""HTTP/1.1 on loopback, plain or TLS on one port: a thread for each connection, requests recorded, faults put in."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from auditor.lab.exchange import Answer, Request
from auditor.lab.faults import Fault, Faults

HOST = "127.0.0.1"
_GZIP_FROM = 128 * 1024
"""The API server compresses what is larger."""
_KEPT = 512
_HANDSHAKE = b"\x16"
"""The first byte of TLS."""


class Seen(NamedTuple):
    """A request that came in."""

    method: str
    target: str
    """Path with query."""
    agent: str | None


class Server(ThreadingHTTPServer):
    """Answers with `answer`, or with `failure` where a fault asks for a status without saying the body."""

    daemon_threads = False  # so that closing waits for them
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        *,
        tls: ssl.SSLContext,
        answer: Callable[[Request], Answer],
        failure: Callable[[int, Request], Answer],
    ) -> None:
        self.tls, self.answer, self.failure = tls, answer, failure
        self.faults = Faults()
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._gzipped: dict[bytes, bytes] = {}
        self._open: set[socket.socket] = set()
        super().__init__((HOST, port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Keep the connection in mind, to end it when the server ends."""
        with self.lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget it."""
        with self.lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def secured(self, connection: socket.socket) -> ssl.SSLSocket:
        """The connection after a TLS handshake, kept in mind in its place."""
        found = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self.lock:
            self._open.discard(connection)
            self._open.add(found)
        try:
            found.do_handshake()
        except OSError:
            self.shutdown_request(found)
            raise
        return found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is its own affair; anything else is a fault of the lab and is printed."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """End all connections and wait for their threads."""
        self.closing.set()
        self.shutdown()
        with self.lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def gzipped(self, body: bytes) -> bytes:
        """The body, compressed as the API server does; the same body is not compressed twice."""
        key = hashlib.blake2b(body).digest()
        found = self._gzipped.get(key)
        if found is None:
            found = gzip.compress(body, 1, mtime=0)
            with self.lock:
                if len(self._gzipped) >= _KEPT:
                    self._gzipped.clear()
                self._gzipped[key] = found
        return found


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "auditor-lab"
    sys_version = ""

    def setup(self) -> None:
        """Speak TLS if the client does."""
        if self.request.recv(1, socket.MSG_PEEK) == _HANDSHAKE:
            self.request = self.server.secured(self.request)
        super().setup()

    def finish(self) -> None:
        """Close; the server would close a TLS connection's former socket only."""
        super().finish()
        self.server.shutdown_request(self.request)

    def serve(self) -> None:
        """Answer one request."""
        request = Request(self.command, self.path, self.headers, self._body())
        with self.server.lock:
            self.server.seen.append(Seen(self.command, self.path, self.headers.get("User-Agent")))
        fault = self.server.faults.take(self.path)
        if fault and fault.delay and self.server.closing.wait(fault.delay):
            self.close_connection = True
            return
        answer = _faulty(fault, request, self.server)
        if fault and fault.meanwhile:
            fault.meanwhile()
        self._send(answer, truncate=fault is not None and fault.truncate)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815 - looked up by name

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        length = self.headers.get("Content-Length", "")
        return self.rfile.read(int(length)) if length.isdigit() else b""

    def _chunk(self) -> bytes:
        """One chunk of a body, with the line end after it."""
        size = int(self.rfile.readline().partition(b";")[0] or b"0", 16)
        return self.rfile.read(size + 2)[:size]

    def _send(self, answer: Answer, *, truncate: bool) -> None:
        body, headers = answer.body, self._own(answer)
        if (
            len(body) > _GZIP_FROM
            and "gzip" in self.headers.get("Accept-Encoding", "")
            and answer.status == HTTPStatus.OK
        ):
            body = self.server.gzipped(body)
            headers["Content-Encoding"] = "gzip"
        headers.setdefault("Content-Length", str(len(body)))
        self.send_response_only(answer.status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if truncate:
            body, self.close_connection = body[: len(body) // 2], True
        if self.command != "HEAD":
            self.wfile.write(body)

    def _own(self, answer: Answer) -> dict[str, str]:
        """The headers of every answer, each once: those that the answer brings go before."""
        given = {key.title(): value for key, value in answer.headers.items()}
        usual = {
            "Server": self.version_string(),
            "Date": self.date_time_string(),
            "Content-Type": answer.content_type,
        }
        return usual | given

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Say nothing: what came in is in `seen`."""


def _faulty(fault: Fault | None, request: Request, server: Server) -> Answer:
    """The answer, changed as the fault says."""
    if fault is None or (fault.status is None and fault.body is None):
        answer = server.answer(request)
    elif fault.body is not None:
        answer = Answer(fault.status or 200, fault.body)
    else:
        answer = server.failure(fault.status or 500, request)
    if fault is None or not fault.headers:
        return answer
    return Answer(answer.status, answer.body, {**answer.headers, **fault.headers}, answer.content_type)
