"""Manifest rules about whether a Private Link Service is asked for, on what, and with which name and addresses."""

from auditor.controller import grammar, keys
from auditor.model.finding import Claim
from auditor.rules.facts import Declaration, Facts
from auditor.rules.net_asked import pinned
from auditor.rules.pls_asked import ARM_NAME, bad_static_ips, clean, exceeds_count
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, IN_GIT, MANIFEST, MEDIUM, annotate, declared


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
        field=keys.PLS_CREATE, about=tuple(found),
        summary="remove them, or ask for a PLS with azure-pls-create; " + IN_GIT,
        commands=tuple(annotate(it.key, k, None) for k in found),
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
