"""Whose things Azure has."""

from typing import Any

import pytest

from auditor.controller import keys
from auditor.controller.naming import base_name
from auditor.model.azure import Frontend, LbRule, LoadBalancer, PrivateLinkService, Probe, PublicIp
from auditor.model.service import CLEANUP_FINALIZER, Live, ServiceKey
from auditor.sources import owners

GROUP = "/subscriptions/s/resourceGroups/MC_x"
UID, OTHER = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
BASE = base_name(UID)
INTERNAL = {keys.INTERNAL: "true"}
KEY = ServiceKey("web", "a")


def live(uid: str = UID, **more: Any) -> Live:
    return Live(
        **{"namespace": "web", "name": "a", "annotations": {}, "labels": {}, "type": "LoadBalancer", "uid": uid, **more}
    )


def balancer(*, name: str = "kubernetes", **parts: Any) -> LoadBalancer:
    made: dict[str, Any] = {"frontends": (), "rules": (), "probes": (), "pools": (), **parts}
    return LoadBalancer(id=f"{GROUP}/providers/Microsoft.Network/loadBalancers/{name}", name=name, **made)


def frontend(name: str) -> Frontend:
    return Frontend(id=f"{GROUP}/frontendIPConfigurations/{name}", name=name)


def rule(name: str, on: str) -> LbRule:
    return LbRule(id=f"{GROUP}/{name}", name=name, frontend_id=frontend(on).id)


def link(*frontends: str, group: str = GROUP) -> PrivateLinkService:
    ids = tuple(f"{group.upper()}/frontendIPConfigurations/{one}" for one in frontends)
    return PrivateLinkService(id=f"{group}/pls", name="pls", tags={}, frontend_ids=ids)


def address(**tags: str) -> PublicIp:
    return PublicIp(id="/ip", name="ip", tags={key.replace("_", "-"): value for key, value in tags.items()})


@pytest.mark.parametrize(
    ("found", "strangers"),
    [
        ({}, set()),
        ({"load_balancers": [balancer(frontends=(frontend(BASE),))]}, {BASE}),
        ({"load_balancers": [balancer(frontends=(frontend(f"{BASE.upper()}-subnet"),))]}, {BASE}),
        ({"load_balancers": [balancer(rules=(rule(f"{BASE}-TCP-80", "x"),))]}, {BASE}),
        ({"load_balancers": [balancer(probes=(Probe(id="/p", name=f"{BASE}-TCP-80"),))]}, {BASE}),
        ({"load_balancers": [balancer(frontends=(frontend("outbound"),))]}, set()),
        ({"links": [link(BASE)]}, {BASE}),
        ({"links": [link(BASE, group="/subscriptions/s/resourceGroups/other")]}, set()),
        ({"public_ips": [address(k8s_azure_service="web/a")]}, {"web/a"}),
        ({"public_ips": [address(service="WEB/a, web/b")]}, {"web/a", "web/b"}),
        ({"public_ips": [address(k8s_azure_service="web/b,data/other")]}, set()),
        ({"public_ips": [address(owner="me")]}, set()),
    ],
)
def test_things_of_services_that_are_not_there(found: dict[str, Any], strangers: set[str]) -> None:
    everything: dict[str, Any] = {"load_balancers": (), "links": (), "public_ips": (), **found}
    others = [live(OTHER, namespace="data", name="other")]

    assert owners.strangers(others, group="mc_x", **everything) == strangers
    assert owners.strangers([*others, live(), live(name="b")], group="mc_x", **everything) == set()


@pytest.mark.parametrize(("finalizers", "gone"), [((), True), ((CLEANUP_FINALIZER,), False)])
def test_a_service_of_another_type_owns_what_it_has_not_let_go(finalizers: tuple[str, ...], *, gone: bool) -> None:
    balancers = [balancer(frontends=(frontend(BASE),))]
    services = [live(type="ClusterIP", finalizers=finalizers)]
    found = owners.strangers(services, load_balancers=balancers, links=(), public_ips=(), group="mc_x")

    assert bool(found) == gone
