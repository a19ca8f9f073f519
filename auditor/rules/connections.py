"""Rules about private endpoint connections on the Private Link Services of live Services."""

from collections.abc import Iterator

from auditor.controller.placement import Placement
from auditor.model import ids
from auditor.model.azure import Connection, PrivateLinkService
from auditor.model.finding import Claim
from auditor.rules.facts import Facts, which_service
from auditor.rules.frontend_state import (
    astray,
)
from auditor.rules.pls_state import our_pls, unmanaged
from auditor.rules.registry import PLS, rule
from auditor.rules.say import CONNECTIONS, CRITICAL, INFO, LOW, MEDIUM

NEAR_LIMIT, LIMIT = 900, 1000


def connected(facts: Facts) -> Iterator[tuple[PrivateLinkService, Placement]]:
    """Each managed PLS of a live Service, with the Service that findings about it name."""
    for pls in our_pls(facts):
        place = which_service(facts, pls)
        if place is None or unmanaged(facts, pls) or astray(place, facts):
            continue
        yield pls, place


def _in_state(facts: Facts, *states: str) -> Iterator[tuple[Connection, PrivateLinkService, Placement]]:
    for pls, place in connected(facts):
        for connection in pls.connections:
            if (connection.status or "").lower() in states:
                yield connection, pls, place


def subscription(connection: Connection) -> str:
    """The subscription of the consumer's endpoint, lower-cased; empty if not known."""
    return ids.parse(connection.endpoint_id or "").subscription


@rule("connection-pending", family=CONNECTIONS, severity=MEDIUM, per="estate", subject="resource", needs=PLS)
def connection_pending(facts: Facts) -> Iterator[Claim]:
    """A private endpoint waits for approval.

    Why it matters: its owner is not connected until somebody says yes or no.

    How to fix: approve or reject it.

    When it is wrong: never.
    """
    for connection, pls, place in _in_state(facts, "pending"):
        who = subscription(connection)
        yield Claim(
            message=f"A private endpoint{f' of subscription {who}' if who else ''} waits for approval on {pls.name}.",
            service=place.live.key, resource=connection.id, field="privateLinkServiceConnectionState",
            values={"azure": connection.status}, summary="approve it (as here), or reject it (`Rejected`)",
            commands=(_set_status(pls, connection, "Approved"),),
        )  # fmt: skip


def _set_status(pls: PrivateLinkService, connection: Connection, status: str) -> str:
    group = ids.group(pls.id)
    return (
        f"az network private-link-service connection update -g {group} --service-name {pls.name} "
        f"-n {connection.name} --connection-status {status}"
    )


def declared_visibility(facts: Facts, place: Placement) -> frozenset[str]:
    """Subscriptions, lower-cased, that Git lets see the PLS; where Git does not declare the Service: the cluster."""
    declaration = facts.by_key.get(place.live.key)
    pls = declaration.asked.pls if declaration else place.asked.pls
    return frozenset(t.lower() for t in (pls.visible_to if pls else ()))


@rule("connection-not-visible", family=CONNECTIONS, severity=CRITICAL, per="estate", subject="resource", needs=PLS,
      variants="info when visibility is empty: role-based access may allow it")  # fmt: skip
def connection_not_visible(facts: Facts) -> Iterator[Claim]:
    """An approved connection comes from a subscription that the declared visibility does not include.

    Why it matters: narrowing the visibility does not end connections: a subscription that left is still connected.

    How to fix: remove the connection, or declare the subscription.

    When it is wrong: with an empty visibility role-based access may allow it; that is only said as info.
    """
    for connection, pls, place in _in_state(facts, "approved"):
        who = subscription(connection)
        visible = declared_visibility(facts, place)
        if not who or "*" in visible or who in visible:
            continue
        if not visible and who == ids.parse(pls.id).subscription:
            continue
        yield Claim(
            message=f"Subscription {who} is connected to {pls.name}, which is not declared to be visible to it.",
            service=place.live.key, resource=connection.id, field="privateEndpoint", severity=None if visible else INFO,
            about=("service.beta.kubernetes.io/azure-pls-visibility",),
            values={"expected": sorted(visible), "azure": who},
            summary="remove the connection, or declare the subscription",
            commands=(_set_status(pls, connection, "Rejected"),),
        )  # fmt: skip


@rule("connection-disconnected", family=CONNECTIONS, severity=LOW, per="estate", subject="resource", needs=PLS)
def connection_disconnected(facts: Facts) -> Iterator[Claim]:
    """A rejected or disconnected connection is left over.

    Why it matters: it is clutter, and counts towards the limit of the PLS.

    How to fix: delete it.

    When it is wrong: never.
    """
    for connection, pls, place in _in_state(facts, "rejected", "disconnected"):
        where = f"-g {ids.group(pls.id)} --service-name {pls.name}"
        yield Claim(
            message=f"A connection on {pls.name} is {(connection.status or '').lower()} and was never removed.",
            service=place.live.key, resource=connection.id, field="privateLinkServiceConnectionState",
            values={"azure": connection.status}, summary="delete it",
            commands=(f"az network private-link-service connection delete {where} -n {connection.name}",),
        )  # fmt: skip


@rule("connection-limit-near", family=CONNECTIONS, severity=LOW, per="estate", subject="resource", needs=PLS)
def connection_limit_near(facts: Facts) -> Iterator[Claim]:
    """A Private Link Service has 900 connections or more.

    Why it matters: Azure allows 1,000; the next consumer is refused.

    How to fix: remove those that nobody needs, or offer a second Private Link Service.

    When it is wrong: never.
    """
    for pls, place in connected(facts):
        number = len(pls.connections)
        if number >= NEAR_LIMIT:
            yield Claim(
                message=f"{pls.name} has {number} connections; Azure allows {LIMIT}.", service=place.live.key,
                resource=pls.id, field="privateEndpointConnections", summary="remove those that nobody needs",
                values={"expected": f"at most {LIMIT}", "azure": number},
                commands=(
                    f"az network private-link-service show --ids {pls.id} --query privateEndpointConnections -o table",
                ),
            )  # fmt: skip
