"""Which kinds a gap leaves incomplete."""

import pytest

from auditor.blindness import KINDS, by_kind
from auditor.model.snapshot import Facts, Gap, Snapshot


@pytest.mark.parametrize("kind", ["resources", "everything"])
def test_all_of_a_source_is_meant_whatever_the_group_is_called(kind: str) -> None:
    scope = "/subscriptions/s/resourceGroups/MC_loadbalancers_prod_weu"
    gap = Gap(source="azure", scope=scope, kind=kind, reason="of another cluster")
    snapshot = Snapshot(
        cluster="c", facts=Facts(node_resource_group="MC_loadbalancers_prod_weu"), gaps=(gap,), declared=(), services=(),
        events=(), nodes=(), load_balancers=(), private_link_services=(), virtual_networks=(), public_ips=(),
    )  # fmt: skip

    assert set(by_kind(snapshot)) == set(KINDS["azure"])
