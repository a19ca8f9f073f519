"""A recording in which nothing differs, and what a live audit of it confirms when something is changed."""

from pathlib import Path

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


def audited(lab: Lab, cache: Path, cluster: Cluster | None = None) -> Report:
    """The report of a live audit."""
    found = gather(cluster or lab.settings(), session(cache, lab)).snapshot
    return audit(found, Policy(), found.captured_at or CLOCK)


def confirmed(found: Report) -> set[str]:
    """The rules of confirmed findings, but for what is true of the recording at any time."""
    return {one.rule for one in found.findings if one.state is State.DRIFT} - {"pls-limit-near"}
