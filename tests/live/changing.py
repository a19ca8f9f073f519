"""A recording in which nothing differs, and what a live audit of it confirms when something is changed."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from auditor.audit import audit
from auditor.config.settings import Cluster
from auditor.lab.server import Lab
from auditor.model.finding import Report, State
from auditor.model.policy import Policy
from auditor.sources.live import gather
from tests.live.conftest import CLOCK, session

SERVICES, BALANCERS, LINKS = r"/api/v1/services\?", r"/loadBalancers\?", r"/privateLinkServices\?"
FILES = ("kubernetes/services.json", "azure/loadBalancers.json", "azure/privateLinkServices.json")
NAME = "static-ip-changed"
"""A Service of it that asks for an address."""
SUBSCRIPTION = "22222222-2222-3333-4444-555555555555"


def audited(lab: Lab, cache: Path, cluster: Cluster | None = None) -> Report:
    """The report of a live audit."""
    found = gather(cluster or lab.settings(), session(cache, lab)).snapshot
    return audit(found, Policy(), found.captured_at or CLOCK)


def confirmed(found: Report) -> set[str]:
    """The rules of confirmed findings, but for what is true of the recording at any time."""
    return {one.rule for one in found.findings if one.state is State.DRIFT} - {"pls-limit-near"}


def drift(folder: Path) -> None:
    """Someone gives the frontend of that Service another address."""
    path = folder / FILES[1]
    path.write_text(path.read_text().replace("10.240.9.10", "10.240.9.77"))


def unowned(link: dict[str, Any]) -> dict[str, Any]:
    """A Private Link Service like another, of which no Service is the owner, in another resource group."""
    text = json.dumps(link).replace("MC_rg_cluster_eastus", "rg-other").replace(link["name"], "other")
    made: dict[str, Any] = json.loads(text)
    made["properties"]["loadBalancerFrontendIpConfigurations"] = []
    made["tags"] = {}
    return made


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


def before_azure(lab: Lab, change: Callable[[], None]) -> None:
    """Let something change after the Services were read, and before the load balancers are."""
    changed = threading.Event()

    def meanwhile() -> None:
        change()
        changed.set()

    lab.fault(SERVICES, times=1, meanwhile=meanwhile)
    # AKS is asked before the load balancers are.
    lab.fault("/managedClusters/", times=1, meanwhile=lambda: changed.wait(5))
