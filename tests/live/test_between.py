"""What only a second look at the API server can tell: Services that the list of load balancers leaves out."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import audit
from auditor.model.finding import Finding, State
from auditor.model.policy import Policy
from auditor.sources.snapshots.snapshot import read_snapshot
from tests.live.command import GOLDEN
from tests.live.conftest import CLOCK, Enter, read

NAME = ("web", "rule-changed")
Changed = Callable[..., Path]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """A recording in which someone made a Service a ClusterIP, so long before; Azure is as it was."""
    folder = Path(shutil.copytree(GOLDEN / "drift-00-baseline", tmp_path / "recording"))
    path = folder / "kubernetes" / "services.json"

    def change(before: timedelta, *, held: bool = True) -> Path:
        document = json.loads(path.read_bytes())
        at = (read_snapshot(folder).captured_at or CLOCK) - before
        for one in document["items"]:
            if (one["metadata"]["namespace"], one["metadata"]["name"]) == NAME:
                one["spec"]["type"] = "ClusterIP"
                one["status"] = {"loadBalancer": {}}
                if not held:
                    del one["metadata"]["finalizers"]
                _written(one["metadata"], at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        path.write_text(json.dumps(document))
        return folder

    return change


def _written(metadata: dict[str, Any], at: str) -> None:
    fields: dict[str, Any] = {"f:spec": {"f:type": {}}}
    metadata.setdefault("managedFields", []).append(
        {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "time": at, "fieldsV1": fields}
    )


def findings(enter: Enter, folder: Path, cache: Path) -> list[Finding]:
    """What a live audit finds about the Service, and about what belongs to nobody."""
    live = read(enter(folder), cache).snapshot
    report = audit(live, Policy(), live.captured_at or CLOCK)
    return [one for one in report.findings if one.service is None or (one.service.namespace, one.service.name) == NAME]


def test_a_service_of_another_type_is_not_missing(enter: Enter, changed: Changed, tmp_path: Path) -> None:
    found = findings(enter, changed(timedelta(hours=1)), tmp_path / "cache")

    assert "spec-drifted" in {one.rule for one in found}
    assert "service-missing" not in {one.rule for one in found}


@pytest.mark.parametrize(
    ("before", "held", "orphan"),
    [
        pytest.param(timedelta(minutes=1), True, False, id="the controller has not got to it"),
        pytest.param(timedelta(hours=1), False, True, id="the controller has forgotten it"),
    ],
)
def test_the_frontend_of_a_service_that_was_just_changed_is_no_orphan(
    enter: Enter, changed: Changed, tmp_path: Path, before: timedelta, *, held: bool, orphan: bool
) -> None:
    folder = changed(before, held=held)
    for path in (folder / "git").rglob(f"{NAME[1]}.yaml"):
        path.unlink()

    found = findings(enter, folder, tmp_path / "cache")

    confirmed = {one.rule for one in found if one.state is State.DRIFT}
    assert ("orphaned-frontend" in confirmed) is orphan
