"""Names, cut where the controller cuts them: the worked examples of domain.md §2.8 and their neighbours."""

import pytest

from auditor.controller import naming
from tests.controller.making import BASE, UID

LONG = "snet-prod-westeurope-aks-internal-loadbalancers-0001-extra-long"


def frontend(subnet: str | None, *, v6: bool = False) -> str:
    return naming.frontend_name(BASE, subnet, v6_suffix=v6)


def rule(subnet: str | None, port: int, *, protocol: str = "TCP", v6: bool = False) -> str:
    return naming.rule_name(BASE, subnet, protocol, port, v6_suffix=v6)


def test_the_base_name_loses_the_last_digit_of_the_uid() -> None:
    assert naming.base_name(UID) == BASE
    assert naming.base_name(UID[:-1] + "0") == BASE
    assert len(BASE) == 32


@pytest.mark.parametrize(
    ("subnet", "name", "length"),
    [
        (None, BASE, 32),
        ("apps-subnet", f"{BASE}-apps-subnet", 44),
        (LONG, f"{BASE}-snet-prod-westeurope-aks-internal-loadbala", 75),
        ("a" * 41 + "-zz", f"{BASE}-{'a' * 41}_", 75),
        ("a" * 42, f"{BASE}-{'a' * 42}", 75),
        ("a" * 43, f"{BASE}-{'a' * 42}", 75),
        ("a" * 41 + "_z", f"{BASE}-{'a' * 41}_", 75),
        ("a" * 41 + ".z", f"{BASE}-{'a' * 41}_", 75),
        ("a" * 41 + "1z", f"{BASE}-{'a' * 41}_", 75),
        ("a" * 41 + "-", f"{BASE}-{'a' * 41}-", 75),
    ],
)
def test_the_frontend(subnet: str | None, name: str, length: int) -> None:
    assert frontend(subnet) == name
    assert len(name) == length


def test_the_ipv6_frontend_of_a_pair() -> None:
    name = frontend("apps-subnet", v6=True)

    assert name == f"{BASE}-apps-subnet-IPv6"
    assert len(name) == 49
    assert len(frontend(LONG, v6=True)) == 80


def test_releases_before_1_27_cut_frontends_at_80() -> None:
    assert naming.old_frontend_name(BASE, LONG) == f"{BASE}-{LONG}"[:80]
    assert naming.old_frontend_name(BASE, "apps") == frontend("apps")


@pytest.mark.parametrize(
    ("name", "expected", "length"),
    [
        (rule(None, 80), f"{BASE}-TCP-80", 39),
        (rule("apps-subnet", 80), f"{BASE}-apps-subnet-TCP-80", 51),
        (rule(LONG, 65535), f"{BASE}-snet-prod-westeurope-aks-interna-TCP-65535", 75),
        (rule(None, 53, protocol="UDP"), f"{BASE}-UDP-53", 39),
        (rule("apps-subnet", 80, v6=True), f"{BASE}-apps-subnet-TCP-80-IPv6", 56),
        (rule("a" * 33 + "-zz", 65535), f"{BASE}-{'a' * 32}-TCP-65535", 75),
    ],
)
def test_rules_and_probes(name: str, expected: str, length: int) -> None:
    assert name == expected
    assert len(name) == length


def test_two_subnets_with_the_same_42_characters_collide() -> None:
    assert frontend("a" * 42 + "-one") == frontend("a" * 42 + "-two")


def test_load_balancers_and_pools() -> None:
    assert naming.load_balancer_name("kubernetes", internal=True) == "kubernetes-internal"
    assert naming.load_balancer_name("kubernetes", internal=False) == "kubernetes"
    assert naming.pool_name("kubernetes", v6=False) == "kubernetes"
    assert naming.pool_name("kubernetes", v6=True) == "kubernetes-IPv6"
    assert naming.local_pool_name("Web", "Shop", v6=False) == "web-shop"
    assert naming.local_pool_name("Web", "Shop", v6=True) == "web-shop-ipv6"


@pytest.mark.parametrize("name", ["kubernetes-internal", "Kubernetes-Internal", "lb2-INTERNAL"])
def test_internal_load_balancers_are_known_by_their_suffix(name: str) -> None:
    assert naming.is_internal_load_balancer(name)
    assert not naming.is_internal_load_balancer(name.removesuffix(name[-9:]))


def test_the_default_name_of_a_pls() -> None:
    assert naming.default_pls_name(frontend("apps-subnet")) == f"pls-{BASE}-apps-subnet"
    assert len(naming.default_pls_name(frontend("apps-subnet"))) == 48
    assert len(naming.default_pls_name(frontend(LONG))) == 79


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (BASE, True),
        (BASE.upper(), True),
        (f"{BASE}-TCP-80", True),
        (BASE[:-1], False),
        (f"{BASE}0", False),
        (f"b{BASE[1:]}", False),
        ("0c1f3ae6-7e0c-4f0e-9b60-4a1d0a7d3f10", False),
        (f"a{'g' * 31}", False),
        ("", False),
    ],
)
def test_what_the_controller_made_is_known_by_its_name(name: str, ours: bool) -> None:
    assert naming.made_by_controller(name) == ours
