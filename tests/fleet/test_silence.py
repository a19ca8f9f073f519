"""Where everything is as Git says, nothing is said."""

import pytest

from auditor.model.finding import Verdict
from tests.fleet.fleet import Fleet, missing, rules
from tests.fleet.repository import CLUSTERS


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_an_untouched_cluster(fleet: Fleet, cluster: str) -> None:
    report = fleet.audited(cluster)

    pinned = cluster.endswith("/00")
    assert rules(report) == [("ip-in-deprecated-field", "payments/shop")] * pinned
    assert report.verdict is Verdict.CLEAN
    assert missing(report) == []
    assert len(report.services) == 5
