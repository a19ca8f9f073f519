"""One run at a time, cut at its deadline; nothing in it ends the daemon."""

import dataclasses
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.config.settings import Serve
from auditor.model.snapshot import Snapshot
from auditor.run import Audit
from auditor.serve import daemon as limits
from auditor.serve import runner
from auditor.serve.cut import audited
from tests.metrics.runs import pick, read
from tests.operate.servers import eventually
from tests.serve.running import BASELINE, DRIFTED, SECRET, Site, fails, planned, recorded, running

SOON = timedelta(milliseconds=300)


class Held:
    """Gathers once it is released."""

    def __init__(self) -> None:
        self.begun, self.released, self.ended = threading.Event(), threading.Event(), threading.Event()

    def __call__(self) -> Snapshot:
        self.begun.set()
        assert self.released.wait(20)
        try:
            return recorded()()
        finally:
            self.ended.set()


@pytest.fixture
def held() -> Iterator[Held]:
    """An audit that hangs, but for the length of the test only."""
    found = Held()
    yield found
    found.released.set()


def test_a_run_is_cut_and_what_had_ended_stays(held: Held) -> None:
    serve = Serve(deadline=SOON)
    with running(planned({BASELINE: recorded(BASELINE), DRIFTED: held}, serve)) as site:
        site.settled()
        before = site.ask("/readyz")
        said = read(site.ask("/metrics").body)
        page = site.ask("/").text
        held.released.set()
        held.ended.wait(5)
        time.sleep(0.2)
        late = site.daemon.found()[1]

    assert "and was cut; see what holds it up" in before.text
    assert pick(said, "runs_total", cluster=BASELINE, result="succeeded") == [1]
    assert pick(said, "runs_total", cluster=DRIFTED, result="cut") == [1]
    assert pick(said, "last_success_timestamp_seconds", cluster=BASELINE)
    assert pick(said, "last_run_timestamp_seconds", cluster=DRIFTED)
    assert not pick(said, "last_success_timestamp_seconds", cluster=DRIFTED)
    assert "and was cut; see what holds it up" in page
    assert late.told is None, "the result of an abandoned run is dropped"


def test_one_that_never_began_is_cut_too(held: Held) -> None:
    audits = [Audit(gather=held, cluster="first"), Audit(gather=recorded(), cluster="second")]

    found = list(audited(audits, concurrency=1, within=timedelta(seconds=0.2)))

    assert [one.audit.cluster for one in found] == ["first", "second"]
    assert all("was cut" in str(one.error) for one in found)


def test_audits_are_side_by_side_and_each_is_told_when_it_ends(held: Held) -> None:
    audits = [Audit(gather=held, cluster="held"), *(Audit(gather=recorded(), cluster=name) for name in "abc")]

    found = audited(audits, concurrency=2, within=timedelta(seconds=10))

    assert [next(found).audit.cluster for _ in "abc"] == ["a", "b", "c"]
    held.released.set()
    assert next(found).report is not None


def test_an_exit_within_an_audit_is_a_failure() -> None:
    def leaves() -> Snapshot:
        raise SystemExit(0)

    (found,) = audited([Audit(gather=leaves, cluster="x")], concurrency=1, within=timedelta(seconds=5))

    assert "SystemExit" in str(found.error)


def test_another_audit_is_refused_while_one_is_at_work(held: Held, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    serve = Serve(token_file=tmp_path / "token")
    with running(planned({DRIFTED: held}, serve)) as site:
        assert held.begun.wait(5)
        answer = site.ask("/audit", "POST", {"Authorization": f"Bearer {SECRET}"})
        alive, page = site.ask("/healthz"), site.ask("/").text
        site.daemon.runner.due()
        held.released.set()
        said = read(site.settled().ask("/metrics").body)
        again = site.ask("/audit", "POST", {"Authorization": f"Bearer {SECRET}"})

    assert (answer.status, answer.text) == (409, "an audit is at work; ask again when it has ended\n")
    assert alive.status == 200
    assert "An audit is at work." in page
    assert "The first audit has not ended yet." in page
    assert site.daemon.runner.skipped == 1
    assert pick(said, "runs_total", result="skipped") == pick(said, "runs_total", result="succeeded") == [1]
    assert again.status == 202


def test_the_scheduler_starts_audits() -> None:
    with running(planned({DRIFTED: recorded()})) as site:
        first = _latest(site.settled())
        site.daemon.scheduler.get_jobs()[0].modify(next_run_time=datetime.now(UTC))
        assert eventually(lambda: _latest(site) != first, within=5, every=0.02)
        due = site.daemon.next_due

    assert due is not None
    assert due > datetime.now(UTC)


def _latest(site: Site) -> str:
    latest = site.daemon.found()[0].latest
    assert latest is not None
    return latest.audit.run_id


def test_audits_that_cannot_be_made_are_failures_and_the_next_run_starts() -> None:
    plan = planned({DRIFTED: recorded()})
    broken_once = iter([ValueError("no")])

    def audits() -> Sequence[Audit]:
        for error in broken_once:
            raise error
        return plan.audits()

    with running(dataclasses.replace(plan, audits=audits)) as site:
        broken = site.settled().ask("/readyz").text
        site.daemon.runner.start()
        mended = site.settled().ask("/readyz").text

    assert broken == (
        f"{DRIFTED}: no audit has succeeded yet: the auditor broke, which is a bug (ValueError: no); please report it\n"
    )
    assert mended == "ok\n"


def test_what_was_not_seen_is_logged(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with running(planned({"pls-az": recorded("pls-az")})) as site:
        site.settled()
        once = capsys.readouterr().out
        monkeypatch.setattr(runner, "MOST_GAPS", 0)
        site.daemon.runner.start()
        site.settled()

    assert "pls-az: not seen: kubernetes nodes: " in once
    assert "pls-az: drift: " in once
    assert "pls-az: not seen: 1 more, which the report names" in capsys.readouterr().out


def test_requests_are_summed_over_runs() -> None:
    with running(planned({DRIFTED: recorded()})) as site:
        outcome = site.settled().daemon.found()[0].latest
        assert outcome is not None
        for number in (3, 4):
            _ask_more(site, number)
        said = read(site.ask("/metrics").body)

    assert pick(said, "api_requests_total", source="azure", code="200") == [7]


def _ask_more(site: Site, number: int) -> None:
    outcome = site.daemon.found()[0].latest
    assert outcome is not None
    assert outcome.report is not None
    report = dataclasses.replace(outcome.report, requests=(("azure", "200", number),))
    site.daemon.results.record(DRIFTED, dataclasses.replace(outcome, report=report))


def test_too_many_that_hang_need_a_restart(held: Held) -> None:
    clusters = {f"c{number}": held for number in range(limits.MOST_LEFT_BEHIND + 1)}
    with running(planned(clusters, Serve(deadline=SOON), concurrency=20)) as site:
        site.settled()
        ill = site.ask("/healthz")
        held.released.set()
        well = eventually(lambda: site.ask("/healthz").status == 200, within=5)

    assert (ill.status, ill.text) == (503, "9 audits that were cut are still at work\n")
    assert well


def test_one_cluster_that_fails_leaves_the_others_alone() -> None:
    with running(planned({"broken": fails, DRIFTED: recorded()}, concurrency=1)) as site:
        assert site.settled().ask("/report.json?cluster=" + DRIFTED).status == 200
