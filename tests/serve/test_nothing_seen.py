"""A run that could read nothing at all: it is told as a failure, and what was found before stays."""

from datetime import UTC, datetime

from auditor.blindness import KINDS
from auditor.model.snapshot import Gap, Snapshot
from tests.metrics.runs import pick, read
from tests.serve.running import DRIFTED, planned, recorded, running


def blind() -> Snapshot:
    """Gather, and be refused everywhere."""
    gaps = tuple(
        Gap(source=source, scope="*", kind=kind, reason=f"{source} is <b>shut</b>")
        for source, kinds in KINDS.items()
        for kind in sorted(kinds)
    )
    return Snapshot(cluster=DRIFTED, captured_at=datetime(2026, 11, 23, tzinfo=UTC), gaps=gaps)


def test_a_run_that_saw_nothing_hides_nothing_that_was_found() -> None:
    answers = iter([recorded(), blind])

    def gather() -> Snapshot:
        return next(answers)()

    with running(planned({DRIFTED: gather})) as site:
        before = site.settled().ask("/report.json")
        site.daemon.runner.start()
        report, page = site.settled().ask("/report.json"), site.ask("/").text
        told = read(site.ask("/metrics").body)

    assert pick(told, "runs_total", result="failed") == [1]
    assert (report.status, report.headers["auditor-latest-run"]) == (200, "failed")
    assert report.json == before.json, "the alerts go by it"
    assert "The latest audit failed" in page
    assert "nothing could be read whole" in page
    assert "azure is &lt;b&gt;shut&lt;/b&gt;" in page
    assert "What an earlier audit found" in page


def test_where_no_run_ever_saw_anything_the_newest_report_says_why() -> None:
    with running(planned({DRIFTED: blind})) as site:
        site.settled().daemon.runner.start()
        report, page, ready = site.settled().ask("/report.json"), site.ask("/").text, site.ask("/readyz")
        (latest,) = site.daemon.found()

    assert latest.latest is not None
    assert (report.json["run"]["id"], report.headers["auditor-latest-run"]) == (latest.latest.audit.run_id, "failed")
    assert "What an earlier audit found" not in page
    assert ready.status == 503
    assert ready.text.startswith(f"{DRIFTED}: no audit has succeeded yet: nothing could be read whole ")
    assert ready.text.count("\n") == 1
