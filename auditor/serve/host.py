"""Only our own names, where nobody but this machine is to reach us.

A page from anywhere may have its name resolve to 127.0.0.1, and its script then reads what is served there as its own
(DNS rebinding). Such a request bears the name of that page in its Host header. One that bears an address cannot be one.
"""

import ipaddress
import socket

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

LOCALHOST = "localhost"


def loopback(listening: socket.socket) -> bool:
    """True if only this machine can reach a socket."""
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


class OwnNames:
    """Refuses requests whose Host is neither an address nor localhost nor the name that is listened on."""

    def __init__(self, app: ASGIApp, name: str, refusal: Response) -> None:
        self._app, self._names, self._refusal = app, {LOCALHOST, name.lower()}, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have the application do it."""
        fits = scope["type"] != "http" or self._own(Headers(scope=scope).get("host", ""))
        await (self._app if fits else self._refusal)(scope, receive, send)

    def _own(self, host: str) -> bool:
        name = host.lower() if host.endswith("]") else host.lower().rpartition(":")[0] or host.lower()
        return not name or name in self._names or _is_address(name.removeprefix("[").removesuffix("]"))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
