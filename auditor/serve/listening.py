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

CONNECTIONS = 96
"""At the same time. For one more the eldest goes, so that probes are answered whatever others hold on to."""
BACKLOG = 128
HEAD = 16 * 1024
"""Bytes of a request line and headers."""
PIECE = 1024
"""Bytes that are looked at in one go, since only a head that has not come as a whole is held to that bound."""
HEAD_WITHIN = 10.0
"""Seconds in which they have to come."""
IDLE = 5
LAST_ANSWERS = 5
"""Seconds that answers may take once the daemon ends."""


class Protocol(H11Protocol):
    """HTTP/1.1; a connection without a request is closed (by itself the server waits for a first for ever)."""

    _patience: asyncio.TimerHandle | None = None
    _made = 0.0
    _left = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._made = self.loop.time()
        self._make_room()
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Wait on, if it is not a whole head yet."""
        for start in range(0, len(data), PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE])
        if self.conn.their_state is h11.IDLE:
            self._await_head()
        else:
            self._await_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        self._await_no_more()

    def _await_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _await_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _make_room(self) -> None:
        """Leave the eldest connection, if there are too many, whatever it waits for or is sent."""
        held = [one for one in self.connections if isinstance(one, Protocol) and not one._left]  # noqa: SLF001
        if len(held) > CONNECTIONS:
            eldest = min(held, key=lambda one: one._made)  # noqa: SLF001
            eldest._left = True  # noqa: SLF001
            eldest.transport.abort()


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
        return socket.create_server(place[:2], family=family, backlog=BACKLOG, dualstack_ipv6=every)
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
                access_log=False, server_header=False, proxy_headers=False, backlog=BACKLOG,
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
