"""Manifest rules about the Private Link Service that a Service asks for; the first one judges those that do not ask."""

import re
from collections.abc import Iterator

from auditor.controller import grammar, keys
from auditor.controller.asked import PlsAsked
from auditor.model.finding import Claim
from auditor.rules.facts import Declaration, Facts
from auditor.rules.manifest_ip import pinned
from auditor.rules.registry import rule
from auditor.rules.say import CRITICAL, HIGH, IN_GIT, MANIFEST, MEDIUM, annotate, declared

ARM_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?\Z")
"""Microsoft.Network/privateLinkServices: 1-80 characters (Azure resource naming rules)."""
LISTS = (keys.PLS_VISIBILITY, keys.PLS_AUTO_APPROVAL, keys.PLS_FQDNS, keys.PLS_STATIC_IPS)


def clean(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens without a foreign separator in them."""
    return tuple(t for t in tokens if not grammar.SEPARATOR.search(t))


def bad_static_ips(pls: PlsAsked) -> list[str]:
    """Static NAT tokens that are no IPv4 address, separators left aside."""
    return [t for t in clean(pls.static_ips) if grammar.ip_of(t, 4) is None]


def static_list_parses(pls: PlsAsked) -> bool:
    """True if every token of the static list is an IPv4 address."""
    return all(grammar.ip_of(t, 4) is not None for t in pls.static_ips)


def exceeds_count(pls: PlsAsked) -> bool:
    """More distinct static addresses than NAT addresses, where both parse."""
    return pls.count is not None and static_list_parses(pls) and len(pls.static_ips) > pls.count


def can_never_be(it: Declaration) -> bool:
    """True if a manifest rule says that the controller (or Azure) refuses the PLS as it is asked for."""
    pls = it.asked.pls
    if pls is None:
        return False
    address = pinned(it, 4)
    return (
        (not it.asked.internal and it.asked.floating_ip)
        or it.only_v6
        or (pls.name is not None and not ARM_NAME.match(pls.name))
        or pls.count is None
        or not static_list_parses(pls)
        or exceeds_count(pls)
        or (address is not None and any(grammar.ip_of(t, 4) == address for t in pls.static_ips))
    )


@rule("pls-annotations-without-create", family=MANIFEST, severity=MEDIUM, per="declaration")
def pls_annotations_without_create(it: Declaration, _: Facts) -> Claim | None:
    """PLS annotations, but `azure-pls-create` is not true.

    Why it matters: the controller ignores them all. A PLS that exists stays as it is, whatever they say.

    How to fix: set `azure-pls-create` to `"true"`, or remove the others.

    When it is wrong: never.
    """
    if it.asked.pls:
        return None
    found = [k for k in keys.PLS_KEYS if k != keys.PLS_CREATE and k in it.service.annotations]
    if not found:
        return None
    return declared(
        it, f"{found[0].removeprefix(keys.PREFIX)} and the like are ignored: azure-pls-create is not true.",
        field=keys.PLS_CREATE, value={k: it.service.annotations[k] for k in found}, about=tuple(found),
        summary="set azure-pls-create, or remove the others; " + IN_GIT,
        commands=(annotate(it.key, keys.PLS_CREATE, "true"),),
    )  # fmt: skip


@rule("pls-on-public-service", family=MANIFEST, severity=HIGH, per="declaration")
def pls_on_public_service(it: Declaration, _: Facts) -> Claim | None:
    """A PLS is asked for on a Service that is not internal and has floating IP.

    Why it matters: the controller refuses it after it has made the public frontend.

    How to fix: make the Service internal, or disable floating IP.

    When it is wrong: never.
    """
    if not it.asked.pls or it.asked.internal or not it.asked.floating_ip:
        return None
    return declared(
        it, "A Private Link Service needs an internal Service (or floating IP off); this one is public.",
        field=keys.PLS_CREATE, about=(keys.INTERNAL,), summary="make the Service internal; " + IN_GIT,
        commands=(annotate(it.key, keys.INTERNAL, "true"),),
    )  # fmt: skip


@rule("pls-on-ipv6", family=MANIFEST, severity=HIGH, per="declaration")
def pls_on_ipv6(it: Declaration, _: Facts) -> Claim | None:
    """A PLS is asked for on an IPv6-only Service.

    Why it matters: Private Link Services are IPv4 only; the controller refuses it.

    How to fix: make the Service dual-stack or IPv4.

    When it is wrong: never.
    """
    if not it.asked.pls or not it.only_v6:
        return None
    return declared(
        it, "A Private Link Service cannot be made for an IPv6-only Service.", field="spec.ipFamilies", value="IPv6",
        about=(keys.PLS_CREATE,), summary="make it dual-stack, or drop the PLS; " + IN_GIT,
        commands=(annotate(it.key, keys.PLS_CREATE, None),),
    )  # fmt: skip


@rule("pls-name-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def pls_name_invalid(it: Declaration, _: Facts) -> Claim | None:
    """The PLS name is blank, too long, or has characters that ARM does not take.

    Why it matters: Azure refuses it, after the load balancer was already changed.

    How to fix: 1 to 80 letters, digits, `_`, `.` or `-`, beginning with a letter or digit.

    When it is wrong: never.
    """
    pls = it.asked.pls
    if not pls or pls.name is None or ARM_NAME.match(pls.name):
        return None
    return declared(
        it, f'"{pls.name}" cannot be the name of a Private Link Service.', field=keys.PLS_NAME,
        summary="choose a valid name, or remove the annotation for the default one; " + IN_GIT,
        commands=(annotate(it.key, keys.PLS_NAME, None),),
    )  # fmt: skip


@rule("pls-ip-count-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def pls_ip_count_invalid(it: Declaration, _: Facts) -> Claim | None:
    """The number of NAT addresses is not a whole number from 1 to 8.

    Why it matters: the controller refuses the PLS.

    How to fix: write a number from 1 to 8, or remove the annotation for 1.

    When it is wrong: never.
    """
    if not it.asked.pls or it.asked.pls.count is not None:
        return None
    text = it.service.annotations.get(keys.PLS_COUNT, "")
    return declared(
        it, f'The number of NAT addresses "{text}" is not a whole number from 1 to 8.', field=keys.PLS_COUNT,
        summary="write a number from 1 to 8; " + IN_GIT, commands=(annotate(it.key, keys.PLS_COUNT, "1"),),
    )  # fmt: skip


@rule("pls-static-ips-exceed-count", family=MANIFEST, severity=HIGH, per="declaration")
def pls_static_ips_exceed_count(it: Declaration, _: Facts) -> Claim | None:
    """More distinct static NAT addresses than NAT addresses.

    Why it matters: the controller refuses the PLS. Without a count annotation there is one.

    How to fix: raise the count to the number of addresses.

    When it is wrong: never.
    """
    pls = it.asked.pls
    if not pls or not exceeds_count(pls):
        return None
    count = str(len(pls.static_ips))
    return declared(
        it, f"{count} static NAT addresses, but only {pls.count} NAT address asked for.", field=keys.PLS_COUNT,
        about=(keys.PLS_STATIC_IPS,), value=pls.count, summary=f"set the count to {count}; {IN_GIT}",
        commands=(annotate(it.key, keys.PLS_COUNT, count),),
    )  # fmt: skip


@rule("pls-static-ip-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def pls_static_ip_invalid(it: Declaration, _: Facts) -> Claim | None:
    """A static NAT address is no IPv4 address, or is the Service's own pinned address.

    Why it matters: the controller, or Azure, refuses the PLS.

    How to fix: write free IPv4 addresses of the NAT subnet.

    When it is wrong: never.
    """
    if not it.asked.pls:
        return None
    address = pinned(it, 4)
    bad = bad_static_ips(it.asked.pls)
    own = [t for t in clean(it.asked.pls.static_ips) if address is not None and grammar.ip_of(t, 4) == address]
    if not bad and not own:
        return None
    said = f"{bad[0]} is no IPv4 address" if bad else f"{own[0]} is the Service's own address"
    good = [t for t in it.asked.pls.static_ips if t not in bad and t not in own]
    return declared(
        it, f"A static NAT address cannot be used: {said}.", field=keys.PLS_STATIC_IPS,
        summary="write free IPv4 addresses of the NAT subnet; " + IN_GIT,
        commands=(annotate(it.key, keys.PLS_STATIC_IPS, " ".join(good) or None),),
    )  # fmt: skip


@rule("pls-list-separator", family=MANIFEST, severity=HIGH, per="declaration")
def pls_list_separator(it: Declaration, _: Facts) -> Claim | None:
    """A list is separated by something else than single spaces.

    Why it matters: only the space separates. `a,b` is one entry that fits no subscription, name or address.

    How to fix: separate by single spaces.

    When it is wrong: never.
    """
    if not it.asked.pls:
        return None
    bad = [
        k for k in LISTS
        if any(grammar.SEPARATOR.search(t) for t in grammar.space_list(it.service.annotations.get(k)))
    ]  # fmt: skip
    if not bad:
        return None
    text = it.service.annotations[bad[0]]
    fixed = " ".join(grammar.SEPARATOR.sub(" ", text).split())
    return declared(
        it, f"{bad[0].removeprefix(keys.PREFIX)} is one entry, not a list: only spaces separate.", field=bad[0],
        about=tuple(bad), summary="separate by single spaces; " + IN_GIT, commands=(annotate(it.key, bad[0], fixed),),
    )  # fmt: skip


@rule("pls-subscription-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def pls_subscription_invalid(it: Declaration, _: Facts) -> Claim | None:
    """A token of visibility or auto-approval is neither a subscription id nor `*`.

    Why it matters: Azure refuses it, or nobody is meant by it.

    How to fix: write subscription ids (GUIDs), not names.

    When it is wrong: never.
    """
    if not it.asked.pls:
        return None
    lists = ((keys.PLS_VISIBILITY, it.asked.pls.visibility), (keys.PLS_AUTO_APPROVAL, it.asked.pls.auto_approval))
    bad = [(k, t) for k, tokens in lists for t in clean(tokens) if t != "*" and not grammar.GUID.match(t)]
    if not bad:
        return None
    key, token = bad[0]
    kept = [t for t in dict(lists)[key] if (key, t) not in bad]
    return declared(
        it, f'"{token}" is no subscription id.', field=key, about=tuple(dict.fromkeys(k for k, _ in bad)),
        summary="write subscription ids; " + IN_GIT, commands=(annotate(it.key, key, " ".join(kept) or None),),
    )  # fmt: skip


@rule("pls-visible-to-everyone", family=MANIFEST, severity=MEDIUM, per="declaration")
def pls_visible_to_everyone(it: Declaration, facts: Facts) -> Claim | None:
    """The PLS is visible to every subscription in Azure.

    Why it matters: anybody who learns the alias may ask for a connection.

    How to fix: list the subscriptions that need it. If it is meant, allow `*` in the policy (`allowedVisibility`).

    When it is wrong: for services offered to the world.
    """
    if not it.asked.pls or "*" not in it.asked.pls.visibility or "*" in facts.policy.allowed_visibility:
        return None
    rest = " ".join(t for t in it.asked.pls.visibility if t != "*")
    return declared(
        it, "The Private Link Service is visible to every subscription.", field=keys.PLS_VISIBILITY,
        summary="list the subscriptions that need it; " + IN_GIT,
        commands=(annotate(it.key, keys.PLS_VISIBILITY, rest or "SUBSCRIPTION-ID"),),
    )  # fmt: skip


@rule("pls-auto-approves-everyone", family=MANIFEST, severity=CRITICAL, per="declaration")
def pls_auto_approves_everyone(it: Declaration, facts: Facts) -> Claim | None:
    """Connections from every subscription are approved without asking.

    Why it matters: whoever can see the PLS is connected at once.

    How to fix: list the subscriptions, or leave the annotation out and approve by hand.

    When it is wrong: if the policy allows it (`allowedAutoApproval: ["*"]`).
    """
    if not it.asked.pls or "*" not in it.asked.pls.auto_approval or "*" in facts.policy.allowed_auto_approval:
        return None
    rest = " ".join(t for t in it.asked.pls.auto_approval if t != "*")
    return declared(
        it, "Private endpoint connections from every subscription are approved without asking.",
        field=keys.PLS_AUTO_APPROVAL, summary="list the subscriptions, or approve by hand; " + IN_GIT,
        commands=(annotate(it.key, keys.PLS_AUTO_APPROVAL, rest or None),),
    )  # fmt: skip


@rule("pls-auto-approval-ineffective", family=MANIFEST, severity=MEDIUM, per="declaration")
def pls_auto_approval_ineffective(it: Declaration, _: Facts) -> Claim | None:
    """Auto-approval lists subscriptions, but visibility is not `*`.

    Why it matters: it is documented to work only with visibility `*`; connections may stay pending.

    How to fix: approve by hand, or widen the visibility if that is meant.

    When it is wrong: Azure may honour it for subscriptions that are also visible.
    """
    pls = it.asked.pls
    if not pls or "*" in pls.visibility or not any(grammar.GUID.match(t) for t in pls.auto_approval):
        return None
    return declared(
        it, "Auto-approval is documented to work only with visibility *; connections may stay pending.",
        field=keys.PLS_AUTO_APPROVAL, about=(keys.PLS_VISIBILITY,), summary="remove it and approve by hand; " + IN_GIT,
        commands=(annotate(it.key, keys.PLS_AUTO_APPROVAL, None),),
    )  # fmt: skip


def _probe_ports(it: Declaration) -> Iterator[str]:
    for port in it.asked.ports:
        key = keys.port_key(port.port, "health-probe_port")
        if key in it.service.annotations:
            yield key


@rule("pls-proxy-breaks-probe", family=MANIFEST, severity=HIGH, per="declaration")
def pls_proxy_breaks_probe(it: Declaration, _: Facts) -> Claim | None:
    """A PLS with proxy protocol on a Local Service that has no probe port of its own.

    Why it matters: the health check of kube-proxy cannot read the PROXY header, so the controller falls back to
    probing the node ports, which then see the header too.

    How to fix: give the port a probe port that speaks without the header (`port_<port>_health-probe_port`).

    When it is wrong: if the backend reads the PROXY header on its probe port.
    """
    pls = it.asked.pls
    if not pls or not pls.proxy or not it.asked.local or any(_probe_ports(it)):
        return None
    first = it.asked.ports[0].port if it.asked.ports else 80
    return declared(
        it, "Proxy protocol breaks the health probe of a Local Service that has no probe port of its own.",
        field=keys.PLS_PROXY, about=("spec.externalTrafficPolicy",), summary="give it a probe port; " + IN_GIT,
        commands=(annotate(it.key, keys.port_key(first, "health-probe_port"), "PORT"),),
    )  # fmt: skip
