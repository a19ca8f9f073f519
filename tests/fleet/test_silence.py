"""Where everything is as Git says, nothing is said."""

import pytest

from tests.fleet.fleet import Fleet, missing, rules
from tests.fleet.repository import CLUSTERS


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_an_untouched_cluster(fleet: Fleet, cluster: str) -> None:
    report = fleet.audited(cluster)

    # What it says of the field is true of an untouched cluster too.
    assert rules(report) == [("ip-in-deprecated-field", "payments/shop")] * (cluster == "test/00")
    assert missing(report) == []
    assert len(report.services) == 5
