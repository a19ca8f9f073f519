"""Azure rules about what Services have in common: load balancers, pools, subnets, and foreign things on them."""

from collections import defaultdict
from collections.abc import Iterator

from auditor.controller import grammar, naming
from auditor.controller.estate import Spot, tagged_ours
from auditor.model import ids
from auditor.model.azure import LoadBalancer, PrivateLinkService, Subnet
from auditor.model.finding import Blind, Claim, Confidence
from auditor.model.service import Node, ServiceKey
from auditor.rules.facts import Facts, which_service
from auditor.rules.registry import rule
from auditor.rules.say import AZURE, CRITICAL, HIGH, MEDIUM

LBS = ("services", "loadBalancers")
PLS = ("services", "loadBalancers", "privateLinkServices")
PLS_NEAR, PLS_LIMIT = 7, 8
NEARLY_FULL = 0.9
EXCLUDED = ("node.kubernetes.io/exclude-from-external-load-balancers", "alpha.service-controller.kubernetes.io/exclude-balancer")
CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def our_pls(facts: Facts) -> list[PrivateLinkService]:
    """The PLS on any frontend of a managed load balancer, by id."""
    found = {pls.id.lower(): pls for key in facts.estate.spots for pls in facts.estate.pls_on.get(key, ())}
    return [found[key] for key in sorted(found)]


def eligible(node: Node) -> bool:
    """True if the controller puts the node into backend pools (domain.md §4.5)."""
    labels = node.labels
    if any(label in labels for label in (*EXCLUDED, *CONTROL_PLANE)):
        return False
    return labels.get("kubernetes.azure.com/managed", "").lower() != "false"


def _expected_pools(facts: Facts) -> dict[tuple[str, str], tuple[LoadBalancer, str, ServiceKey | None]]:
    """Every pool that a live Service's frontend forwards to; with the Service where the pool is its own."""
    several = facts.cluster.multiple_load_balancers
    found: dict[tuple[str, str], tuple[LoadBalancer, str, ServiceKey | None]] = {}
    for place in facts.placements.values():
        if place.live.deleted_at:
            continue
        if place.asked.local and several is None and len(facts.estate.lbs) > 2:  # noqa: PLR2004 - one of each kind
            continue
        for spot in place.spots:
            own = place.live.key if place.asked.local and several else None
            name = (
                naming.local_pool_name(own.namespace, own.name, v6=spot.v6) if own
                else naming.pool_name(facts.cluster.cluster_name, v6=spot.v6)
            )  # fmt: skip
            found.setdefault((spot.lb.id.lower(), name.lower()), (spot.lb, name, own))
    return found


@rule("backend-pool-empty", family=AZURE, severity=CRITICAL, per="estate", subject="resource", needs=(*LBS, "nodes"))
def backend_pool_empty(facts: Facts) -> Iterator[Claim]:
    """A backend pool that Services forward to has no members, though there are nodes.

    Why it matters: every Service of the load balancer is down.

    How to fix: touch any Service of it; the controller joins the nodes again.

    When it is wrong: with no eligible node (scale to zero) it is not reported.
    """
    if not any(eligible(node) for node in facts.snapshot.nodes or ()):
        return
    for lb, name, own in _expected_pools(facts).values():
        pool = next((p for p in lb.pools if p.name.lower() == name.lower()), None)
        if pool is None or pool.members == 0:
            yield Claim(
                message=f"The backend pool {name} of {lb.name} has no members: nothing behind it gets traffic.",
                service=own, resource=pool.id if pool else f"{lb.id}/backendAddressPools/{name}",
                values={"expected": "the eligible nodes", "azure": 0},
                summary="touch a Service of this load balancer: the controller joins the nodes again",
                commands=(f"az network lb address-pool list --lb-name {lb.name} -g {ids.group(lb.id)} -o table",),
            )  # fmt: skip


@rule("foreign-frontend", family=AZURE, severity=MEDIUM, per="estate", subject="resource", needs=LBS)
def foreign_frontend(facts: Facts) -> Iterator[Claim]:
    """A frontend on a managed internal load balancer that no controller named.

    Why it matters: it keeps the load balancer alive after the last Service, and AKS does not support it.

    How to fix: move it to a load balancer of its own.

    When it is wrong: never; the controller's names are `a` and 31 hex digits.
    """
    for spot in facts.estate.spots.values():
        if spot.internal and not naming.made_by_controller(spot.frontend.name):
            yield Claim(
                message=f"{spot.frontend.name} on {spot.lb.name} was not made by the controller.",
                resource=spot.frontend.id, values={"azure": spot.address or spot.frontend.name},
                summary="move it to a load balancer of its own",
                commands=(_delete_part("frontend-ip", spot.lb, spot.frontend.name),),
            )  # fmt: skip


def _delete_part(kind: str, lb: LoadBalancer, name: str) -> str:
    return f"az network lb {kind} delete -g {ids.group(lb.id)} --lb-name {lb.name} -n {name}"


@rule("foreign-rule-pins-frontend", family=AZURE, severity=HIGH, per="estate", subject="resource", needs=LBS)
def foreign_rule_pins_frontend(facts: Facts) -> Iterator[Claim]:
    """A rule that no controller made uses the frontend of a live Service.

    Why it matters: the frontend cannot be deleted while it is used, so the Service will hang when it is deleted.

    How to fix: remove the rule, or move it to a frontend of its own.

    When it is wrong: never; rules of other Services on a shared frontend are not reported.
    """
    for spot in facts.estate.spots.values():
        service = _holder(facts, spot)
        if service is None:
            continue
        rules = [(r.id, r.name) for r in facts.estate.rules_on.get(spot.key, ()) if not naming.made_by_controller(r.name)]
        others = [(o.id, o.name) for o in facts.estate.others_on.get(spot.key, ()) if not naming.made_by_controller(o.name)]
        for rule_id, name in (*rules, *others):
            kind = "rule" if "/loadbalancingrules/" in rule_id.lower() else (
                "outbound-rule" if "/outboundrules/" in rule_id.lower() else "inbound-nat-rule"
            )
            yield Claim(
                message=f"{name} uses the frontend of {service}: it will block the Service's deletion.",
                service=service, resource=rule_id, values={"azure": name}, summary="remove it",
                commands=(_delete_part(kind, spot.lb, name),),
            )  # fmt: skip


def _holder(facts: Facts, spot: Spot) -> ServiceKey | None:
    """The live Service a frontend is named after, else the first of its users."""
    people = facts.users.get(spot.key, ())
    named = next((p for p in people if p.base == spot.base), people[0] if people else None)
    return named.live.key if named else None


@rule("provisioning-failed", family=AZURE, severity=HIGH, per="estate", subject="resource", needs=LBS)
def provisioning_failed(facts: Facts) -> Iterator[Claim]:
    """A managed load balancer or a Private Link Service is in state Failed.

    Why it matters: Azure did not apply the last change; what it shows may not be what runs.

    How to fix: touch the Service; the controller writes the resource again.

    When it is wrong: never.
    """
    for lb in facts.estate.lbs:
        if (lb.state or "").lower() == "failed":
            yield Claim(
                message=f"Azure reports {lb.name} as Failed.", resource=lb.id, field="provisioningState",
                values={"expected": "Succeeded", "azure": lb.state}, summary="have Azure apply it again",
                commands=(f"az network lb update --ids {lb.id}",),
            )  # fmt: skip
    for pls in our_pls(facts):
        if (pls.state or "").lower() == "failed" and not unmanaged(facts, pls):
            place = which_service(facts, pls)
            yield Claim(
                message=f"Azure reports the Private Link Service {pls.name} as Failed.", resource=pls.id,
                service=place.live.key if place else None, field="provisioningState",
                values={"expected": "Succeeded", "azure": pls.state},
                summary="have Azure apply it again", commands=(f"az network private-link-service update --ids {pls.id}",),
            )  # fmt: skip


def unmanaged(facts: Facts, pls: PrivateLinkService) -> bool:
    """True if `pls-unmanaged` speaks of this PLS and silences the rest: it is on a live Service's frontend without our tag."""
    return not tagged_ours(pls, facts.cluster.cluster_name) and which_service(facts, pls) is not None


@rule("pls-limit-near", family=AZURE, severity=MEDIUM, per="estate", subject="resource", needs=PLS)
def pls_limit_near(facts: Facts) -> Iterator[Claim]:
    """A load balancer has seven or more Private Link Services.

    Why it matters: Azure allows eight on a load balancer; the ninth Service is refused.

    How to fix: remove those that nobody needs, or have Services share a frontend.

    When it is wrong: Microsoft raises the limit for some subscriptions.
    """
    for lb in facts.estate.lbs:
        keys = {f.id.lower() for f in lb.frontends}
        number = len({pls.id.lower() for key in keys for pls in facts.estate.pls_on.get(key, ())})
        if number >= PLS_NEAR:
            yield Claim(
                message=f"{lb.name} has {number} Private Link Services; Azure allows {PLS_LIMIT}.", resource=lb.id,
                field="privateLinkServices", values={"expected": f"at most {PLS_LIMIT}", "azure": number},
                summary="remove those that nobody needs, or ask Microsoft to raise the limit",
                commands=("az network private-link-service list --query '[].{name:name, group:resourceGroup}' -o table",),
            )  # fmt: skip


def _nat_subnets(facts: Facts) -> dict[str, list[PrivateLinkService]]:
    found: dict[str, list[PrivateLinkService]] = defaultdict(list)
    for pls in our_pls(facts):
        for subnet_id in sorted({n.subnet_id.lower() for n in pls.nat_ips if n.subnet_id}):
            found[subnet_id].append(pls)
    return found


@rule("pls-subnet-policy-enabled", family=AZURE, severity=HIGH, per="estate", subject="resource",
      needs=(*PLS, "virtualNetworks"))  # fmt: skip
def pls_subnet_policy_enabled(facts: Facts) -> Iterator[Claim | Blind]:
    """The network policies of a NAT subnet are enabled while a Private Link Service is in it.

    Why it matters: Azure then refuses to change or create a PLS there. The controller disables them only when it
    writes a PLS; infrastructure code that owns the subnet turns them on again.

    How to fix: disable `privateLinkServiceNetworkPolicies` on the subnet, where it is declared.

    When it is wrong: never while a PLS is there.
    """
    for subnet_id, people in sorted(_nat_subnets(facts).items()):
        found = facts.estate.subnets.get(subnet_id)
        if found is None:
            if facts.blind("virtualNetworks"):
                yield Blind(ids.tail(subnet_id), "virtualNetworks")
            continue
        subnet = found[1]
        if subnet.pls_policy is not None and subnet.pls_policy.lower() != "disabled":
            yield Claim(
                message=f"{subnet.name} has Private Link Service network policies enabled, yet {people[0].name} is in it.",
                resource=subnet.id, field="privateLinkServiceNetworkPolicies",
                values={"expected": "Disabled", "azure": subnet.pls_policy}, summary="disable them where the subnet is declared",
                commands=(f"az network vnet subnet update --ids {subnet.id} --private-link-service-network-policies Disabled",),
            )  # fmt: skip


def _serving(facts: Facts) -> list[Subnet]:
    """Subnets that managed internal frontends or NAT addresses are in."""
    wanted = {s.frontend.subnet_id.lower() for s in facts.estate.spots.values() if s.frontend.subnet_id}
    wanted.update(_nat_subnets(facts))
    return [facts.estate.subnets[key][1] for key in sorted(wanted) if key in facts.estate.subnets]


def _is_v6(facts: Facts, entry: str, nics: dict[str, str]) -> bool:
    """True if an entry of `ipConfigurations` is an IPv6 one: by the frontend, by the interface, else by its name."""
    key = entry.lower()
    if (spot := facts.estate.spots.get(key)) is not None:
        return spot.v6
    if key in nics:
        return nics[key] == "ipv6"
    return "v6" in ids.last(key)


@rule("subnet-nearly-full", family=AZURE, severity=MEDIUM, per="estate", subject="resource", needs=(*LBS, "virtualNetworks"),
      variants="high when full")  # fmt: skip
def subnet_nearly_full(facts: Facts) -> Iterator[Claim]:
    """Nine tenths of a subnet that serves frontends or NAT addresses are in use.

    Why it matters: the next Service, node or pod finds no address, and a frontend that is made anew may lose its own.

    How to fix: use another subnet, or enlarge this one.

    When it is wrong: IPv6 entries are told by what else was read, else by their name.
    """
    nics = {n.id.lower(): (n.version or "ipv4").lower() for n in facts.snapshot.nic_addresses or ()}
    for subnet in _serving(facts):
        networks = [n for p in subnet.prefixes if (n := grammar.cidr(p)) is not None and n.version == 4]  # noqa: PLR2004
        room = sum(max(n.num_addresses - 5, 0) for n in networks)
        if subnet.ip_configuration_ids is None or not room:
            continue
        used = sum(not _is_v6(facts, entry, nics) for entry in subnet.ip_configuration_ids)
        if used < NEARLY_FULL * room:
            continue
        yield Claim(
            message=f"{used} of {room} addresses of {subnet.name} are in use.", resource=subnet.id, field="ipConfigurations",
            values={"expected": f"less than 90% of {room}", "azure": used}, severity=HIGH if used >= room else None,
            confidence=Confidence.HIGH if nics else Confidence.MEDIUM, summary="use another subnet, or enlarge this one",
            commands=(f"az network vnet show --ids {subnet.id.rpartition('/subnets/')[0]} --query subnets -o table",),
        )  # fmt: skip
