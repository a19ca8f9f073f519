"""The file for node-exporter."""

import os
import stat
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from auditor.errors import DeliveryError
from auditor.metrics.registry import exposition, registry
from auditor.metrics.textfile import write_textfile
from tests.metrics.runs import LIMIT, NOON, Values, pick, read, run
from tests.reports.factory import finding, report


def made(*runs: object) -> CollectorRegistry:
    return registry(runs, info_limit=LIMIT)  # type: ignore[arg-type]


def content(path: Path) -> Values:
    return read(path.read_bytes())


def test_it_is_the_exposition_and_others_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "auditor.prom"
    before = os.umask(0o077)
    try:
        write_textfile(path, made(run(report(finding()))))
    finally:
        os.umask(before)

    assert path.read_bytes() == exposition(made(run(report(finding()))))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["auditor.prom"]


def test_what_was_mended_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "auditor.prom"
    write_textfile(path, made(run(report(finding()))))
    write_textfile(path, made(run(report(), minutes=60)))

    assert pick(content(path), "finding_info") == []
    assert sum(pick(content(path), "findings")) == 0


def test_a_failed_run_keeps_what_was_found_and_the_last_success(tmp_path: Path) -> None:
    path = tmp_path / "auditor.prom"
    write_textfile(path, made(run(report(finding()), requests=(("azure", "200", 7),)), run(report(finding()), "b")))
    for minutes in (60, 120):
        write_textfile(path, made(run(None, minutes=minutes, requests=(("azure", "503", 1),)), run(report(), "b", minutes=minutes)))  # fmt: skip

    values = content(path)
    assert len(pick(values, "finding_info", cluster="prod-weu")) == 1
    assert sum(pick(values, "findings", cluster="prod-weu")) == 1
    assert pick(values, "source_complete", cluster="prod-weu") == [0, 0, 0], "nobody has looked since"
    assert pick(values, "last_success_timestamp_seconds", cluster="prod-weu") == [NOON.timestamp()]
    assert pick(values, "last_run_timestamp_seconds", cluster="prod-weu") == [NOON.timestamp() + 7200]
    assert pick(values, "api_requests_total") == [1]
    assert sum(pick(values, "findings", cluster="b")) == 0
    assert pick(values, "last_success_timestamp_seconds", cluster="b") == [NOON.timestamp() + 7200]


@pytest.mark.parametrize(
    "earlier", [b"", b"\xff\xfe", b"not { metrics\n", b"other_metric 1\n", b"aks_auditor_findings 1\n"]
)
def test_what_is_not_ours_does_not_stop_it(tmp_path: Path, earlier: bytes) -> None:
    path = tmp_path / "auditor.prom"
    path.write_bytes(earlier)
    write_textfile(path, made(run(None)))

    assert path.read_bytes() == exposition(made(run(None)))


@pytest.mark.parametrize(
    ("place", "why"), [("absent/a.prom", "No such file"), ("folder", "directory"), ("file/a.prom", "Not a directory")]
)
def test_a_place_that_cannot_be_written(tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(DeliveryError, match=f"cannot write the metrics to .*{place}: .*{why}"):
        write_textfile(tmp_path / place, made(run(report())))
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder"]
