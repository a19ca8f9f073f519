"""A changed configuration is taken up; a broken one leaves the former in place and says so."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from auditor.config.load import load
from auditor.config.settings import Metrics, Pushgateway
from auditor.serve.plan import Plan
from tests.metrics.runs import pick, read
from tests.serve.running import BASELINE, DRIFTED, Site, planned, recorded, running

GOOD = f"clusters: [{{name: {DRIFTED}}}]\n"


class Reloading:
    """A daemon that goes by a file."""

    def __init__(self, site: Site, file: Path) -> None:
        self.site, self.file = site, file

    def change(self, text: str) -> None:
        """Write the file, and have the daemon look."""
        self.file.write_text(text)
        self.look()

    def look(self) -> None:
        """Have the daemon look, and wait until an audit that this starts has ended."""
        self.site.daemon.reload_if_changed()
        self.site.settled()

    @property
    def latest(self) -> dict[str, str]:
        """The run of the latest audit of each cluster."""
        found = self.site.daemon.found()
        return {one.cluster: one.latest.audit.run_id for one in found if one.latest}


@pytest.fixture
def reloading(tmp_path: Path) -> Iterator[Reloading]:
    """A daemon after its first audit."""
    file = tmp_path / "auditor.yaml"
    file.write_text(GOOD)

    def plan() -> Plan:
        settings = load(file, {})
        return planned({one.name: recorded(one.name) for one in settings.clusters}, settings.serve)

    with running(plan, file=file) as site:
        yield Reloading(site.settled(), file)


def test_a_cluster_that_comes_is_audited_at_once_and_one_that_goes_is_forgotten(reloading: Reloading) -> None:
    reloading.change(f"clusters: [{{name: {BASELINE}}}]\n")

    assert list(reloading.latest) == [BASELINE]
    assert reloading.site.ask("/report.json").json["run"]["cluster"] == BASELINE
    assert DRIFTED not in reloading.site.ask("/metrics").text


def test_a_schedule_is_taken_up(reloading: Reloading) -> None:
    before = reloading.site.daemon.next_due
    reloading.change(GOOD + "serve: {schedule: '3 3 3 3 *'}\n")

    due = reloading.site.daemon.next_due
    assert before is not None
    assert due is not None
    assert f"{due:%d %b %H:%M}" == "03 Mar 03:03"
    assert reloading.site.ask("/metrics").text.count(f'run_interval_seconds{{cluster="{DRIFTED}"}} 3.1') == 1


def test_a_broken_one_keeps_the_former_and_says_so(reloading: Reloading, capsys: pytest.CaptureFixture[str]) -> None:
    before = reloading.latest
    reloading.change("clusters: [{name: <b>, colour: red}]\n")
    told, page = capsys.readouterr().out, reloading.site.ask("/").text
    said = read(reloading.site.ask("/metrics").body)

    assert reloading.latest == before
    assert "colour" in told
    assert "the configuration was not taken up; the former one holds" in told
    assert "cannot be taken up" in page
    assert "colour" in page
    assert "<b>" not in page
    assert reloading.site.ask("/readyz").status == 200

    reloading.change(GOOD)
    assert "cannot be taken up" not in reloading.site.ask("/").text
    assert reloading.latest == before, "nothing in it is new"
    again = read(reloading.site.ask("/metrics").body)
    name = "config_last_reload_successful"
    assert (pick(said, name), pick(again, name)) == ([0], [1])
    name = "config_last_reload_success_timestamp_seconds"
    assert pick(said, name) < pick(again, name)


@pytest.mark.parametrize(
    "text", ["", "clusters: [", GOOD + "serve: {schedule: '@hourly'}", GOOD + "serve: {tokenFile: nowhere}", "\0"]
)
def test_what_is_broken_is_said_once(reloading: Reloading, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    reloading.change(text)
    capsys.readouterr()
    reloading.look()

    assert reloading.site.daemon.fault
    assert capsys.readouterr().out == ""


def test_a_file_that_goes_away_is_broken(reloading: Reloading) -> None:
    reloading.file.unlink()
    reloading.look()
    assert "cannot read the configuration" in reloading.site.daemon.fault

    reloading.change(GOOD)
    assert not reloading.site.daemon.fault


def test_a_file_that_it_names_may_come_later(reloading: Reloading) -> None:
    reloading.change(GOOD + "serve: {tokenFile: token}\n")
    assert reloading.site.daemon.fault

    (reloading.file.parent / "token").write_text("secret")
    reloading.look()
    assert not reloading.site.daemon.fault
    assert reloading.site.daemon.plan.serve.token_file


def test_a_comment_starts_no_audit_and_the_same_content_is_not_read(reloading: Reloading) -> None:
    before = reloading.latest
    reloading.change(GOOD)
    reloading.change(GOOD + "# why\n")

    assert reloading.latest == before


def test_another_address_needs_a_restart(reloading: Reloading, capsys: pytest.CaptureFixture[str]) -> None:
    reloading.change(GOOD + "serve: {listen: '127.0.0.1:1'}\n")

    assert "serve.listen is 127.0.0.1:1 now, which needs a restart" in capsys.readouterr().out
    assert reloading.site.ask("/healthz").status == 200


def test_a_mounted_config_map(tmp_path: Path) -> None:
    for version, name in (("1", DRIFTED), ("2", BASELINE)):
        (tmp_path / version).mkdir()
        (tmp_path / version / "auditor.yaml").write_text(f"clusters: [{{name: {name}}}]\n")
        os.utime(tmp_path / version / "auditor.yaml", (0, 0))
    (tmp_path / "..data").symlink_to("1")
    file = tmp_path / "auditor.yaml"
    file.symlink_to("..data/auditor.yaml")

    def plan() -> Plan:
        return planned({one.name: recorded(one.name) for one in load(file, {}).clusters})

    with running(plan, file=file) as site:
        (tmp_path / "..new").symlink_to("2")
        (tmp_path / "..new").replace(tmp_path / "..data")
        site.settled().daemon.reload_if_changed()
        assert site.settled().daemon.plan.clusters == (BASELINE,)


def test_ways_out_of_single_runs_are_said_to_be_of_no_use() -> None:
    plan = planned({DRIFTED: recorded()})
    metrics = Metrics(textfile=Path("x.prom"), pushgateway=Pushgateway(url="http://127.0.0.1:1"))
    other = dataclasses.replace(plan, settings=plan.settings.model_copy(update={"metrics": metrics}))
    plans = iter([plan, other])
    with capture_logs() as lines, running(lambda: next(plans)) as site:
        site.daemon.reload()
        site.settled()

    (told,) = [line["event"] for line in lines if line["log_level"] == "warning"]
    assert told.startswith("metrics.textfile and metrics.pushgateway: for single runs; ")
