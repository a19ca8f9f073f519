"""The socket, and the web server on a thread of its own, with bounds on everything that a client may send or hold."""

import asyncio
import os
import socket
import threading

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from auditor.config import forms
from auditor.errors import UsageError

CONNECTIONS = 128
UNASKED = 64
"""Connections that may wait for a request at the same time; the rest is room for those that ask, as probes do."""
HEAD = 16 * 1024
"""Bytes of a request line and headers."""
HEAD_WITHIN = 10.0
"""Seconds in which they have to come."""
IDLE = 5
LAST_ANSWERS = 5
"""Seconds that answers may take once the daemon ends."""


class Protocol(H11Protocol):
    """HTTP/1.1; a connection without a request is closed (by itself the server waits for a first for ever)."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Wait on, if it is not a whole head yet."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_head()
        elif self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        if self._patience is not None:
            self._patience.cancel()

    def _await_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_WITHIN, self.transport.close)
            self._make_room()

    def _make_room(self) -> None:
        """Close the connection that has waited longest, if there are too many."""
        waiting = {one: one._patience for one in self.connections if isinstance(one, Protocol) and one._patience}  # noqa: SLF001
        if len(waiting) > UNASKED:
            longest = min(waiting, key=lambda one: waiting[one].when())
            waiting[longest].cancel()
            longest._patience = None  # noqa: SLF001
            longest.transport.close()


def listen(address: str) -> socket.socket:
    """Return a socket that listens on HOST:PORT. Raises UsageError."""
    wrong = forms.listen(address)
    if wrong is not None:
        raise UsageError(f"--listen: {wrong}")
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        family, _, _, _, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        every = family == socket.AF_INET6 and host == "::"
        return socket.create_server(place[:2], family=family, backlog=CONNECTIONS, dualstack_ipv6=every)
    except OSError as error:
        # create_server adds the address once more; errors of names have numbers of their own.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
        raise UsageError(
            f"cannot listen on {address}: {reason[:1].lower()}{reason[1:]}; choose another address with --listen or "
            "serve.listen"
        ) from None


def url(listening: socket.socket) -> str:
    """Return where a socket listens."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server:
    """The web server."""

    def __init__(self, application: Starlette, listening: socket.socket) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                application, loop="asyncio", http=Protocol, ws="none", lifespan="off", log_config=None,
                access_log=False, server_header=False, proxy_headers=False, limit_concurrency=CONNECTIONS,
                backlog=CONNECTIONS,
                h11_max_incomplete_event_size=HEAD, timeout_keep_alive=IDLE, timeout_graceful_shutdown=LAST_ANSWERS,
            )
        )  # fmt: skip
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="http", daemon=True
        )

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Accept nothing any more, and let the answers end that are under way."""
        self._server.should_exit = True

    def wait(self) -> None:
        """Wait until it has ended."""
        self._thread.join(LAST_ANSWERS + 1)
