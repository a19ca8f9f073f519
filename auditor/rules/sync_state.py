"""Sync rules about how a live Service fares with its controller: stuck, failing, waiting, or not held."""

import re
from datetime import UTC, datetime, timedelta

from auditor.controller.placement import Placement
from auditor.model.finding import Blind, Claim
from auditor.model.service import CLEANUP_FINALIZER, Event, Live
from auditor.rules.facts import Facts
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, SYNC, touch

STUCK_AFTER = timedelta(minutes=15)
FAILED, ENSURED = "SyncLoadBalancerFailed", "EnsuredLoadBalancer"
BEGINNING = datetime.min.replace(tzinfo=UTC)

CAUSES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"must be internal or disable floating ip", "a PLS on a public Service", ("pls-on-public-service",)),
    (r"IPv6 is not supported for private link", "a PLS on an IPv6-only Service", ("pls-on-ipv6",)),
    (r"already has unmanaged private link service", "a foreign PLS is on the frontend", ("pls-unmanaged",)),
    (r"already has existing private link service", "the PLS belongs to another Service", ("pls-customised-by-sharer",)),
    (r"cannot change existing private link service name", "a PLS cannot be renamed", ("pls-misnamed",)),
    (r"failed to get (private link service )?subnet", "the subnet does not exist",
     ("subnet-unknown", "subnet-not-a-name")),
    (r"must be no smaller than number of static IPs", "more static addresses than the count",
     ("pls-static-ips-exceed-count",)),
    (r"number of private link service ipConfig is", "the number of NAT addresses is wrong", ("pls-ip-count-invalid",)),
    (r"getPLSStaticIPs:", "a static NAT address is wrong", ("pls-static-ip-invalid", "pls-list-separator")),
    (r"idle timeout", "the idle timeout is wrong", ("idle-timeout-invalid",)),
    (r"health probe config|health-probe|total probe should", "a health probe is wrong", ("probe-invalid",)),
    (r"SCTP is only supported", "SCTP on a public Service", ("sctp-on-public-service",)),
    (r"checkLoadBalancerResourcesConflicts", "another Service has the port on this address",
     ("ip-port-claimed-twice", "ip-taken")),
    (r"cannot set both spec.LoadBalancerSourceRanges", "two kinds of source ranges", ("source-ranges-conflict",)),
    (r"cannot use non-public LoadBalancer IP", "a private address on a public Service",
     ("ip-private-on-public-service",)),
    (r"selects \d+ load balancers", "no such load balancer is configured", ("load-balancer-configuration-unknown",)),
    (r"value must be a whole number", "a number is none",
     ("pls-ip-count-invalid", "idle-timeout-invalid", "probe-invalid")),
    (r"AuthorizationFailed|LinkedAuthorizationFailed", "the controller's identity lacks a permission", ()),
    (r"PrivateIPAddressIsAllocated|IPAddressInUse", "the address is taken", ("ip-taken", "ip-port-claimed-twice")),
    (r"PrivateIPAddressNotInSubnet|NotInAnySubnet", "the address is not in the subnet", ("ip-not-in-subnet",)),
    (r"PrivateIPAddressInReservedRange", "Azure reserves the address", ("ip-reserved",)),
    (r"SubnetIsFull", "the subnet is full", ("subnet-nearly-full",)),
    (r"CannotDeleteLoadBalancerWithPrivateLinkService|WithPrivateEndpointConnectionsCannotBeDeleted",
     "a PLS or its connections block the deletion", ("pls-in-wrong-resource-group",)),
    (r"PrivateLinkService\w*AlreadyExists|already (has|associated with) .*private ?link ?service",
     "the frontend already has a PLS", ("pls-in-wrong-resource-group", "pls-hijacked")),
    (r"LoadBalancerInUseByVirtualMachineScaleSet", "a scale set still uses the load balancer", ()),
    (r"RequestDisallowedByPolicy|ScopeLocked", "a policy or a lock forbids it", ()),
    (r"fail to lock azure resources", "the AKS resource locker is held", ()),
    (r"TooManyRequests|\b429\b", "Azure throttles the controller", ()),
    (r"Canceled(?:And)?Superseded|RetryableErrorDueToAnotherOperation|PreconditionFailed", "a passing conflict", ()),
)  # fmt: skip
"""Message pattern, what it means, and the rules that explain it (domain.md §1.5 and §8)."""
USUAL = (
    "ip-invalid", "ip-not-in-subnet", "ip-reserved", "ip-taken", "node-ports-needed", "pls-in-wrong-resource-group",
    "pls-name-invalid", "pls-hijacked", "subnet-unknown", "ip-private-on-public-service",
)  # fmt: skip
"""Rules that explain a refusal by Azure whose wording we do not know."""


def classify(message: str) -> tuple[str, tuple[str, ...]]:
    """What the text of a `SyncLoadBalancerFailed` event means, and the rules that may explain it, likeliest first."""
    for pattern, said, rules in CAUSES:
        if re.search(pattern, message, re.IGNORECASE):
            return said, (*rules, *USUAL)
    return "Azure refused it", USUAL


def _when(event: Event) -> tuple[datetime, int]:
    version = int(event.resource_version) if event.resource_version.isdigit() else 0
    return event.at or BEGINNING, version


def last_failure(facts: Facts, live: Live) -> Event | None:
    """The newest failure of a Service, if nothing succeeded since."""
    mine = facts.events.get(live.uid, ())
    failed = max((e for e in mine if e.reason == FAILED), key=_when, default=None)
    ensured = max((_when(e) for e in mine if e.reason == ENSURED), default=None)
    return failed if failed and (ensured is None or _when(failed) > ensured) else None


@rule("service-stuck-deleting", family=SYNC, severity=HIGH, per="deleting-too", needs=("services",), clock=True)
def service_stuck_deleting(place: Placement, facts: Facts) -> Claim | None:
    """The Service has been on its way out for more than 15 minutes.

    Why it matters: the controller cannot clean up in Azure; address, frontend and PLS stay.

    How to fix: read the events; something in Azure holds the frontend. Do not remove the finalizer: that leaks it.

    When it is wrong: with hundreds of Services the controller's queue may take longer.
    """
    live = place.live
    if live.deleted_at is None or not live.held or facts.now - live.deleted_at <= STUCK_AFTER:
        return None
    minutes = int((facts.now - live.deleted_at).total_seconds() // 60)
    return Claim(
        message=f"{live.key} has been deleting for {minutes} minutes; its cleanup in Azure does not end.",
        service=live.key, field="metadata.deletionTimestamp", values={"cluster": live.deleted_at.isoformat()},
        summary="read why the cleanup fails", commands=(f"kubectl describe service -n {live.namespace} {live.name}",),
    )  # fmt: skip


@rule("finalizer-missing", family=SYNC, severity=HIGH, per="service", needs=("services",))
def finalizer_missing(place: Placement, _: Facts) -> Claim | None:
    """A Service with an address lacks the finalizer of the service controller.

    Why it matters: deleting it now would leave its frontend, rules and PLS in Azure.

    How to fix: touch the Service; the controller puts the finalizer back.

    When it is wrong: never for a Service that this controller made.
    """
    live = place.live
    if live.held or not live.ingress:
        return None
    return Claim(
        message=f"{live.key} lacks the finalizer {CLEANUP_FINALIZER}: deleting it would leak its Azure resources.",
        service=live.key, field="metadata.finalizers",
        values={"expected": CLEANUP_FINALIZER, "cluster": list(live.finalizers)},
        summary="touch the Service: the controller puts the finalizer back", commands=(touch(live.key),),
    )  # fmt: skip


@rule("sync-failed", family=SYNC, severity=HIGH, per="deleting-too", needs=("services", "events"))
def sync_failed(place: Placement, facts: Facts) -> Claim | None:
    """The controller's newest attempt at the Service failed.

    Why it matters: what is in Azure is half done or old, and stays so until the cause is gone.

    How to fix: the finding names the cause; correct that.

    When it is wrong: events live for an hour; a failure that ended in silence looks the same.
    """
    event = last_failure(facts, place.live)
    if event is None:
        return None
    said, rules = classify(event.message)
    text = event.message.removeprefix("Error syncing load balancer: ")
    return Claim(
        message=f"The controller fails at {place.live.key}: {said}.", service=place.live.key,
        values={"cluster": " ".join(text.split())}, cause=" ".join(rules),
        summary="correct the cause; the controller tries again by itself",
        commands=(
            f"kubectl get events -n {place.live.namespace} --field-selector involvedObject.name={place.live.name}",
        ),
    )  # fmt: skip


@rule("service-pending", family=SYNC, severity=HIGH, per="service", needs=("services",), clock=True)
def service_pending(place: Placement, facts: Facts) -> Claim | Blind | None:
    """The Service has had no address for longer than the controller should need.

    Why it matters: nobody can reach it, and no event says why.

    How to fix: look at the controller: is it running, is its lock held, is it busy with others?

    When it is wrong: with hundreds of Services the controller's queue may take longer; raise `settle` then.
    """
    live = place.live
    since = max((t for t in (live.created_at, live.changed_at) if t), default=None)
    if live.ingress or since is None or facts.now - since <= facts.policy.settle or last_failure(facts, live):
        return None
    if facts.blind("events"):
        return Blind(str(live.key), "events")
    minutes = int((facts.now - since).total_seconds() // 60)
    return Claim(
        message=f"{live.key} has had no address for {minutes} minutes.", service=live.key,
        field="status.loadBalancer", values={"cluster": None},
        summary="make the controller try again, then read the events",
        commands=(touch(live.key), f"kubectl describe service -n {live.namespace} {live.name}"),
    )  # fmt: skip
