"""How the Facts are made: a snapshot parsed, paired and indexed, once."""

from collections import defaultdict
from collections.abc import Mapping
from sys import intern

from auditor.controller import estate as azure
from auditor.controller import grammar, naming, placement
from auditor.controller.asked import Asked, ask
from auditor.model.azure import Frontend, PrivateLinkService
from auditor.model.policy import Policy
from auditor.model.service import Declared, Event, Live, Node, ServiceKey
from auditor.model.snapshot import Gap, Snapshot
from auditor.rules.facts import Declaration, Facts, Families, Pair


def build(snapshot: Snapshot, policy: Policy, gaps: Mapping[str, list[Gap]]) -> Facts:
    """Parse, pair and index a snapshot; `gaps` is what could not be read, by kind of collection. There is no clock."""
    facts = Facts(snapshot=snapshot, policy=policy, gaps=gaps)
    live = {service.key: service for service in snapshot.services or ()}
    asked = {key: ask(service) for key, service in live.items()}
    _declare(facts, live, asked)
    held = [s for s in live.values() if s.in_scope or s.held]
    facts.living = frozenset(naming.base_name(s.uid) for s in held)
    facts.living_labels = frozenset(f"{s.namespace}/{s.name}".lower() for s in held)
    facts.estate = azure.build(
        azure.managed(snapshot.load_balancers or (), snapshot.facts, facts.living),
        snapshot.private_link_services or (),
        snapshot.virtual_networks or (),
        snapshot.public_ips or (),
    )
    for key in sorted(live):
        if live[key].in_scope:
            facts.placements[key] = placement.place(live[key], asked[key], facts.estate)
    facts.holders = _holders(snapshot)
    facts.frontend_ids = frozenset(intern(f.id.lower()) for lb in snapshot.load_balancers or () for f in lb.frontends)
    facts.asked_addresses = frozenset(
        (p.asked.internal, address)
        for p in facts.placements.values()
        for address in (
            p.asked.shares if p.asked.internal else [(a or "").lower() for a in (p.asked.ipv4, p.asked.ipv6)]
        )
    )
    facts.users = placement.users(facts.placements.values())
    events: dict[str, list[Event]] = defaultdict(list)
    for event in snapshot.events or ():
        events[event.uid].append(event)
    facts.events = events
    return facts


def _holders(snapshot: Snapshot) -> dict[str, list[Node | PrivateLinkService | Frontend]]:
    found: dict[str, list[Node | PrivateLinkService | Frontend]] = defaultdict(list)
    for node in snapshot.nodes or ():
        for address in node.addresses:
            found[address].append(node)
    for pls in snapshot.private_link_services or ():
        for address in {nat.ip for nat in pls.nat_ips if nat.ip}:
            found[address].append(pls)
    for lb in snapshot.load_balancers or ():
        for frontend in lb.frontends:
            if frontend.ip:
                found[frontend.ip].append(frontend)
    return found


def _declare(facts: Facts, live: Mapping[ServiceKey, Live], asked: Mapping[ServiceKey, Asked]) -> None:
    """Fill declarations and pairs."""
    declared = {d.key: d for d in facts.snapshot.declared or ()}
    for key in sorted({*declared, *live}):
        here, there = declared.get(key), live.get(key)
        if here is None:
            if there is not None:
                facts.declarations.append(Declaration(there, asked[key], there, _families(there, None)))
            continue
        wanted = ask(here)
        facts.declarations.append(Declaration(here, wanted, there, _families(here, there)))
        if there is not None:
            facts.pairs.append(Pair(here, there, wanted, asked[key]))
    facts.by_key = {d.key: d for d in facts.declarations}
    addresses: dict[str, list[Declaration]] = defaultdict(list)
    names: dict[tuple[str, str], list[Declaration]] = defaultdict(list)
    for it in facts.declarations:
        if not it.service.in_scope or (it.live is not None and it.live.deleted_at):
            continue
        for version in (4, 6):
            text = it.asked.requested(v6=version == grammar.V6)
            address = grammar.ip_of(text, version) if text else None
            if address is not None and (it.families is None or f"IPv{version}" in it.families):
                addresses[str(address)].append(it)
        if it.asked.pls and it.asked.pls.name:
            names[facts.pls_group(it.asked), it.asked.pls.name.lower()].append(it)
    facts.address_claims, facts.pls_names = addresses, names


def _families(service: Declared | Live, live: Live | None) -> Families:
    if service.ip_families:
        return service.ip_families
    if service.ip_family_policy == "RequireDualStack":
        return ("IPv4", "IPv6")
    if live is not None and live.ip_families:
        return live.ip_families
    return ("IPv4",) if isinstance(service, Live) else None
