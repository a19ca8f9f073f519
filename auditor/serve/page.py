"""The page for people: of each cluster the latest text report, and what should be known before one relies on it.

There is no script in it and nothing is loaded. The template escapes everything but our style, whose digest is a header.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from auditor.model.finding import Verdict
from auditor.reports.outcome import incomplete
from auditor.reports.unseen import subject, unseen
from auditor.serve.daemon import Daemon
from auditor.serve.results import Result, Told

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "page.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A cluster, as the page shows it."""

    cluster: str
    verdict: str
    """`failed`, `waiting` or `late` where there is nothing to rely on; never what an earlier audit found."""
    waiting: bool
    failure: str
    ended: datetime | None
    """When the latest audit ended."""
    unready: str
    told: Told | None
    earlier: bool
    """What was told is of another audit than the latest."""
    lacking: tuple[str, ...]
    """What the evidence lacks, as source, what of it, and why."""


def page(daemon: Daemon) -> str:
    """Return the page as it is now."""
    unready = daemon.unready()
    views = [_view(result, unready.get(result.cluster, "")) for result in daemon.found()]
    return _TEMPLATE.render(
        views=views, now=daemon.clock(), due=daemon.next_due, running=daemon.runner.running, fault=daemon.fault,
        style=STYLE,
    )  # fmt: skip


def _view(result: Result, unready: str) -> View:
    latest, told = result.latest, result.told
    if latest is None:
        verdict = "waiting"
    else:
        verdict = "failed" if result.failure or not latest.report else str(latest.report.verdict)
    earlier = told is not None and latest is not None and told.report is not latest.report
    if unready and verdict == Verdict.CLEAN:
        verdict = "late"  # it was clean, a while ago
    return View(
        cluster=result.cluster, verdict=verdict, waiting=latest is None, failure=result.failure,
        ended=latest.finished_at if latest else None, unready=unready, told=told, earlier=earlier,
        lacking=() if result.failure and not earlier else _lacking(told),
    )  # fmt: skip


def _lacking(told: Told | None) -> tuple[str, ...]:
    if told is None or not incomplete(told.report):
        return ()
    return tuple(f"{gap.source}: {subject(gap)}: {gap.reason}" for gap in (one.gap for one in unseen(told.report)))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _template() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    made.filters["moment"] = _moment
    return made


_TEMPLATE = _template().get_template("page.html")
