"""What changes while it is read: neither side is wrong, and what nobody waits for costs only itself."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import audit
from auditor.lab.server import Lab
from auditor.model.policy import Policy
from auditor.sources.live import gather
from auditor.sources.session import Session
from tests.live.changing import BALANCERS, FILES, NAME, SERVICES, audited, confirmed
from tests.live.command import Command, gaps, report
from tests.live.conftest import CLOCK, Enter, session

SUBSCRIPTION = "22222222-2222-3333-4444-555555555555"


def address(documents: dict[str, Any]) -> None:
    """Another address is asked for, and given."""
    for name, document in documents.items():
        documents[name] = json.loads(json.dumps(document).replace("10.240.9.10", "10.240.9.77"))


def visibility(documents: dict[str, Any]) -> None:
    """A Private Link Service is shown to a subscription, as is asked for."""
    for item in documents[FILES[0]]["items"]:
        if item["metadata"]["name"] == "pls-visibility":
            item["metadata"]["annotations"]["service.beta.kubernetes.io/azure-pls-visibility"] = SUBSCRIPTION
    for link in documents[FILES[2]]:
        if link["name"] == "pls-visibility":
            link["properties"]["visibility"] = {"subscriptions": [SUBSCRIPTION]}


def removal(documents: dict[str, Any]) -> None:
    """The Service goes, and before it what it had."""
    [gone] = [one for one in documents[FILES[0]]["items"] if one["metadata"]["name"] == NAME]
    documents[FILES[0]]["items"].remove(gone)
    prefix = f"a{gone['metadata']['uid'].replace('-', '')}"[:32]
    for found in documents[FILES[1]]:
        for kind in ("frontendIPConfigurations", "loadBalancingRules", "probes"):
            kept = [one for one in found["properties"][kind] if not one["name"].startswith(prefix)]
            found["properties"][kind] = kept


def then(lab: Lab, folder: Path, change: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    """Someone changes a Service, and the controller what belongs to it."""

    def both() -> None:
        before = {name: json.loads((folder / name).read_text()) for name in FILES}
        after: dict[str, Any] = json.loads(json.dumps(before))
        change(after)
        known = before[FILES[0]]["items"]
        for item in after[FILES[0]]["items"]:
            if item not in known:
                _written(item["metadata"], lab)
        for name, document in after.items():
            (folder / name).write_text(json.dumps(document))
        lab.reload()

    return both


def _written(metadata: dict[str, Any], lab: Lab) -> None:
    at = ((lab.captured_at or CLOCK) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"manager": "helm", "operation": "Update", "apiVersion": "v1", "time": at, "fieldsV1": {}}
    metadata |= {"resourceVersion": "99999999", "managedFields": [fields]}


def single(lab: Lab) -> list[str]:
    """Services that were read one by one."""
    return [one.target.rpartition("/")[2] for one in lab.requests if "/namespaces/" in one.target]


@pytest.mark.parametrize(("change", "name"), [(address, NAME), (visibility, "pls-visibility")])
def test_a_service_that_changes_before_azure_is_read(
    enter: Enter, folder: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], name: str
) -> None:
    lab = enter(folder)
    changed = threading.Event()
    both = then(lab, folder, change)

    def meanwhile() -> None:
        both()
        changed.set()

    lab.fault(SERVICES, times=1, meanwhile=meanwhile)
    # AKS is asked before the load balancers are.
    lab.fault("/managedClusters/", times=1, meanwhile=lambda: changed.wait(5))
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    assert [one for one in found.coverage if not one.complete] == []
    assert single(lab) == [name]


def test_what_differs_for_good_is_confirmed(enter: Enter, folder: Path, tmp_path: Path) -> None:
    path = folder / "azure" / "loadBalancers.json"
    path.write_text(path.read_text().replace("10.240.9.10", "10.240.9.77"))
    lab = enter(folder)
    found = audited(lab, tmp_path / "cache")

    assert "frontend-ip-drifted" in confirmed(found)
    assert len(single(lab)) == 1


def test_a_service_that_changes_after_azure_was_read(enter: Enter, folder: Path, tmp_path: Path) -> None:
    lab = enter(folder)
    lab.fault("/privateLinkServices", times=1, meanwhile=then(lab, folder, address))
    found = gather(lab.settings(), session(tmp_path / "cache", lab)).snapshot
    # However long the rest took: what changed since the audit began is not certain.
    report_ = audit(found, Policy(settle=timedelta()), found.captured_at or CLOCK)

    assert confirmed(report_) == set()


def test_a_service_that_git_has_and_that_goes_meanwhile(enter: Enter, folder: Path, tmp_path: Path) -> None:
    lab = enter(folder)
    lab.fault(SERVICES, times=1, meanwhile=then(lab, folder, removal))
    lab.fault(BALANCERS, times=1, delay=1.0)
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    reasons = [one.reason or "" for one in found.coverage if not one.complete]
    assert any(f"{NAME} was deleted during the audit" in one for one in reasons)


def test_a_service_that_cannot_be_read_again_is_not_called_deleted(enter: Enter, folder: Path, tmp_path: Path) -> None:
    path = folder / FILES[1]
    path.write_text(path.read_text().replace("10.240.9.10", "10.240.9.77"))
    lab = enter(folder)
    lab.fault(rf"/services/{NAME}$|/services\?limit=\d+$", status=403)
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    reasons = [one.reason or "" for one in found.coverage if not one.complete]
    assert any("may not get services" in one for one in reasons)
    assert not any("deleted" in one for one in reasons)


def test_a_cluster_whose_turn_comes_late_has_gone_on_since_the_fetch(
    enter: Enter, folder: Path, tmp_path: Path
) -> None:
    lab = enter(folder)
    now = [lab.captured_at or CLOCK]
    run = Session(cache_dir=tmp_path / "cache", request_timeout=timedelta(seconds=10), clock=lambda: now[0]).run()
    then(lab, folder, visibility)()  # which is in Git by now, but not in what the run has fetched
    now[0] += timedelta(hours=1)
    run.pinned = True
    found = gather(lab.settings(), run).snapshot
    report_ = audit(found, Policy(), found.captured_at or CLOCK)

    assert "annotation-drifted" in {one.rule for one in report_.findings}
    assert confirmed(report_) == set()


def test_namespaces_that_were_asked_for_are_read_where_the_cluster_may_not_be(command: Command) -> None:
    command.labs[0].fault(r"^/api/v1/(services|events)", status=403)
    found = report(command.call("-f", "json", "-n", "web"))

    assert "of the namespaces only web could be asked for" in gaps(found)[0]["reason"]
    assert {one["namespace"] for one in found["services"]} == {"web"}
