"""How a live Service fares: `service-stuck-deleting`, `finalizer-missing`, `sync-failed`, `service-pending`."""

from datetime import timedelta

import pytest

from auditor.model.finding import Finding
from auditor.rules.sync_state import classify
from tests.rules.azure_worlds import (
    ILB,
    PLS,
    Case,
    bare,
    blind,
    event,
    expected,
    fires,
    gap,
    having,
    no_lb,
    outcome,
    quiet,
    table,
)  # fmt: skip
from tests.world import NOW, World

BAD, GOOD = "SyncLoadBalancerFailed", "EnsuredLoadBalancer"
FAILED = "sync-failed high web/a"


def deleting(minutes: int, **fields: object) -> World:
    return World().service("a").change_live("a", deleted_at=NOW - timedelta(minutes=minutes), **fields)


def with_events(*events: object, **fields: object) -> World:
    return having(World().service("a").change_live("a", **fields), events=list(events))


def no_address(**fields: object) -> World:
    return World().service("a").change_live("a", ingress=(), **fields)


CASES: tuple[Case, ...] = (
    fires("service-stuck-deleting", "16 minutes", lambda: deleting(16), "service-stuck-deleting high web/a"),
    fires("service-stuck-deleting", "a public one", lambda: World().service("a", {}).service("b").change_live(
          "a", deleted_at=NOW - timedelta(days=1)), "service-stuck-deleting high web/a"),
    quiet("service-stuck-deleting", "15 minutes", lambda: deleting(15)),
    quiet("service-stuck-deleting", "not held", lambda: deleting(60, finalizers=("example.org/other",))),
    quiet("service-stuck-deleting", "not being deleted", lambda: World().service("a")),
    blind("service-stuck-deleting", "no Services read", lambda: having(World().service("a"), live=None)),
    fires("finalizer-missing", "none", lambda: World().service("a").change_live("a", finalizers=()),
          "finalizer-missing high web/a"),
    fires("finalizer-missing", "another", lambda: World().service("a", git=True).change_live("a", finalizers=("x/y",)),
          "finalizer-missing high web/a"),
    quiet("finalizer-missing", "there among others", lambda: World().service("a").change_live(
          "a", finalizers=("x/y", "service.kubernetes.io/load-balancer-cleanup"))),
    quiet("finalizer-missing", "no address", lambda: no_address(finalizers=()), "service-pending high web/a"),
    quiet("finalizer-missing", "being deleted", lambda: deleting(1, finalizers=())),
    quiet("finalizer-missing", "of another class",
          lambda: bare().service("a", {}, load_balancer_class="x/y").change_live(
          "a", finalizers=(), ingress=("10.0.0.9",))),
    blind("finalizer-missing", "no Services read", lambda: having(World().service("a"), live=None)),
    fires("sync-failed", "one failure", lambda: with_events(event(BAD)), FAILED),
    fires("sync-failed", "after a success", lambda: with_events(event(BAD, ago=4), event(GOOD, ago=5)), FAILED),
    fires("sync-failed", "at one time, of a later version",
          lambda: with_events(event(BAD, version="10"), event(GOOD, version="9")), FAILED),
    fires("sync-failed", "while deleting", lambda: with_events(event(BAD), deleted_at=NOW), FAILED),
    fires("sync-failed", "it silences the pending", lambda: with_events(event(BAD), ingress=()), FAILED),
    quiet("sync-failed", "a success since", lambda: with_events(event(BAD, ago=5), event(GOOD, ago=4))),
    quiet("sync-failed", "at one time, of an earlier version",
          lambda: with_events(event(BAD, version="9"), event(GOOD, version="10"))),
    quiet("sync-failed", "of an earlier Service of that name", lambda: with_events(event(BAD, number=7))),
    quiet("sync-failed", "another event", lambda: with_events(event("EnsuringLoadBalancer"))),
    blind("sync-failed", "no events read", lambda: having(World().service("a"), events=None)),
    blind("sync-failed", "some events not read", lambda: gap(with_events(event(BAD)), "kubernetes", "events")),
    fires("service-pending", "an hour", no_address, "service-pending high web/a"),
    fires("service-pending", "never made", lambda: World().service("a", made=False), "frontend-missing critical web/a",
          "service-pending high web/a"),
    fires("service-pending", "a success, and yet no address", lambda: having(no_address(), events=[event(GOOD)]),
          "service-pending high web/a"),
    fires("service-pending", "no load balancer",
          lambda: no_lb(World().service("a", {}, made=False).service("b"), "kubernetes"),
          "load-balancer-missing critical web/a public", "service-pending high web/a"),
    quiet("service-pending", "an address", lambda: World().service("a")),
    quiet("service-pending", "new", lambda: no_address(created_at=NOW - timedelta(minutes=10))),
    quiet("service-pending", "just changed", lambda: no_address(changed_at=NOW - timedelta(minutes=9))),
    quiet("service-pending", "being deleted", lambda: deleting(1, ingress=())),
    quiet("service-pending", "it fails", lambda: with_events(event(BAD), ingress=()), FAILED),
    blind("service-pending", "no events read", lambda: having(no_address(), events=None)),
    blind("service-pending", "no Services read", lambda: having(no_address(), live=None)),
)  # fmt: skip


@table(CASES)
def test_sync_state(case: Case) -> None:
    assert outcome(case) == expected(case)


MESSAGES = (
    ("service requiring private link service must be internal or disable floating ip", "pls-on-public-service"),
    ("IPv6 is not supported for private link service", "pls-on-ipv6"),
    ("LB frontend(/x) already has unmanaged private link service(/y)", "pls-unmanaged"),
    ("LB frontend(/x) already has existing private link service(p) owned by service(web/b)",
        "pls-customised-by-sharer"),
    ("cannot change existing private link service name (a) to (b)", "pls-misnamed"),
    ("ensure(web/a): lb(kubernetes-internal) - failed to get subnet: vnet/x", "subnet-unknown"),
    ("checkAndUpdatePLSIPConfigs: failed to get private link service subnet(x) for service(web/a)", "subnet-unknown"),
    ("ipConfigCount(1) must be no smaller than number of static IPs specified(2)", "pls-static-ips-exceed-count"),
    ("error parsing value: maximum number of private link service ipConfig is 8, 9 provided", "pls-ip-count-invalid"),
    ("getPLSStaticIPs: x is not a valid IP address", "pls-static-ip-invalid"),
    ("error parsing value: idle timeout value must be a whole number representing minutes", "idle-timeout-invalid"),
    ("failed to parse health probe config for port 80: the minimum value of interval is 5", "probe-invalid"),
    ("total probe should be less than 120, please adjust interval and number of probe", "probe-invalid"),
    ("SCTP is only supported on standard loadbalancer in internal mode", "sctp-on-public-service"),
    ("checkLoadBalancerResourcesConflicts: service port http is trying to consume the port 80",
        "ip-port-claimed-twice"),
    ("cannot set both spec.LoadBalancerSourceRanges and service annotation x", "source-ranges-conflict"),
    ('external Service "web/a" cannot use non-public LoadBalancer IP "10.0.0.1"', "ip-private-on-public-service"),
    ('service "a" selects 1 load balancers by annotation, but none of them is defined',
        "load-balancer-configuration-unknown"),
    ("PrivateIPAddressIsAllocated", "ip-taken"), ("PrivateIPAddressNotInSubnet", "ip-not-in-subnet"),
    ("PrivateIPAddressInReservedRange", "ip-reserved"), ("Code=SubnetIsFull", "subnet-nearly-full"),
    ("CannotDeleteLoadBalancerWithPrivateLinkService", "pls-in-wrong-resource-group"),
    ("PrivateLinkServiceWithPrivateEndpointConnectionsCannotBeDeleted", "pls-in-wrong-resource-group"),
)  # fmt: skip


@pytest.mark.parametrize(("message", "cause"), MESSAGES)
def test_a_message_is_known_by_its_words(message: str, cause: str) -> None:
    assert classify(f"Error syncing load balancer: failed to ensure load balancer: {message}")[1][0] == cause


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("AuthorizationFailed", "permission"), ("LoadBalancerInUseByVirtualMachineScaleSet", "scale set"),
        ("RequestDisallowedByPolicy", "policy"), ("ScopeLocked", "lock"), ("TooManyRequests", "throttles"),
        ("CanceledAndSupersededDueToAnotherOperation", "passing"), ("RetryableErrorDueToAnotherOperation", "passing"),
        ("PreconditionFailed", "passing"), ("fail to lock azure resources", "locker"), ("never seen", "refused"),
    ],
)  # fmt: skip
def test_what_no_rule_explains_is_said_in_words(message: str, said: str) -> None:
    assert said in classify(message)[0]


def _story(world: World) -> dict[str, Finding]:
    return {finding.rule: finding for finding in world.findings()}


def test_a_failure_names_the_rule_that_explains_it() -> None:
    world = World().service("a", PLS | {"azure-pls-ip-configuration-ip-address-count": "9"}, made=False)
    found = _story(
        having(world, events=[event(BAD, message="maximum number of private link service ipConfig is 8, 9 provided")])
    )
    assert found["sync-failed"].caused_by == found["pls-ip-count-invalid"].id
    assert found["frontend-missing"].caused_by == found["sync-failed"].id


def test_a_failure_whose_cause_no_rule_found_stands_alone() -> None:
    found = _story(having(World().service("a", ILB), events=[event(BAD, message="PrivateIPAddressIsAllocated")]))
    assert found["sync-failed"].caused_by is None
