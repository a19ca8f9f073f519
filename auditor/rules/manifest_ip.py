"""Manifest rules about the addresses that a Service asks for."""

import ipaddress
from collections.abc import Iterator

from auditor.controller import grammar, keys
from auditor.model.finding import Claim
from auditor.rules.facts import Declaration, Facts
from auditor.rules.net_asked import pinned
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, IN_GIT, LOW, MANIFEST, MEDIUM, annotate, declared, patch

NOT_PUBLIC = tuple(
    ipaddress.ip_network(n)
    for n in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
        "168.63.129.16/32", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""What Azure gives to nobody in public (azure_publicip_repo.go:41)."""
FIELD = "spec.loadBalancerIP"


def _raw(it: Declaration) -> Iterator[tuple[str, str, int | None]]:
    """Where an address is asked for, its text, and the family that place demands (None: either)."""
    for key, version in ((keys.IPV4, 4), (keys.IPV6, 6)):
        if text := it.service.annotations.get(key):
            yield key, text, version
    if it.service.load_balancer_ip:
        yield FIELD, it.service.load_balancer_ip, None


def ip_problem(it: Declaration, text: str, version: int | None) -> str | None:
    """What is wrong with a requested address; None if nothing is."""
    address = grammar.ip(text)
    if address is None:
        blank = grammar.trim(text) != text and grammar.ip(grammar.trim(text)) is not None
        return "has white space around it" if blank else "is no IP address"
    if version is not None and address.version != version:
        return f"is no IPv{version} address"
    if version is None and it.families is not None and f"IPv{address.version}" not in it.families:
        return f"is an IPv{address.version} address, which the Service does not have"
    return None if str(address) == text else f"is not written as Azure writes it: {address}"


@rule("ip-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def ip_invalid(it: Declaration, _: Facts) -> Claim | None:
    """A requested address does not parse, is of the wrong family, or is not in canonical text.

    Why it matters: the controller passes the text to Azure as it is and compares it as text: it is refused, ignored,
    or changed again at every reconcile.

    How to fix: write the address in its canonical form under the key of its family.

    When it is wrong: never.
    """
    bad = [(where, text, problem) for where, text, version in _raw(it) if (problem := ip_problem(it, text, version))]
    if not bad:
        return None
    where, text, problem = bad[0]
    fixed = grammar.ip(grammar.trim(text))
    command = (
        patch(it.key, '{"loadBalancerIP":null}')
        if where == FIELD
        else annotate(
            it.key, where, str(fixed) if fixed and fixed.version == (4 if where == keys.IPV4 else 6) else None
        )
    )
    return declared(
        it, f'The requested address "{text}" {problem}.', field=where, about=tuple(w for w, _, _ in bad), value=text,
        summary="write a valid address, or remove it (Azure then chooses one); " + IN_GIT, commands=(command,),
    )  # fmt: skip


@rule("ip-private-on-public-service", family=MANIFEST, severity=HIGH, per="declaration")
def ip_private_on_public_service(it: Declaration, _: Facts) -> Claim | None:
    """A Service that is not internal asks for a private address.

    Why it matters: the controller refuses it. Usually somebody dropped the internal annotation, and the Service waits
    for a public address that it cannot have.

    How to fix: put the internal annotation back, or drop the address.

    When it is wrong: never for these ranges.
    """
    if it.asked.internal:
        return None
    for version in (4, 6):
        address = pinned(it, version)
        if address is None or not any(address in network for network in NOT_PUBLIC):
            continue
        key = keys.ip_key(version)
        where = key if it.service.annotations.get(key) else FIELD
        return declared(
            it, f"This Service is not internal, yet it asks for the private address {address}.", field=where,
            about=(keys.INTERNAL,), value=str(address), summary="make the Service internal again; " + IN_GIT,
            commands=(annotate(it.key, keys.INTERNAL, "true"),),
        )  # fmt: skip
    return None


@rule("ip-in-deprecated-field", family=MANIFEST, severity=LOW, per="declaration")
def ip_in_deprecated_field(it: Declaration, _: Facts) -> Claim | None:
    """`spec.loadBalancerIP` is set.

    Why it matters: Kubernetes deprecated the field in 1.24; it cannot speak of two families, and annotations win.

    How to fix: use `azure-load-balancer-ipv4` or `-ipv6`.

    When it is wrong: never; it still works, hence low.
    """
    text = it.service.load_balancer_ip
    if not text:
        return None
    key = keys.IPV6 if grammar.ip_of(text, 6) else keys.IPV4
    return declared(
        it, f"{FIELD} is deprecated; the annotation {key} does the same.", field=FIELD, value=text,
        summary="move the address to the annotation; " + IN_GIT,
        commands=(annotate(it.key, key, text), patch(it.key, '{"loadBalancerIP":null}')),
    )  # fmt: skip


@rule("ip-sources-conflict", family=MANIFEST, severity=MEDIUM, per="declaration")
def ip_sources_conflict(it: Declaration, _: Facts) -> Claim | None:
    """An IP annotation and `spec.loadBalancerIP` ask for different addresses of one family.

    Why it matters: the annotation wins, silently.

    How to fix: remove the field.

    When it is wrong: never.
    """
    there = grammar.ip(it.service.load_balancer_ip) if it.service.load_balancer_ip else None
    if there is None:
        return None
    key = keys.ip_key(there.version)
    here = grammar.ip_of(it.service.annotations.get(key), there.version)
    if here is None or here == there:
        return None
    return declared(
        it, f"The annotation asks for {here}, {FIELD} for {there}; the annotation wins.", field=key, about=(FIELD,),
        value={"annotation": str(here), FIELD: str(there)}, summary="remove the field; " + IN_GIT,
        commands=(patch(it.key, '{"loadBalancerIP":null}'),),
    )  # fmt: skip


@rule("ip-dual-stack-half-pinned", family=MANIFEST, severity=LOW, per="declaration")
def ip_dual_stack_half_pinned(it: Declaration, _: Facts) -> Claim | None:
    """A dual-stack Service pins the address of one family only.

    Why it matters: the other address changes whenever the frontend is made anew.

    How to fix: pin both, or none.

    When it is wrong: if only one address is given to consumers on purpose.
    """
    if it.families is None or len(it.families) == 1:
        return None
    asked = {v: it.asked.requested(v6=v == grammar.V6) for v in (grammar.V4, grammar.V6)}
    if any(text and grammar.ip_of(text, v) is None for v, text in asked.items()):
        return None
    free = [v for v, text in asked.items() if not text]
    if len(free) != 1:
        return None
    key = keys.ip_key(free[0])
    return declared(
        it, f"The IPv{10 - free[0]} address is pinned, the IPv{free[0]} address is not.", field=key, value="not set",
        about=(keys.IPV4, keys.IPV6, FIELD), summary=f"pin the address it has with {key}, in Git",
        commands=(
            f"kubectl get service -n {it.key.namespace} {it.key.name} -o jsonpath='{{.status.loadBalancer.ingress}}'",
        ),
    )  # fmt: skip
