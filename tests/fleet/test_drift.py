"""What differs is found, in the file and on the line where Git has it, whether a base, a patch or values say it."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.fleet.fleet import Change, Fleet, missing, rules, written
from tests.fleet.repository import ADDRESS, INTERNAL, SUBNET, TIMEOUT, Files, line_of
from tests.world import World


class Case(NamedTuple):
    """What is changed of an untouched cluster, and what is then found."""

    cluster: str
    found: list[tuple[str, str]]
    path: str
    part: str
    """Of the line that the first finding names."""
    by: str
    change: Change = lambda _: None
    edit: Callable[[Files], object] = lambda _: None


def replaced(path: str, old: str, new: str) -> Callable[[Files], object]:
    """Change a text of the repository."""

    def edit(files: Files) -> None:
        assert old in files[path]
        files[path] = files[path].replace(old, new)

    return edit


def live(name: str, **fields: object) -> Change:
    """Change a live Service."""
    return lambda world: world.change_live(name, **fields)


def moved(world: World) -> None:
    """Somebody gave the frontend of the shop another address, in Azure."""
    world.change_frontend(0, ip="10.241.0.99")


ROUTED = "app-routing-system/nginx-inside-0"
SHOP, RELEASE = "payments/shop", "HelmRelease payments/shop"
CASES = {
    "a patch of one cluster says another address": Case(
        "prod/00", [("annotation-drifted", SHOP)], "clusters/prod/00/shop-address.yaml", ADDRESS, RELEASE,
        edit=replaced("clusters/prod/00/shop-address.yaml", "10.241.0.50", "10.241.0.51"),
    ),
    "a patch of one cluster says another address, in the field": Case(
        "test/00", [("ip-in-deprecated-field", SHOP), ("spec-drifted", SHOP)],
        "clusters/test/00/shop-address.yaml", "loadBalancerIP", RELEASE,
        edit=replaced("clusters/test/00/shop-address.yaml", "10.240.3.50", "10.240.3.51"),
    ),
    "a patch of the environment says another subnet": Case(
        "prod/01", [("annotation-drifted", SHOP)], "clusters/prod/base/shop.yaml", SUBNET, RELEASE,
        edit=replaced("clusters/prod/base/shop.yaml", "snet-ilb", "snet-pls"),
    ),
    "the base says another timeout": Case(
        "prod/00", [("annotation-drifted", SHOP)], "apps/payments/shop/release.yaml", TIMEOUT, RELEASE,
        edit=replaced("apps/payments/shop/release.yaml", '"10"', '"20"'),
    ),
    "an annotation was removed live": Case(
        "test/01", [("lb-rule-drifted", SHOP), ("annotation-drifted", SHOP)],
        "apps/payments/shop/release.yaml", TIMEOUT, RELEASE, change=live("shop", annotations={TIMEOUT: None}),
    ),
    "the values come from a ConfigMap in the same build": Case(
        "test/01", [("annotation-drifted", "ingress/ingress-controller")],
        "apps/platform/ingress/values.yaml", SUBNET, "HelmRelease ingress/ingress",
        edit=replaced("apps/platform/ingress/values.yaml", "snet-ilb", "snet-pls"),
    ),
    "a field of the spec beside the annotations": Case(
        "test/01", [("spec-drifted", "ingress/ingress-controller")],
        "apps/platform/ingress/release.yaml", "externalTrafficPolicy", "HelmRelease ingress/ingress",
        edit=replaced("apps/platform/ingress/release.yaml", "Local", "Cluster"),
    ),
    "a gateway": Case(
        "prod/01", [("annotation-drifted", "web/edge-istio")], "apps/platform/gateway/gateway.yaml", SUBNET,
        "Gateway web/edge", edit=replaced("apps/platform/gateway/gateway.yaml", "snet-ilb", "snet-pls"),
    ),
    "an ingress controller of application routing": Case(
        "prod/01",
        [("frontend-on-wrong-load-balancer", ROUTED), ("annotation-drifted", ROUTED)],
        "apps/platform/routing/controller.yaml", INTERNAL, "NginxIngressController inside",
        change=live("nginx-inside-0", annotations={INTERNAL: None}),
    ),
    "a plain Service in a base": Case(
        "prod/00", [("annotation-drifted", "ledger/ledger")],
        "apps/payments/ledger/service.yaml", "pls-name", "",
        edit=replaced("apps/payments/ledger/service.yaml", "pls-name: ledger", "pls-name: other"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_drift(fleet: Fleet, name: str) -> None:
    case = CASES[name]
    case.edit(fleet.files)

    report = fleet.audited(case.cluster, case.change)

    assert rules(report) == sorted(case.found)
    assert missing(report) == []
    finding = next(one for one in report.findings if (one.rule, str(one.service)) == case.found[-1])
    assert written(finding) == (case.path, line_of(fleet.files[case.path], case.part), case.by)


def test_an_address_that_was_changed_in_azure(fleet: Fleet) -> None:
    report = fleet.audited("prod/00", moved)

    assert ("frontend-ip-drifted", SHOP) in rules(report)
    finding = next(one for one in report.findings if one.rule == "frontend-ip-drifted")
    assert written(finding)[0] == "clusters/prod/00/shop-address.yaml"


def test_what_values_do_not_list_is_nobodys_drift(fleet: Fleet) -> None:
    def by_hand(world: World) -> None:
        world.change_live("shop", annotations={"example.com/team": "payments", "azure-pls-visibility": "*"})

    assert not [one for one in fleet.audited("test/01", by_hand).findings if one.family == "sync"]
