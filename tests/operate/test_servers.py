"""The servers that other tests stand on: what is pushed is scraped, what fires arrives at the webhook, nothing stays behind."""

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from auditor.config.settings import Pushgateway
from auditor.metrics.pushgateway import push
from auditor.metrics.runs import Run
from tests.operate import servers
from tests.operate.generated import RULES

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class _Webhook(BaseHTTPRequestHandler):
    def __init__(self, *arguments: object, received: "queue.Queue[dict[str, Any]]") -> None:
        self.received = received
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        self.received.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def webhook() -> Iterator[tuple[str, "queue.Queue[dict[str, Any]]"]]:
    """A receiver of notifications: its URL, and what it received."""
    received: queue.Queue[dict[str, Any]] = queue.Queue()
    with ThreadingHTTPServer((servers.LOOPBACK, 0), partial(_Webhook, received=received)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://{servers.LOOPBACK}:{server.server_port}/", received
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.server
def test_a_pushed_failure_arrives_as_an_alert(tmp_path: Path) -> None:
    failed = Run(cluster="weu", report=None, started_at=NOON, finished_at=NOON)
    rules = servers.hurried(RULES, tmp_path)
    with (
        webhook() as (url, received),
        servers.pushgateway(tmp_path) as gateway,
        servers.alertmanager(tmp_path, url) as alertmanager,
    ):
        push(Pushgateway(url=gateway.url), [failed], info_limit=10)
        assert 'aks_auditor_last_run_timestamp_seconds{cluster="weu"' in gateway.text("/metrics")
        targets = {"pushgateway": [gateway.address]}
        with servers.prometheus(tmp_path, targets, [rules], alertmanager.address):
            said = received.get(timeout=servers.READY_WITHIN)
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
