"""Single changes to a world, on any of the three sides. Each takes which object, and which of several values."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from auditor.model import azure
from auditor.model.service import Event
from tests.world import LONG_AGO, NODES, OTHER, VNET, World

LB = "kubernetes-internal"
FRONTENDS = f"{NODES}/loadBalancers/{LB}/frontendIPConfigurations"
SUBNETS = ("snet-pls", "snet-tiny")
STRANGERS = ("00000000-aaaa-bbbb-cccc-000000000005", "00000000-aaaa-bbbb-cccc-000000000006")
Drift = Callable[[World, int, int], None]


def _nth(found: list[Any] | None, index: int) -> int | None:
    return index % len(found) if found else None


def _edit(attribute: str, values: Callable[[int], dict[str, Any]]) -> Drift:
    """Replace fields of the nth rule, probe or frontend of the internal load balancer."""

    def drift(world: World, index: int, value: int) -> None:
        found = getattr(world, attribute)[LB]
        at = _nth(found, index)
        if at is not None:
            found[at] = dataclasses.replace(found[at], **values(value))

    return drift


def _edit_pls(values: Callable[[int], dict[str, Any]]) -> Drift:
    def drift(world: World, index: int, value: int) -> None:
        at = _nth(world.pls, index)
        if at is not None:
            world.change_pls(at, **values(value))

    return drift


def _edit_service(side: str, values: Callable[[int], dict[str, Any]]) -> Drift:
    def drift(world: World, index: int, value: int) -> None:
        found = world.live if side == "live" else world.declared
        at = _nth(found, index)
        if found and at is not None:
            change = world.change_live if side == "live" else world.change_git
            change(found[at].name, **values(value))

    return drift


def _remove(attribute: str) -> Drift:
    """Remove the nth of a list, or of that of the internal load balancer."""

    def drift(world: World, index: int, _: int) -> None:
        found = getattr(world, attribute)
        found = found[LB] if isinstance(found, dict) else found
        at = _nth(found, index)
        if at is not None:
            del found[at]

    return drift


def _orphan(world: World, index: int, value: int) -> None:
    name = f"a{'f' * 30}{index}"
    world.frontends[LB].append(
        azure.Frontend(
            id=f"{FRONTENDS}/{name}",
            name=name,
            version="IPv4",
            ip=f"10.240.9.{10 + value}",
            subnet_id=f"{VNET}/subnets/snet-nodes",
        )
    )


def _failed(world: World, index: int, value: int) -> None:
    at = _nth(world.live, index)
    if world.live and at is not None and world.events is not None:
        said = f"Error syncing load balancer: failed to ensure load balancer: number {value}"
        world.events.append(Event(uid=world.live[at].uid, reason="SyncLoadBalancerFailed", message=said, at=LONG_AGO))


def _endpoint(world: World, index: int, value: int) -> None:
    at = _nth(world.pls, index)
    if world.pls is not None and at is not None:
        where = f"/subscriptions/{OTHER}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe{value}"
        connection = azure.Connection(
            id=f"{world.pls[at].id}/privateEndpointConnections/pe", name="pe", status="Approved", endpoint_id=where
        )
        world.change_pls(at, connections=(connection,))


def _annotation(key: str, *texts: str | None) -> Callable[[int], dict[str, Any]]:
    return lambda value: {"annotations": {key: texts[value % len(texts)]}}


DRIFTS: Mapping[str, Drift] = {
    "rule: idle timeout": _edit("rules", lambda value: {"idle_timeout": 101 + value}),
    "rule: port": _edit("rules", lambda value: {"backend_port": 20000 + value}),
    "rule: distribution": _edit("rules", lambda value: {"distribution": f"SourceIPProtocol{value}"}),
    "rule: probe": _edit("rules", lambda value: {"probe_id": f"{NODES}/loadBalancers/{LB}/probes/other{value}"}),
    "rule: removed": _remove("rules"),
    "probe: interval": _edit("probes", lambda value: {"interval": 101 + value}),
    "probe: removed": _remove("probes"),
    "frontend: address": _edit("frontends", lambda value: {"ip": f"10.240.8.{10 + value}"}),
    "frontend: removed": _remove("frontends"),
    "frontend: subnet": _edit("frontends", lambda value: {"subnet_id": f"{VNET}/subnets/{SUBNETS[value]}"}),
    "frontend: of nobody": _orphan,
    "pls: visibility": _edit_pls(lambda value: {"visibility": (OTHER, STRANGERS[value])}),
    "pls: fqdns": _edit_pls(lambda value: {"fqdns": (f"other{value}.example",)}),
    "pls: tags": _edit_pls(lambda value: {"tags": {"k8s-azure-cluster-name": f"other{value}"}}),
    "pls: owner": _edit_pls(
        lambda value: {"tags": {"k8s-azure-cluster-name": "kubernetes", "k8s-azure-owner-service": f"no/body{value}"}}
    ),
    "pls: frontend": _edit_pls(lambda value: {"frontend_ids": (f"{FRONTENDS}/x{value}",)}),
    "pls: failed": _edit_pls(lambda _: {"state": "Failed"}),
    "pls: connection": _endpoint,
    "pls: removed": _remove("pls"),
    "git: removed": _remove("declared"),
    "git: address": _edit_service("git", _annotation("azure-load-balancer-ipv4", "10.240.7.10", "10.240.7.11")),
    "git: True": _edit_service("git", _annotation("azure-load-balancer-internal", "True", "TRUE")),
    "git: misspelt": _edit_service("git", _annotation("azure-load-balancer-interna", "a", "b")),
    "git: visibility": _edit_service("git", _annotation("azure-pls-visibility", *STRANGERS)),
    "cluster: removed": _remove("live"),
    "cluster: timeout": _edit_service("live", _annotation("azure-load-balancer-tcp-idle-timeout", "77", "78")),
    "cluster: bad count": _edit_service("live", _annotation("azure-pls-ip-configuration-ip-address-count", "0", "9")),
    "cluster: no PLS": _edit_service("live", _annotation("azure-pls-create", None)),
    "cluster: failed": _failed,
    "cluster: status": _edit_service("live", lambda value: {"ingress": (f"10.240.6.{10 + value}",)}),
}
