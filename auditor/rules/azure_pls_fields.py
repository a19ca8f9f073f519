"""Azure rules about the properties of a Private Link Service: what its owner asks for beside what Azure has."""

from collections.abc import Iterable

from auditor.controller import grammar, keys
from auditor.controller.asked import nat_subnet
from auditor.controller.placement import Placement
from auditor.model import ids
from auditor.model.azure import NatIp
from auditor.model.finding import Blind, Claim, Severity
from auditor.rules.facts import Facts
from auditor.rules.net_asked import not_a_name
from auditor.rules.pls_asked import static_list_parses
from auditor.rules.pls_state import Attachment, attachment, speaks
from auditor.rules.registry import PLS, rule
from auditor.rules.say import AZURE, CRITICAL, HIGH, LOW, MEDIUM, RECONCILE, shown, touch


def _lower(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(t.lower() for t in tokens)


def _wider(azure: frozenset[str], asked: frozenset[str]) -> frozenset[str]:
    """Subscriptions that Azure lets in and nobody asks for; a `*` that is asked for covers all."""
    return frozenset() if "*" in asked else azure - asked


def _exposed(it: Attachment, facts: Facts, field: str) -> Claim | Blind | None:
    """Where ownership is unclear the sets are not compared; but exposure that nobody asks for is never silent."""
    hushed = not it.ours or it.tag_altered or it.tag_stale or (not it.right_group and it.place.asked.pls is not None)
    asking = [p for p in it.people if p.asked.pls]
    if not hushed or not asking or not speaks(it, facts):
        return None
    wanted = frozenset(t for p in asking if p.asked.pls for t in _lower(_tokens(p, field)))
    found = _sets(it, field, wanted, _lower(_observed(it, field)), only_wider=True)
    return Blind(str(it.place.live.key), "services") if found and facts.blind("services") else found


def _tokens(place: Placement, field: str) -> tuple[str, ...]:
    pls = place.asked.pls
    if pls is None:
        return ()
    return pls.visible_to if field == "visibility" else pls.auto_approval


def _observed(it: Attachment, field: str) -> tuple[str, ...]:
    return it.pls.visibility if field == "visibility" else it.pls.auto_approval


KEYS = {"visibility": keys.PLS_VISIBILITY, "autoApproval": keys.PLS_AUTO_APPROVAL}
SAID = {
    "visibility": "shows {} to {}",
    "autoApproval": "approves connections to {} from {} at once",
}


def _sets(
    it: Attachment, field: str, wanted: frozenset[str], azure: frozenset[str], *, only_wider: bool = False
) -> Claim | None:
    wider = _wider(azure, wanted)
    if wanted == azure or (only_wider and not wider):
        return None
    if wider:
        who = "everyone" if "*" in wider else f"subscription{'s' if len(wider) > 1 else ''} {', '.join(sorted(wider))}"
        message = f"Nobody asked for this: Azure {SAID[field].format(it.pls.name, who)}."
    else:
        kept_out = ", ".join(sorted(wanted - azure))
        message = f"Azure keeps {it.pls.name} from {kept_out} in {field}, which should be let in."
    severity: Severity = CRITICAL if wider else HIGH
    return Claim(
        message=message, service=it.place.live.key, resource=it.pls.id, field=f"{field}.subscriptions",
        about=(KEYS[field],), values={"cluster": sorted(wanted), "expected": sorted(wanted), "azure": sorted(azure)},
        severity=severity, summary="touch the Service: the controller then writes the declared list",
        commands=(touch(it.place.live.key),),
    )  # fmt: skip


def _subscriptions(place: Placement, facts: Facts, field: str) -> Claim | Blind | None:
    it = attachment(place, facts)
    if it is None:
        return None
    if it.compared:
        return _sets(it, field, _lower(_tokens(place, field)), _lower(_observed(it, field)))
    return _exposed(it, facts, field)


@rule("pls-visibility-drifted", family=AZURE, severity=HIGH, per="service", needs=PLS,
      variants="critical when Azure is wider than asked for")  # fmt: skip
def pls_visibility_drifted(place: Placement, facts: Facts) -> Claim | Blind | None:
    """Azure shows the Private Link Service to other subscriptions than the Service asks for.

    Why it matters: a subscription that left can still ask for connections, or one that needs it cannot.

    How to fix: touch the Service; the controller writes the declared list.

    When it is wrong: never; letter case and order are not compared.
    """
    return _subscriptions(place, facts, "visibility")


@rule("pls-auto-approval-drifted", family=AZURE, severity=HIGH, per="service", needs=PLS,
      variants="critical when Azure is wider than asked for")  # fmt: skip
def pls_auto_approval_drifted(place: Placement, facts: Facts) -> Claim | Blind | None:
    """Azure approves connections of other subscriptions than the Service asks for.

    Why it matters: somebody is connected without being asked, or has to wait.

    How to fix: touch the Service; the controller writes the declared list.

    When it is wrong: never; letter case and order are not compared.
    """
    return _subscriptions(place, facts, "autoApproval")


@rule("pls-proxy-protocol-drifted", family=AZURE, severity=CRITICAL, per="service", needs=PLS)
def pls_proxy_protocol_drifted(place: Placement, facts: Facts) -> Claim | None:
    """Proxy protocol is on in Azure and off in the Service, or the other way round.

    Why it matters: the backend reads the header as data, or waits for one that never comes: every connection fails.

    How to fix: touch the Service; the controller writes what it asks for.

    When it is wrong: never.
    """
    it = attachment(place, facts)
    pls = place.asked.pls
    if it is None or pls is None or not it.compared or pls.proxy == it.pls.proxy_protocol:
        return None
    on = "on" if it.pls.proxy_protocol else "off"
    return Claim(
        message=f"Proxy protocol of {it.pls.name} is {on} in Azure; the Service asks for the opposite.",
        service=place.live.key, resource=it.pls.id, field="enableProxyProtocol", about=(keys.PLS_PROXY,),
        values={"expected": pls.proxy, "azure": it.pls.proxy_protocol}, summary=RECONCILE,
        commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("pls-fqdns-drifted", family=AZURE, severity=LOW, per="service", needs=PLS)
def pls_fqdns_drifted(place: Placement, facts: Facts) -> Claim | None:
    """The names that the Private Link Service gives to its consumers are not those the Service asks for.

    Why it matters: consumers resolve a name that is not meant for them, or none.

    How to fix: touch the Service; the controller writes its list.

    When it is wrong: never; order and repetition are not compared.
    """
    it = attachment(place, facts)
    pls = place.asked.pls
    if it is None or pls is None or not it.compared or set(pls.fqdns) == set(it.pls.fqdns):
        return None
    return Claim(
        message=f"The fqdns of {it.pls.name} are {_some(it.pls.fqdns)}; the Service asks for {_some(pls.fqdns)}.",
        service=place.live.key, resource=it.pls.id, field="fqdns", about=(keys.PLS_FQDNS,),
        values={"expected": sorted(pls.fqdns), "azure": sorted(it.pls.fqdns)}, summary=RECONCILE,
        commands=(touch(place.live.key),),
    )  # fmt: skip


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(sorted(names)) or "none"


def nat_differences(place: Placement, facts: Facts, nat_ips: tuple[NatIp, ...]) -> dict[str, tuple[object, object]]:
    """What differs in number, static addresses, primary or subnet (domain.md §4.6): name to (expected, observed)."""
    pls = place.asked.pls
    if pls is None or pls.count is None or not static_list_parses(pls):
        return {}
    found: dict[str, tuple[object, object]] = {}
    statics = {str(grammar.ip(t)) for t in pls.static_ips}
    seen = {str(grammar.ip(n.ip)) for n in nat_ips if n.static and n.ip}
    if len(nat_ips) != pls.count:
        found["count"] = (pls.count, len(nat_ips))
    if statics != seen:
        found["static"] = (sorted(statics), sorted(seen))
    primary = next((n for n in nat_ips if n.primary), None)
    first = str(grammar.ip(pls.static_ips[0])) if pls.static_ips else None
    has = primary.ip if primary is not None and primary.static else None
    if primary is not None and has != first and "static" not in found:
        found["primary"] = (first or "dynamic", has or "dynamic")
    wanted = nat_subnet(place.asked)
    name = wanted or facts.cluster.subnet
    if name and not not_a_name(wanted):
        seen_in = {n.subnet_id for n in nat_ips if n.subnet_id}
        others = sorted({ids.last(subnet) for subnet in seen_in if not facts.in_subnet(subnet, name)})
        if others:
            found["subnet"] = (name, others)
    return found


@rule("pls-nat-ips-drifted", family=AZURE, severity=HIGH, per="service", needs=PLS)
def pls_nat_ips_drifted(place: Placement, facts: Facts) -> Claim | None:
    """The NAT addresses of a Private Link Service are not as the Service asks: number, static ones, primary or subnet.

    Why it matters: firewalls in front of the backend know the old addresses.

    How to fix: touch the Service; Azure may refuse to take addresses away, then the PLS must be made anew.

    When it is wrong: dynamic addresses, names and order are not compared.
    """
    it = attachment(place, facts)
    if it is None or not it.compared:
        return None
    found = nat_differences(place, facts, it.pls.nat_ips)
    if not found:
        return None
    said = "; ".join(f"{k} is {shown(right)}, not {shown(left)}" for k, (left, right) in found.items())
    return Claim(
        message=f"The NAT addresses of {it.pls.name} differ: {said}.", service=place.live.key, resource=it.pls.id,
        field="ipConfigurations", about=(keys.PLS_STATIC_IPS, keys.PLS_COUNT, keys.PLS_SUBNET),
        values={"expected": {k: v[0] for k, v in found.items()}, "azure": {k: v[1] for k, v in found.items()}},
        summary=RECONCILE, commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("pls-extra-frontend", family=AZURE, severity=MEDIUM, per="service", needs=PLS)
def pls_extra_frontend(place: Placement, facts: Facts) -> Claim | None:
    """The Private Link Service is on more frontends than its Service's.

    Why it matters: another Service is exposed to other networks, and nobody asked for that.

    How to fix: take the other frontend off; the controller never does.

    When it is wrong: never.
    """
    it = attachment(place, facts)
    if it is None or not it.compared:
        return None
    others = [f for f in it.pls.frontend_ids if f.lower() != it.spot.key]
    if not others:
        return None
    config = it.spot.frontend.id
    return Claim(
        message=f"{it.pls.name} exposes {', '.join(ids.last(f) for f in others)} too, beside this Service's frontend.",
        service=place.live.key, resource=it.pls.id, field="loadBalancerFrontendIpConfigurations",
        values={"expected": [ids.tail(it.spot.frontend.id)], "azure": [ids.tail(f) for f in it.pls.frontend_ids]},
        summary="take the other frontend off",
        commands=(f"az network private-link-service update --ids {it.pls.id} --lb-frontend-ip-configs {config}",),
    )  # fmt: skip
