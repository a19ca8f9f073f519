"""Private endpoint connections of the Private Link Services of live Services."""

from auditor.model.azure import Connection
from auditor.model.service import Port
from tests.rules.azure_worlds import (
    ONE,
    PLS,
    TWO,
    Case,
    add_pls,
    blind,
    drop,
    expected,
    fires,
    frontend_id,
    gone,
    having,
    no_lb,
    outcome,
    quiet,
    table,
)  # fmt: skip
from tests.world import GROUP, NOW, SUBSCRIPTION, World

SEEN = PLS | {"azure-pls-visibility": ONE}
IP = {"azure-load-balancer-ipv4": "10.240.0.50"}
AT = "web/a pls/pls-<1>/connections/"
PENDING, LEFT = f"connection-pending medium {AT}", f"connection-disconnected low {AT}"
NOT_SEEN, PERHAPS = f"connection-not-visible critical {AT}", f"connection-not-visible info {AT}"
NEAR, LINGERING = "connection-limit-near low web/a pls/pls-<1>", "pls-lingering high web/a"


def endpoint(status: str | None, subscription: str | None, number: int, pls: str) -> Connection:
    where = f"/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/e{number}"
    return Connection(id=f"{pls}/privateEndpointConnections/c{number}", name=f"c{number}", status=status,
                      endpoint_id=where if subscription else None)  # fmt: skip


def connected(world: World, *connections: tuple[str | None, str | None]) -> World:
    """The first PLS has these connections: status and subscription of the consumer."""
    pls = (world.pls or [])[0]
    return world.change_pls(connections=tuple(
        endpoint(status, who, i, pls.id) for i, (status, who) in enumerate(connections)))  # fmt: skip


def a(annotations: dict[str, str], *connections: tuple[str | None, str | None]) -> World:
    return connected(World().service("a", annotations), *connections)


def sharing(*connections: tuple[str | None, str | None]) -> World:
    """Owner a sees ONE, sharer b asks for nothing of its own."""
    world = World().service("a", SEEN | IP).service("b", PLS | IP, ports=(Port(port=81, name="x"),))
    return connected(world, *connections)


def many(number: int) -> World:
    return a(SEEN, *[("Approved", ONE)] * number)


def orphaned(*connections: tuple[str | None, str | None]) -> World:
    return gone(a(SEEN, *connections), "a").service("z")


EXPOSED = "orphaned-frontend critical - internal/frontends/<1>"
CASES: tuple[Case, ...] = (
    fires("connection-pending", "each", lambda: a(SEEN, ("Pending", ONE), ("pending", TWO)), PENDING + "c0",
          PENDING + "c1"),
    fires("connection-pending", "of nobody known", lambda: a(SEEN, ("Pending", None)), PENDING + "c0"),
    fires("connection-pending", "a lingering PLS",
          lambda: connected(add_pls(World().service("a"), "p", frontend_id()), (
          "Pending", ONE)), LINGERING, "connection-pending medium web/a pls/p/connections/c0"),
    fires("connection-pending", "being deleted: only the azure family is silent",
          lambda: a(SEEN, ("Pending", ONE)).change_live("a", deleted_at=NOW), PENDING + "c0"),
    fires("connection-pending", "a shared PLS: its owner", lambda: sharing(("Pending", ONE)), PENDING + "c0"),
    fires("connection-pending", "a sharer lives", lambda: gone(sharing(("Pending", ONE)), "a"),
          "connection-pending medium web/b pls/pls-<1>/connections/c0",
              "orphaned-lb-rule medium - internal/rules/<1>-tcp-80",
          "orphaned-probe medium - internal/probes/<1>-tcp-80", "pls-owner-stale medium web/b",
          "pls-visibility-drifted critical web/b"),
    fires("connection-pending", "in a wrong resource group", lambda: (w := a(PLS, ("Pending", ONE))).change_pls(
          id=(w.pls or [])[0].id.replace(GROUP, "rg-old")), PENDING + "c0", "pls-in-wrong-resource-group high web/a"),
    quiet("connection-pending", "approved", lambda: a(SEEN, ("Approved", ONE))),
    quiet("connection-pending", "no state", lambda: a(SEEN, (None, ONE))),
    quiet("connection-pending", "an unmanaged PLS", lambda: a(PLS, ("Pending", ONE)).change_pls(tags={}),
          "pls-unmanaged high web/a"),
    quiet("connection-pending", "an orphaned PLS", lambda: orphaned(("Pending", ONE)), EXPOSED),
    quiet("connection-pending", "the frontend is missing", lambda: drop(a(SEEN, ("Pending", ONE)), "frontends"),
          "frontend-missing critical web/a"),
    quiet("connection-pending", "the load balancer is missing",
          lambda: no_lb(a(SEEN, ("Pending", ONE)), "kubernetes-internal"),
          "load-balancer-missing critical web/a internal"),
    blind("connection-pending", "not read", lambda: having(a(SEEN, ("Pending", ONE)), pls=None)),
    blind("connection-pending", "no Services read", lambda: having(a(SEEN, ("Pending", ONE)), live=None)),
    fires("connection-not-visible", "another", lambda: a(SEEN, ("Approved", TWO)), NOT_SEEN + "c0"),
    fires("connection-not-visible", "its own subscription, when others are named",
          lambda: a(SEEN, ("Approved", SUBSCRIPTION)),
          NOT_SEEN + "c0"),
    fires("connection-not-visible", "Git has narrowed it already", lambda: a(SEEN, ("Approved", ONE)).change_git(
          "a", annotations={"azure-pls-visibility": TWO}), NOT_SEEN + "c0",
              "annotation-drifted high web/a azure-pls-visibility"),
    fires("connection-not-visible", "Git does not declare it: as the cluster says",
          lambda: having(a(SEEN, ("Approved", TWO)),
          declared=None), NOT_SEEN + "c0"),
    fires("connection-not-visible", "empty: perhaps by role", lambda: a(PLS, ("Approved", TWO)), PERHAPS + "c0"),
    fires("connection-not-visible", "of a PLS that nobody asks for", lambda: connected(add_pls(
          World().service("a"), "p", frontend_id()), ("Approved", ONE)), LINGERING,
          "connection-not-visible info web/a pls/p/connections/c0"),
    quiet("connection-not-visible", "visible, in any letter case", lambda: a(SEEN, ("approved", ONE.upper()))),
    quiet("connection-not-visible", "everyone", lambda: a(PLS | {"azure-pls-visibility": "*"}, ("Approved", TWO)),
          "pls-visible-to-everyone medium web/a"),
    quiet("connection-not-visible", "empty, and its own subscription",
          lambda: a(PLS, ("Approved", SUBSCRIPTION.upper()))),
    quiet("connection-not-visible", "Git has widened it already", lambda: a(SEEN, ("Approved", TWO)).change_git(
          "a", annotations={"azure-pls-visibility": f"{ONE} {TWO}"}),
              "annotation-drifted high web/a azure-pls-visibility"),
    quiet("connection-not-visible", "pending", lambda: a(SEEN, ("Pending", TWO)), PENDING + "c0"),
    quiet("connection-not-visible", "rejected", lambda: a(SEEN, ("Rejected", TWO)), LEFT + "c0"),
    quiet("connection-not-visible", "an unmanaged PLS", lambda: a(SEEN, ("Approved", TWO)).change_pls(tags={}),
          "pls-unmanaged high web/a"),
    quiet("connection-not-visible", "an orphaned PLS", lambda: orphaned(("Approved", TWO)), EXPOSED),
    blind("connection-not-visible", "not read", lambda: having(a(SEEN, ("Approved", TWO)), pls=None)),
    blind("connection-not-visible", "load balancers not read",
          lambda: having(a(SEEN, ("Approved", TWO)), lbs_read=False)),
    fires("connection-disconnected", "each", lambda: a(SEEN, ("Rejected", ONE), ("Disconnected", TWO)), LEFT + "c0",
          LEFT + "c1"),
    quiet("connection-disconnected", "approved", lambda: a(SEEN, ("Approved", ONE))),
    quiet("connection-disconnected", "an unmanaged PLS", lambda: a(SEEN, ("Rejected", TWO)).change_pls(tags={}),
          "pls-unmanaged high web/a"),
    blind("connection-disconnected", "not read", lambda: having(a(SEEN, ("Rejected", ONE)), pls=None)),
    fires("connection-limit-near", "900", lambda: many(900), NEAR),
    fires("connection-limit-near", "1,000", lambda: many(1000), NEAR),
    quiet("connection-limit-near", "899", lambda: many(899)),
    quiet("connection-limit-near", "an unmanaged PLS", lambda: many(900).change_pls(tags={}),
          "pls-unmanaged high web/a"),
    blind("connection-limit-near", "not read", lambda: having(many(900), pls=None)),
)  # fmt: skip


@table(CASES)
def test_connections(case: Case) -> None:
    assert outcome(case) == expected(case)


def test_a_pls_on_two_frontends_is_told_of_once() -> None:
    world = a(SEEN, ("Pending", ONE)).service("b").change_pls(frontend_ids=(frontend_id(2), frontend_id(1)))
    assert world.rules_found() == ["connection-pending", "pls-extra-frontend"]
