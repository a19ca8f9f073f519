"""The servers that other tests stand on: what is pushed is scraped, what fires arrives at the webhook, nothing stays behind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.config.settings import Pushgateway
from auditor.metrics.pushgateway import push
from auditor.metrics.runs import Run
from tests.operate import servers
from tests.operate.generated import RULES
from tests.operate.webhook import webhook

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.server
def test_a_pushed_failure_arrives_as_an_alert(tmp_path: Path) -> None:
    failed = Run(cluster="weu", report=None, started_at=NOON, finished_at=NOON)
    rules = servers.hurried(RULES, tmp_path)
    with (
        webhook() as receiver,
        servers.pushgateway(tmp_path) as gateway,
        servers.alertmanager(tmp_path, receiver.url) as alertmanager,
    ):
        push(Pushgateway(url=gateway.url), [failed], info_limit=10)
        assert 'aks_auditor_last_run_timestamp_seconds{cluster="weu"' in gateway.text("/metrics")
        targets = {"pushgateway": [gateway.address]}
        with servers.prometheus(tmp_path, targets, [rules], alertmanager.address):
            said = receiver.next()
        assert said["groupLabels"] == {"alertname": "AksAuditorFailing", "cluster": "weu"}
        assert "2026-11-23 12:00:00" in said["alerts"][0]["annotations"]["description"]
        assert [alert["labels"]["cluster"] for alert in alertmanager.alerts()] == ["weu"]


@pytest.mark.server
def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("groups: 7\n", encoding="utf-8")
    with (
        pytest.raises(pytest.fail.Exception, match=r"prometheus does not start:\n(.|\n)*broken.yaml"),
        servers.prometheus(tmp_path, {}, [broken]),
    ):
        pass


def test_a_program_that_is_not_installed_skips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(pytest.skip.Exception, match="prometheus-pushgateway is not installed"),
        servers.pushgateway(tmp_path),
    ):
        pass


@pytest.mark.server
def test_nothing_stays_behind(tmp_path: Path) -> None:
    run = Run(cluster="weu", report=None, started_at=NOON, finished_at=NOON)
    with servers.pushgateway(tmp_path) as gateway:
        push(Pushgateway(url=gateway.url), [run], info_limit=10)
    with pytest.raises(OSError, match="refused"):
        gateway.text("/metrics")
    with servers.pushgateway(tmp_path) as another:
        assert "aks_auditor" not in another.text("/metrics")
