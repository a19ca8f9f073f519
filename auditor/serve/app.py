"""What the web server answers. Bodies of errors are one line, and never tell how the program looks inside.

Nobody needs to say who they are to read; `POST /audit`, the only thing that does anything, needs the bearer token.
"""

import asyncio
import hmac
import json
from collections.abc import Mapping
from email.utils import format_datetime
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from auditor import logs
from auditor.errors import ConfigError
from auditor.metrics.registry import exposition
from auditor.serve.daemon import Daemon
from auditor.serve.host import OwnNames
from auditor.serve.measured import measured
from auditor.serve.page import HEADERS, page
from auditor.serve.plan import token
from auditor.serve.results import Result

HARMLESS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MISDIRECTED = HTTPStatus.MISDIRECTED_REQUEST
REFUSED_HOST = "the Host header is not this machine's; ask for localhost or 127.0.0.1"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LARGEST_BODY = 1024
CLOSING: Mapping[str, str] = {"Connection": "close"}
"""Said where the rest of a body is not waited for."""
BODY_WITHIN = 10.0
"""Seconds in which the body of a request has to come."""


def app(daemon: Daemon, *, local: str | None = None) -> Starlette:
    """Return the application.

    `local` is the name of this machine's own address, if nobody else is to reach it: then no other name is answered.
    """
    answers = Answers(daemon)
    made = Starlette(
        routes=[
            Route("/", answers.page),
            Route("/healthz", answers.healthz),
            Route("/readyz", answers.readyz),
            Route("/metrics", answers.metrics),
            Route("/report.json", answers.report),
            Route("/audit", answers.audit, methods=["POST"]),
        ],
        middleware=[]
        if local is None
        else [Middleware(OwnNames, name=local, refusal=_line(REFUSED_HOST, MISDIRECTED, CLOSING))],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    made.router.redirect_slashes = False  # where to would hang on the Host header
    return made


class Answers:
    """An answer for each path; those that are not `async` run on threads, since they take a while."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    async def healthz(self, _: Request) -> Response:
        """Alive, also while an audit is at work, and whatever became of it."""
        ill = self._daemon.ill()
        return _line(ill or "ok", HTTPStatus.SERVICE_UNAVAILABLE if ill else HTTPStatus.OK)

    async def readyz(self, _: Request) -> Response:
        """Every cluster has a success that is not too old; else a line for each that has not."""
        lines = [f"{cluster}: {why}" for cluster, why in self._daemon.unready().items()]
        return _line("\n".join(lines) or "ok", HTTPStatus.SERVICE_UNAVAILABLE if lines else HTTPStatus.OK)

    def metrics(self, _: Request) -> Response:
        """For Prometheus."""
        found = exposition(measured(self._daemon))
        return Response(found, headers={**HARMLESS, "Content-Type": METRICS_TYPE})

    def page(self, _: Request) -> Response:
        """For people."""
        return HTMLResponse(page(self._daemon), headers={**HARMLESS, **HEADERS})

    def report(self, request: Request) -> Response:
        """The latest report of a cluster, which has to be named where there are several."""
        result = self._asked_for(request.query_params.get("cluster"))
        if result.told is None:
            why = (
                f"the audit failed: {' '.join(result.failure.split())}" if result.failure else "no audit has ended yet"
            )
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, f"{result.cluster}: {why}")
        headers = {**HARMLESS, "Last-Modified": format_datetime(result.told.finished_at, usegmt=True)}
        headers["Auditor-Latest-Run"] = "failed" if result.failure else "succeeded"
        return Response(result.told.json, media_type="application/json", headers=headers)

    def _asked_for(self, name: str | None) -> Result:
        found = {result.cluster: result for result in self._daemon.found()}
        if name is None and len(found) == 1:
            return next(iter(found.values()))
        if name is None:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"which cluster? ?cluster=NAME is one of {', '.join(found)}")
        if name not in found:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no such cluster; there are {', '.join(found)}")
        return found[name]

    async def audit(self, request: Request) -> Response:
        """Start an audit now."""
        self._authorise(request.headers.get("Authorization", ""))
        await _small(request)
        run = self._daemon.runner.start()
        if run is None:
            raise HTTPException(HTTPStatus.CONFLICT, "an audit is at work; ask again when it has ended")
        said = json.dumps({"run": run}) + "\n"
        return Response(said, HTTPStatus.ACCEPTED, media_type="application/json", headers=dict(HARMLESS))

    def _authorise(self, header: str) -> None:
        try:
            expected = token(self._daemon.plan.serve)
        except ConfigError as error:
            logs.logger().error(str(error))
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "the token cannot be read; the log says why") from None
        if expected is None:
            raise HTTPException(HTTPStatus.FORBIDDEN, "not enabled: set serve.tokenFile")
        scheme, _, given = header.partition(" ")
        right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), expected.encode())
        if scheme.lower() != "bearer" or not right:
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED, "the bearer token is missing or wrong", {"WWW-Authenticate": "Bearer"}
            )


async def _small(request: Request) -> None:
    """Read the body, which says nothing, and refuse a large one."""
    size = 0
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for part in request.stream():
                size += len(part)
                if size > LARGEST_BODY:
                    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {LARGEST_BODY} bytes", CLOSING)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time", CLOSING) from None
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the body did not come", CLOSING) from None


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _line(error.detail, error.status_code, error.headers)


async def _broken(_: Request, error: Exception) -> Response:
    logs.logger().error(f"an answer broke, which is a bug ({type(error).__name__}: {error}); please report it")
    return _line("internal error; the log says more", HTTPStatus.INTERNAL_SERVER_ERROR)


def _line(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers={**HARMLESS, **(headers or {})})
