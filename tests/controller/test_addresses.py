"""Which address a Service asks for, and by which it may share a frontend (domain.md §1.4)."""

import pytest

from auditor.controller.asked import requested_ip, sharing_ips
from auditor.controller.placement import place
from auditor.model.service import Port
from tests.controller.making import live
from tests.world import World

V4, V6 = "azure-load-balancer-ipv4", "azure-load-balancer-ipv6"


@pytest.mark.parametrize(
    ("annotations", "field", "v4", "v6", "shares"),
    [
        ({}, None, None, None, ()),
        ({V4: "10.0.0.9"}, None, "10.0.0.9", None, ("10.0.0.9",)),
        ({V6: "fd00::9"}, None, None, "fd00::9", ("fd00::9",)),
        ({V4: "10.0.0.9", V6: "FD00::9"}, None, "10.0.0.9", "FD00::9", ("10.0.0.9", "fd00::9")),
        ({}, "10.0.0.8", "10.0.0.8", None, ("10.0.0.8",)),
        ({}, "fd00::8", None, "fd00::8", ("fd00::8",)),
        # The annotation wins over the field of its family.
        ({V4: "10.0.0.9"}, "10.0.0.8", "10.0.0.9", None, ("10.0.0.9",)),
        # The field still serves the other family, but no longer for sharing.
        ({V6: "fd00::9"}, "10.0.0.8", "10.0.0.8", "fd00::9", ("fd00::9",)),
        ({V4: "10.0.0.9"}, "fd00::8", "10.0.0.9", "fd00::8", ("10.0.0.9",)),
        # An empty annotation is none.
        ({V4: ""}, "10.0.0.8", "10.0.0.8", None, ("10.0.0.8",)),
        ({V4: ""}, None, None, None, ()),
        # Annotations are neither trimmed nor checked, not even for their family.
        ({V4: " 10.0.0.9"}, "10.0.0.8", " 10.0.0.9", None, (" 10.0.0.9",)),
        ({V4: "fd00::9"}, None, "fd00::9", None, ("fd00::9",)),
        # A field that is no address at all counts as IPv6.
        ({}, "apps", None, "apps", ("apps",)),
        ({}, "", None, None, ()),
    ],
)
def test_precedence(
    annotations: dict[str, str], field: str | None, v4: str | None, v6: str | None, shares: tuple[str, ...]
) -> None:
    service = live(annotations, load_balancer_ip=field)

    assert requested_ip(service, v6=False) == v4
    assert requested_ip(service, v6=True) == v6
    assert sharing_ips(service) == shares


def two_on_one_address() -> World:
    pinned = {"azure-load-balancer-internal": "true", V4: "10.240.0.50"}
    world = World().service("web/first", pinned)
    return world.service("web/second", pinned, ports=(Port(port=443, name="tls"),))


def test_a_service_shares_the_frontend_that_has_its_address() -> None:
    world = two_on_one_address()

    assert [len(f) for f in world.frontends.values()] == [0, 1]
    assert {rule.frontend_id for rule in world.rules["kubernetes-internal"]} == {
        world.frontends["kubernetes-internal"][0].id
    }
    assert world.found() == []


def test_a_service_without_a_requested_address_shares_nothing() -> None:
    world = (
        World().service("web/first", {"azure-load-balancer-internal": "true", V4: "10.240.0.50"}).service("web/second")
    )

    assert len(world.frontends["kubernetes-internal"]) == 2


def test_an_address_on_the_load_balancer_of_the_other_kind_is_not_shared() -> None:
    from auditor.controller import estate as azure
    from auditor.controller.asked import ask

    snapshot = two_on_one_address().snapshot()
    estate = azure.build(snapshot.load_balancers or (), (), (), ())
    public = live({V4: "10.240.0.50"})
    private = live({"azure-load-balancer-internal": "true", V4: "10.240.0.50"})

    assert place(public, ask(public), estate).spots == []
    assert [spot.address for spot in place(private, ask(private), estate).spots] == ["10.240.0.50"]
