"""Azure rules about the subnets that frontends and NAT addresses are in."""

from collections import defaultdict
from collections.abc import Iterator

from auditor.controller import grammar
from auditor.model import ids
from auditor.model.azure import PrivateLinkService, Subnet
from auditor.model.finding import Blind, Claim, Confidence
from auditor.rules.facts import Facts
from auditor.rules.pls_state import our_pls
from auditor.rules.registry import LBS, PLS, rule
from auditor.rules.say import AZURE, HIGH, MEDIUM

NEARLY_FULL = 0.9


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
                message=f"{subnet.name} has Private Link Service network policies enabled, "
                f"yet {people[0].name} is in it.",
                resource=subnet.id, field="privateLinkServiceNetworkPolicies",
                values={"expected": "Disabled", "azure": subnet.pls_policy},
                summary="disable them where the subnet is declared",
                commands=(
                    f"az network vnet subnet update --ids {subnet.id} --private-link-service-network-policies Disabled",
                ),
            )  # fmt: skip


def _serving(facts: Facts) -> Iterator[tuple[str, Subnet | None]]:
    """Subnets that managed internal frontends or NAT addresses are in, by id; None where one was not found."""
    wanted = {s.frontend.subnet_id.lower() for s in facts.estate.spots.values() if s.frontend.subnet_id}
    wanted.update(_nat_subnets(facts))
    for key in sorted(wanted):
        found = facts.estate.subnets.get(key)
        yield key, found[1] if found else None


def _is_v6(facts: Facts, entry: str, nics: dict[str, str]) -> bool:
    """True if an entry of `ipConfigurations` is an IPv6 one: by the frontend, by the interface, else by its name."""
    key = entry.lower()
    if (spot := facts.estate.spots.get(key)) is not None:
        return spot.v6
    if key in nics:
        return nics[key] == "ipv6"
    return "v6" in ids.last(key)


def _all_known(facts: Facts, entries: tuple[str, ...], nics: dict[str, str]) -> bool:
    """True if no entry's IP family had to be guessed by its name."""
    keys = (entry.lower() for entry in entries)
    return all(key in nics or key in facts.estate.spots for key in keys)


@rule("subnet-nearly-full", family=AZURE, severity=MEDIUM, per="estate", subject="resource",
      needs=(*LBS, "virtualNetworks"), variants="high when full")  # fmt: skip
def subnet_nearly_full(facts: Facts) -> Iterator[Claim | Blind]:
    """Nine tenths of a subnet that serves frontends or NAT addresses are in use.

    Why it matters: the next Service, node or pod finds no address, and a frontend that is made anew may lose its own.

    How to fix: use another subnet, or enlarge this one.

    When it is wrong: IPv6 entries are told by what else was read, else by their name.
    """
    nics = {n.id.lower(): (n.version or "ipv4").lower() for n in facts.snapshot.nic_addresses or ()}
    if facts.blind("privateLinkServices"):
        yield Blind("privateLinkServices", "privateLinkServices")
    for subnet_id, subnet in _serving(facts):
        if subnet is None:
            if facts.blind("virtualNetworks"):
                yield Blind(ids.tail(subnet_id), "virtualNetworks")
            continue
        networks = [n for p in subnet.prefixes if (n := grammar.cidr(p)) is not None and n.version == grammar.V4]
        room = sum(max(n.num_addresses - 5, 0) for n in networks)
        if subnet.ip_configuration_ids is None or not room:
            continue
        entries = subnet.ip_configuration_ids
        used = sum(not _is_v6(facts, entry, nics) for entry in entries)
        if used < NEARLY_FULL * room:
            continue
        yield Claim(
            message=f"{used} of {room} addresses of {subnet.name} are in use.", resource=subnet.id,
            field="ipConfigurations", severity=HIGH if used >= room else None,
            values={"expected": f"less than 90% of {room}", "azure": used},
            confidence=Confidence.HIGH if _all_known(facts, entries, nics) else Confidence.MEDIUM,
            summary="use another subnet, or enlarge this one",
            commands=(f"az network vnet show --ids {subnet.id.rpartition('/subnets/')[0]} --query subnets -o table",),
        )  # fmt: skip
