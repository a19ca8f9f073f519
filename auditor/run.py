"""The shell: gather → audit → publish. It owns the clock, the environment and what is told on standard error.

Whatever gathers is a function without arguments that returns a Snapshot: a recording, a folder of manifests,
a live cluster. The rest is the same for all.
"""

import gc
import hashlib
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from auditor.audit import audit
from auditor.errors import UsageError
from auditor.judge import matches
from auditor.model.finding import Report, Severity
from auditor.model.policy import Policy, Scope
from auditor.model.snapshot import Snapshot
from auditor.publish import Delivery, publish
from auditor.reports.outcome import exit_code
from auditor.reports.safe import neutral
from auditor.reports.summary import headline, summarise

RUNS = uuid.UUID("6f1f2f6e-6b53-5d53-9c6e-0d3c4f0a7b11")
"""Namespace of run ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One audit: what to gather, how to judge it, where the report goes and what fails."""

    gather: Callable[[], Snapshot]
    deliveries: list[Delivery]
    policy: Policy = field(default_factory=Policy)
    scope: Scope = field(default_factory=Scope)
    families: frozenset[str] | None = None
    """Only rules of these families; None: all."""
    revise: Callable[[Report], Report] = field(default=lambda report: report)
    """A last look at the report before it is written."""
    least: Severity = Severity.INFO
    fail_on: Severity | None = Severity.HIGH
    exit_zero_on_drift: bool = False
    colour: bool = True
    quiet: bool = False
    verbose: bool = False


def run(request: Request) -> int:
    """Do one audit and return the exit code."""
    with _no_collection():
        return _run(request)


def _run(request: Request) -> int:
    _warn_of_the_unlisted(request)
    with _timed("gathered", request):
        snapshot = request.gather()
    _warn_of_nothing(request, snapshot)
    with _timed("judged", request):
        report = request.revise(_audited(request, snapshot))
    with _timed("written", request):
        publish(report, request.deliveries, request.least, colour=request.colour and not os.environ.get("NO_COLOR"))
    if not any(d.to_stdout for d in request.deliveries):
        _tell(request, _in_one_line(report, request))
    return exit_code(report, request.fail_on, exit_zero_on_drift=request.exit_zero_on_drift)


def _audited(request: Request, snapshot: Snapshot) -> Report:
    now = clock(snapshot)
    return audit(
        snapshot, request.policy, now, scope=request.scope, families=request.families, run_id=run_id(snapshot, now)
    )


def clock(snapshot: Snapshot) -> datetime:
    """Return the moment of the audit: that of the recording, else SOURCE_DATE_EPOCH, else now."""
    if snapshot.captured_at:
        return snapshot.captured_at
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch} is no number of seconds since 1970") from error


def run_id(snapshot: Snapshot, now: datetime) -> str:
    """Return an id that is the same for the same recording and clock, and for no other."""
    digest = hashlib.sha256(repr((snapshot.cluster, now, snapshot.git, snapshot.gaps, snapshot.reads)).encode())
    for service in snapshot.services or ():
        digest.update(f"{service.uid} {service.resource_version}\n".encode(errors="replace"))
    for lb in snapshot.load_balancers or ():
        digest.update(f"{lb.id} {lb.etag}\n".encode(errors="replace"))
    for pls in snapshot.private_link_services or ():
        digest.update(f"{pls.id} {pls.etag}\n".encode(errors="replace"))
    return str(uuid.uuid5(RUNS, digest.hexdigest()))


def _in_one_line(report: Report, request: Request) -> str:
    said = headline(report, summarise(report, request.least))
    return f"{report.cluster}: {report.verdict}: {said} -> {', '.join(d.path for d in request.deliveries)}"


def _warn_of_the_unlisted(request: Request) -> None:
    if request.fail_on is not None and request.least > request.fail_on:
        least, failing = request.least.word, request.fail_on.word
        _tell(request, f"Warning: --min-severity {least} hides findings that --fail-on {failing} fails on")


def _warn_of_nothing(request: Request, snapshot: Snapshot) -> None:
    """Where nothing was looked at nothing is found: a misspelt name must not pass for a clean cluster."""
    seen = {s.namespace for s in (*(snapshot.declared or ()), *(snapshot.services or ()))}
    if not seen and not snapshot.gaps:
        _tell(request, "Warning: there is no Service to judge")
    for namespace in sorted(request.scope.namespaces - seen):
        _tell(request, f"Warning: no Service of the namespace {namespace} is in Git or in the cluster")
    services = (*(snapshot.declared or ()), *(snapshot.services or ()))
    if request.scope.labels and not any(matches(service, request.scope) for service in services):
        _tell(request, "Warning: no Service in Git or in the cluster matches the selector")


def _tell(request: Request, text: str) -> None:
    if not request.quiet:
        print(neutral(text), file=sys.stderr)


@contextmanager
def _timed(what: str, request: Request) -> Iterator[None]:
    start = time.perf_counter()
    yield
    if request.verbose:
        print(f"{what} in {time.perf_counter() - start:.3f} s", file=sys.stderr)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the cyclic garbage collector away: an audit makes many objects and hardly a circle."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()
