"""Every recorded state, served by the lab and read by the real SDKs, gives the report that it gives offline."""

import gc
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from auditor.audit import audit
from auditor.lab.http_server import Seen
from auditor.model.policy import Policy
from auditor.model.snapshot import Snapshot
from auditor.reports import renderer
from auditor.reports.options import Options
from auditor.sources.azure.faults import scope_of
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_write import write_snapshot
from tests.install.rights import AZURE, KUBERNETES
from tests.live.command import GOLDEN
from tests.live.conftest import CLOCK, Enter, read

STATES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
OF_THE_RUN = ("run", "inputs", "coverage", "tool")
"""Parts of a report that say how it came about."""
OF_THE_READING = ("readAt", "commit", "repository")


def judged(snapshot: Snapshot) -> bytes:
    """The report without what says when and from where it was read."""
    report = audit(snapshot, Policy(), snapshot.captured_at or CLOCK)
    document: dict[str, Any] = msgspec.json.decode(renderer("json-v1")(report, Options()))
    for part in OF_THE_RUN:
        document.pop(part)
    for finding in document["findings"]:
        for evidence in finding["evidence"]:
            for part in OF_THE_READING:
                evidence.pop(part, None)
    for one in document["notJudged"]:
        one.pop("because")
    return msgspec.json.format(msgspec.json.encode(document))


@pytest.mark.parametrize("state", STATES)
def test_live_is_as_offline_and_so_is_a_recording_of_it(enter: Enter, tmp_path: Path, state: str) -> None:
    lab = enter(GOLDEN / state)

    recording = read(lab, tmp_path / "cache", record=True)
    write_snapshot(tmp_path / "recorded", recording)

    assert judged(recording.snapshot) == judged(read_snapshot(GOLDEN / state))
    assert judged(read_snapshot(tmp_path / "recorded")) == judged(recording.snapshot)
    assert {method for method, *_ in lab.requests if method != "GET"} <= {"POST"}
    assert set(filter(None, map(asked, lab.requests))) <= KUBERNETES | {action.lower() for action in AZURE}


def test_what_is_not_recorded_is_the_same(enter: Enter, tmp_path: Path) -> None:
    lab = enter(GOLDEN / "pls")

    assert read(lab, tmp_path).snapshot.services == read(lab, tmp_path, record=True).snapshot.services


def open_files() -> int:
    """How many files and connections this process holds, the lab's included."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_connections_are_closed(enter: Enter, tmp_path: Path) -> None:
    lab = enter(GOLDEN / "pls")
    read(lab, tmp_path)
    gc.disable()
    try:
        before = open_files()
        for _ in range(3):
            read(lab, tmp_path)
        deadline = time.monotonic() + 5
        while open_files() > before + 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert open_files() <= before + 2
    finally:
        gc.enable()


ONE = re.compile(r"/api/v1/(?:namespaces/[^/]+/)?(?P<resource>[a-z]+)(?P<name>/[^/]+)?")


def asked(seen: Seen) -> str | tuple[str, str] | None:
    """The right that a request takes: verb and resource, or the action; None for Git and for the token."""
    path = urlsplit(seen.target).path
    if path.startswith("/metadata/"):
        assert seen.method == "GET"
        return None
    if path.startswith("/git/"):
        assert seen.method == ("POST" if path.endswith("/git-upload-pack") else "GET")
        return None
    assert seen.method == "GET"
    if found := ONE.fullmatch(path):
        return "get" if found["name"] else "list", found["resource"]
    return scope_of(path)[2].lower()
