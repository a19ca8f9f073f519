"""Orphans: what the controller made and nobody asks for any more. Judged only where every possible owner was read."""

from collections.abc import Iterator

from auditor.controller import naming
from auditor.controller.estate import Spot
from auditor.controller.keys import INTERNAL, PIP_NAME, PIP_NAME_V6
from auditor.model import ids
from auditor.model.azure import LbRule, LoadBalancer, Probe, PublicIp
from auditor.model.finding import Blind, Claim, Confidence
from auditor.rules.facts import Facts
from auditor.rules.orphan_state import orphaned, why_orphaned
from auditor.rules.registry import LBS, PLS, rule
from auditor.rules.say import CRITICAL, HIGH, MEDIUM, ORPHANS

SERVICE_TAGS = ("k8s-azure-service", "service")
CLUSTER_TAGS = ("k8s-azure-cluster-name", "kubernetes-cluster-name")


def _unsure(spot: Spot, facts: Facts) -> str | None:
    """The collection that would have to be read to be sure of an orphan."""
    if facts.blind("services"):
        return "services"
    if not spot.internal and spot.address is None and facts.blind("publicIPAddresses"):
        asking = (p.asked for p in facts.placements.values() if not p.asked.internal)
        if any(a.ipv4 or a.ipv6 or a.annotations.get(PIP_NAME) or a.annotations.get(PIP_NAME_V6) for a in asking):
            return "publicIPAddresses"
    return None


@rule("orphaned-frontend", family=ORPHANS, severity=HIGH, per="estate", subject="resource", needs=LBS,
      variants="critical when a PLS is attached")  # fmt: skip
def orphaned_frontend(facts: Facts) -> Iterator[Claim | Blind]:
    """A frontend that the controller made for a Service that is gone.

    Why it matters: it keeps an address and forwards to nodes; a Private Link Service on it is still exposed.

    How to fix: delete the PLS on it, then its rules, then the frontend. The controller never will.

    When it is wrong: never while all Services of the cluster were read.
    """
    for spot in facts.estate.spots.values():
        if not orphaned(spot, facts):
            continue
        unsure = _unsure(spot, facts)
        if unsure:
            yield Blind(ids.tail(spot.frontend.id), unsure)
            continue
        attached = facts.estate.pls_on.get(spot.key, ())
        exposed = f" and {attached[0].name} exposes it" if attached else ""
        yield Claim(
            message=f"Nobody asks for {spot.frontend.name} ({spot.address or 'no address'}){exposed}: "
            "its Service is gone.",
            resource=spot.frontend.id, severity=CRITICAL if attached else None,
            confidence=Confidence.MEDIUM if facts.blind("privateLinkServices") else Confidence.HIGH,
            values={"cluster": None, "azure": spot.address}, summary="delete what hangs on it, then the frontend",
            commands=(
                *(f"az network private-link-service delete --ids {p.id}" for p in attached), *_removal(spot, facts),
            ),
        )  # fmt: skip


def _removal(spot: Spot, facts: Facts) -> list[str]:
    where = f"-g {ids.group(spot.lb.id)} --lb-name {spot.lb.name}"
    names = sorted(r.name for r in facts.estate.rules_on.get(spot.key, ()))
    rules = [f"az network lb rule delete {where} -n {name}" for name in names]
    return [*rules, f"az network lb frontend-ip delete {where} -n {spot.frontend.name}"]


def _dead(facts: Facts, base: str) -> bool:
    return base not in facts.living


def _on_orphan(facts: Facts, frontend_id: str | None) -> bool:
    spot = facts.estate.spots.get((frontend_id or "").lower())
    return spot is not None and orphaned(spot, facts)


def _dead_rules(facts: Facts) -> Iterator[tuple[LoadBalancer, LbRule]]:
    for base, rules in facts.estate.rules_by_base.items():
        if _dead(facts, base):
            yield from rules


@rule("orphaned-lb-rule", family=ORPHANS, severity=MEDIUM, per="estate", subject="resource", needs=LBS)
def orphaned_lb_rule(facts: Facts) -> Iterator[Claim | Blind]:
    """A load-balancing rule that the controller made for a Service that is gone, on a frontend that is not.

    Why it matters: it forwards a port of a living address to nodes, and keeps others from using that port.

    How to fix: delete the rule.

    When it is wrong: never while all Services of the cluster were read.
    """
    for lb, seen in _dead_rules(facts):
        if not _on_orphan(facts, seen.frontend_id):
            yield _part(facts, "rule", lb, seen)


@rule("orphaned-probe", family=ORPHANS, severity=MEDIUM, per="estate", subject="resource", needs=LBS)
def orphaned_probe(facts: Facts) -> Iterator[Claim | Blind]:
    """A health probe that the controller made for a Service that is gone.

    Why it matters: it is clutter that fails or succeeds for nobody.

    How to fix: delete the probe.

    When it is wrong: never while all Services of the cluster were read.
    """
    covered = {s.base.lower() for s in facts.estate.spots.values() if orphaned(s, facts)}
    used = {
        r.probe_id.lower() for lb in facts.estate.lbs for r in lb.rules
        if r.probe_id and _on_orphan(facts, r.frontend_id)
    }  # fmt: skip
    for base, probes in facts.estate.probes_by_base.items():
        if not _dead(facts, base) or base in covered:
            continue
        for lb, seen in probes:
            if seen.id.lower() not in used:
                yield _part(facts, "probe", lb, seen)


def _part(facts: Facts, kind: str, lb: LoadBalancer, seen: LbRule | Probe) -> Claim | Blind:
    if facts.blind("services"):
        return Blind(ids.tail(seen.id), "services")
    return Claim(
        message=f"The {kind} {seen.name} on {lb.name} belongs to a Service that is gone.", resource=seen.id,
        values={"cluster": None, "azure": seen.name}, summary=f"delete the {kind}",
        commands=(f"az network lb {kind} delete -g {ids.group(lb.id)} --lb-name {lb.name} -n {seen.name}",),
    )  # fmt: skip


@rule("orphaned-load-balancer", family=ORPHANS, severity=HIGH, per="estate", subject="resource", needs=LBS)
def orphaned_load_balancer(facts: Facts) -> Iterator[Claim | Blind]:
    """A managed internal load balancer, and no internal Service in the cluster.

    Why it matters: it costs money, and what is left on it is reachable.

    How to fix: delete it once nothing is attached to it.

    When it is wrong: never while all Services of the cluster were read.
    """
    if any(p.asked.internal for p in facts.placements.values()) or _internal_leaving(facts):
        return
    for lb in facts.estate.lbs:
        spots = [facts.estate.spots[f.id.lower()] for f in lb.frontends]
        if not naming.is_internal_load_balancer(lb.name) or not all(orphaned(s, facts) for s in spots):
            continue
        if facts.blind("services"):
            yield Blind(ids.tail(lb.id), "services")
            continue
        yield Claim(
            message=f"{lb.name} serves no Service: the cluster has no internal one.", resource=lb.id,
            values={"cluster": None, "azure": lb.name}, summary="delete it",
            commands=(f"az network lb delete --ids {lb.id}",),
        )  # fmt: skip


def _internal_leaving(facts: Facts) -> bool:
    """An internal Service that left the scope still waits for its cleanup."""
    return any(
        s.held and not s.in_scope and s.annotations.get(INTERNAL) == "true" for s in facts.snapshot.services or ()
    )


@rule("orphaned-pls", family=ORPHANS, severity=HIGH, per="estate", subject="resource", needs=PLS)
def orphaned_pls(facts: Facts) -> Iterator[Claim | Blind]:
    """A Private Link Service whose frontend is gone or used by nobody.

    Why it matters: it exposes nothing, or what nobody looks after, and it blocks the deletion of its network.

    How to fix: delete it; its connections end.

    When it is wrong: one on another cluster's load balancer is not reported.
    """
    for pls in sorted(facts.snapshot.private_link_services or (), key=lambda p: p.id.lower()):
        why = why_orphaned(facts, pls)
        if why is None:
            continue
        if facts.blind("services"):
            yield Blind(ids.tail(pls.id), "services")
            continue
        yield Claim(
            message=f"Nobody uses the Private Link Service {pls.name}: {why}.", resource=pls.id,
            values={"cluster": None, "azure": [ids.tail(f) for f in pls.frontend_ids]},
            summary="delete it; its connections end",
            commands=(f"az network private-link-service delete --ids {pls.id}",),
        )  # fmt: skip


@rule("orphaned-public-ip", family=ORPHANS, severity=MEDIUM, per="estate", subject="resource",
      needs=("services", "publicIPAddresses"))  # fmt: skip
def orphaned_public_ip(facts: Facts) -> Iterator[Claim | Blind]:
    """A public address that the controller made for Services that are all gone.

    Why it matters: it costs money, and its name may still be in somebody's DNS.

    How to fix: delete it.

    When it is wrong: addresses that a user made, which bear no Service tag, are not reported.
    """
    for pip in facts.snapshot.public_ips or ():
        owners = _owners(pip, facts.cluster.cluster_name)
        if pip.user_of_it or not owners or any(o in facts.living_labels for o in owners):
            continue
        if facts.blind("services"):
            yield Blind(ids.tail(pip.id), "services")
            continue
        yield Claim(
            message=f"The public address {pip.ip or pip.name} was made for {', '.join(owners)}, which is gone.",
            resource=pip.id, values={"cluster": None, "azure": pip.ip}, summary="delete it",
            commands=(f"az network public-ip delete --ids {pip.id}",),
        )  # fmt: skip


def _owners(pip: PublicIp, cluster_name: str) -> list[str]:
    """The Services in the tags of a public address, lower-cased; none if it is another cluster's or a user's."""
    cluster = next((pip.tags[t] for t in CLUSTER_TAGS if t in pip.tags), None)
    if cluster is None or cluster.strip().lower() != cluster_name.lower():
        return []
    text = next((pip.tags[t] for t in SERVICE_TAGS if t in pip.tags), "")
    return [name.strip().lower() for name in text.split(",") if name.strip()]
