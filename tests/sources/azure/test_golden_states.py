"""Every golden state, read through the real SDKs, gives the objects of its files."""

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.lab.server import Lab
from auditor.sources.api_json import arm_json
from auditor.sources.azure.client import Client
from auditor.sources.azure.reader import Reader
from auditor.sources.gathered import Deadline, Requests
from auditor.sources.snapshots.snapshot import read_snapshot
from tests.sources.conftest import GOLDEN, STATES

FIELDS = ("load_balancers", "private_link_services", "virtual_networks", "public_ips")
FACTS = ("subscription_id", "node_resource_group", "virtual_network", "subnet", "backend_pool_type")
KINDS = {
    "loadBalancers": ("load_balancers", arm_json.decode_load_balancers),
    "privateLinkServices": ("private_link_services", arm_json.decode_private_link_services),
    "virtualNetworks": ("virtual_networks", arm_json.decode_virtual_networks),
    "publicIPAddresses": ("public_ips", arm_json.decode_public_ips),
}


@pytest.mark.parametrize("state", STATES)
def test_live_is_as_recorded(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Path(GOLDEN, state)
    recorded = read_snapshot(directory)
    with Lab(directory, page_size=2) as lab:
        for name, value in lab.environment.items():
            monkeypatch.setenv(name, value)
        settings, requests = lab.settings(), Requests()
        with Client(
            settings.azure,
            deadline=Deadline(timedelta(seconds=20)),
            request_timeout=timedelta(seconds=5),
            requests=requests,
        ) as client:
            reader = Reader(client, settings.azure, settings.controller, record=True)
            reader.first()
            reader.follow(["rg-of-a-service"])
            reader.nics()
        sent = lab.requests

    gathered, facts = reader.gathered, reader.facts()
    assert gathered.gaps == []
    for field in FIELDS:
        by_id = sorted(getattr(recorded, field), key=lambda one: str(one.id))
        assert sorted(gathered.found[field], key=lambda one: str(one.id)) == by_id, field
    for name in FACTS:
        # A recording without facts has concluded ones; the auditor concludes them of what was read live, too.
        if name not in recorded.facts.inferred:
            assert getattr(facts, name) == getattr(recorded.facts, name), name
    assert {one.method for one in sent} == {"GET"}
    assert all(one.agent and "aks-drift-auditor" in one.agent for one in sent if "/subscriptions/" in one.target)
    # 404: the group that a Service names, and that is not there.
    counted = sum(number for source, code, number in requests.counted() if source == "azure" and code in ("200", "404"))
    assert counted == sum("/subscriptions/" in one.target for one in sent)


def test_a_recording_keeps_each_object(monkeypatch: pytest.MonkeyPatch) -> None:
    with Lab(Path(GOLDEN, "pls"), page_size=3) as lab:
        for name, value in lab.environment.items():
            monkeypatch.setenv(name, value)
        settings = lab.settings()
        for record in (True, False):
            with Client(
                settings.azure,
                deadline=Deadline(timedelta(seconds=20)),
                request_timeout=timedelta(seconds=5),
                requests=Requests(),
            ) as client:
                reader = Reader(client, settings.azure, settings.controller, record=record)
                reader.first()
            gathered = reader.gathered
            assert set(gathered.raw) == (set(KINDS) if record else set())
            for kind, items in gathered.raw.items():
                field, decode = KINDS[kind]
                assert decode(b"[" + b",".join(items) + b"]") == gathered.found[field]
