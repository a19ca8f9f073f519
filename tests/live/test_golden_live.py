"""Every recorded state, served by the lab and read by the real SDKs, gives the report that it gives offline."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from auditor.audit import audit
from auditor.model.policy import Policy
from auditor.model.snapshot import Snapshot
from auditor.reports import renderer
from auditor.reports.options import Options
from auditor.sources.snapshot import read_snapshot
from auditor.sources.snapshot_write import write_snapshot
from tests.live.conftest import CLOCK, Enter, read

GOLDEN = Path(__file__).parents[1] / "golden"
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
def test_live_is_as_offline(enter: Enter, tmp_path: Path, state: str) -> None:
    lab = enter(GOLDEN / state)

    live = read(lab, tmp_path).snapshot

    assert judged(live) == judged(read_snapshot(GOLDEN / state))
    assert {method for method, *_ in lab.requests if "/git/" not in str(_)} <= {"GET"}


@pytest.mark.parametrize("state", STATES)
def test_a_recording_of_it_replays_the_same(enter: Enter, tmp_path: Path, state: str) -> None:
    recording = read(enter(GOLDEN / state), tmp_path / "cache", record=True)

    write_snapshot(tmp_path / "recorded", recording)

    assert judged(read_snapshot(tmp_path / "recorded")) == judged(recording.snapshot)
