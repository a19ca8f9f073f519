"""Manifest rules about a Service's own shape: ports, choice of load balancer, idle timeout, source ranges."""

import dataclasses

from auditor.controller import grammar, keys, lbrules
from auditor.model.finding import Claim
from auditor.model.service import Declared
from auditor.rules.facts import Declaration, Facts
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, IN_GIT, LOW, MANIFEST, MEDIUM, annotate, declared, patch, show


@rule("service-declared-twice", family=MANIFEST, severity=HIGH, per="any-declaration",
      variants="low where all say the same")  # fmt: skip
def service_declared_twice(it: Declaration, _: Facts) -> Claim | None:
    """Git declares the Service more than once for one cluster.

    Why it matters: which of them the cluster has hangs on who applies last, and a review of one says little. As long as
    there are several, what the cluster has of any of them is no drift, and only the last is checked.

    How to fix: keep one.

    When it is wrong: if the paths hold what several clusters get; name those of one cluster.
    """
    if not isinstance(it.service, Declared) or not it.service.also:
        return None
    every = (*it.service.also, it.service)
    if not (any(one.in_scope for one in every) or (it.live is not None and it.live.in_scope)):
        return None
    places = _places(every)
    alike = all(_said(one) == _said(it.service) for one in it.service.also)
    times = {2: "twice"}.get(len(every), f"{'at least ' if it.service.undecided else ''}{len(every)} times")
    return Claim(
        message=f"Git declares {it.key} {times}: {', '.join(places[:-1])} and {places[-1]}.", service=it.key,
        about=("metadata.name",), values={"git": places}, severity=LOW if alike else None,
        summary="keep one of them", commands=(show(it.key),),
    )  # fmt: skip


def _places(declared: tuple[Declared, ...]) -> list[str]:
    in_one = len({one.source for one in declared}) == 1
    places = [f"{'' if in_one else f'{one.source}/'}{one.path}:{one.line}" for one in declared]
    if len(set(places)) == len(places):
        return places
    # Several roots change one base, each in its own way.
    roots = [f" (built of {one.root})" if one.root else "" for one in declared]
    return [place + root for place, root in zip(places, roots, strict=True)]


def _said(one: Declared) -> Declared:
    """All that it says, wherever it stands."""
    return dataclasses.replace(one, source="", path="", line=0, places={}, root=None, also=())


@rule("ha-ports-ineffective", family=MANIFEST, severity=MEDIUM, per="declaration")
def ha_ports_ineffective(it: Declaration, _: Facts) -> Claim | None:
    """High-availability ports on a Service that is not internal, or on one with several ports.

    Why it matters: a public load balancer has no high-availability ports; and with them all ports of the frontend
    are forwarded, so a list of ports says less than happens.

    How to fix: remove the annotation, or make the Service internal with one port.

    When it is wrong: several ports are legal if they are meant as documentation only.
    """
    if not it.asked.ha_ports or (it.asked.internal and len(it.asked.ports) <= 1):
        return None
    why = "one rule forwards every port, not just those listed" if it.asked.internal else "the Service is not internal"
    return declared(
        it, f"High-availability ports do not do what they seem to: {why}.", field=keys.HA_PORTS, about=("spec.ports",),
        summary="remove the annotation; " + IN_GIT, commands=(annotate(it.key, keys.HA_PORTS, None),),
    )  # fmt: skip


@rule("sctp-on-public-service", family=MANIFEST, severity=HIGH, per="declaration")
def sctp_on_public_service(it: Declaration, _: Facts) -> Claim | None:
    """An SCTP port on a Service that is not internal.

    Why it matters: the controller refuses the whole Service: SCTP needs high-availability ports of an internal load
    balancer.

    How to fix: make the Service internal, or drop the SCTP port.

    When it is wrong: never.
    """
    if it.asked.internal or not any(p.protocol == "SCTP" for p in it.asked.ports):
        return None
    return declared(
        it, "The controller refuses SCTP on a Service that is not internal.", field="spec.ports", value="SCTP",
        summary="make the Service internal or drop the port; " + IN_GIT,
        commands=(annotate(it.key, keys.INTERNAL, "true"),),
    )  # fmt: skip


@rule("load-balancer-configuration-unknown", family=MANIFEST, severity=HIGH, per="declaration")
def load_balancer_configuration_unknown(it: Declaration, facts: Facts) -> Claim | None:
    """`azure-load-balancer-configurations` names only load balancers that are not configured.

    Why it matters: where several load balancers are configured, a Service that selects none of them is refused.

    How to fix: name a configured load balancer, or remove the annotation to let the controller choose.

    When it is wrong: if the recorded controller configuration is out of date.
    """
    known = {name.lower() for name in facts.cluster.multiple_load_balancers or ()}
    if not known:
        return None
    asked = [(k, v) for k, v in it.service.annotations.items() if k.lower() == keys.CONFIGURATIONS]
    names = [name.lower() for _, text in asked for name in grammar.comma_list(text) if name]
    if not names or any(name in known for name in names):
        return None
    return declared(
        it, f"None of {', '.join(names)} is a configured load balancer; there is {', '.join(sorted(known))}.",
        field=asked[0][0], summary="name a configured load balancer; " + IN_GIT,
        commands=(annotate(it.key, asked[0][0], min(known)),),
    )  # fmt: skip


@rule("idle-timeout-invalid", family=MANIFEST, severity=MEDIUM, per="declaration")
def idle_timeout_invalid(it: Declaration, _: Facts) -> Claim | None:
    """The idle timeout is not a whole number of minutes from 4 to 100.

    Why it matters: the controller refuses the whole Service, with an error that speaks of high-availability ports.

    How to fix: write a whole number from 4 to 100, in quotes.

    When it is wrong: never.
    """
    text = it.service.annotations.get(keys.IDLE_TIMEOUT)
    if text is None or lbrules.idle_timeout(it.asked) is not None:
        return None
    return declared(
        it, f'The idle timeout "{text}" is not a whole number from 4 to 100.', field=keys.IDLE_TIMEOUT,
        summary="write minutes from 4 to 100; " + IN_GIT, commands=(annotate(it.key, keys.IDLE_TIMEOUT, "4"),),
    )  # fmt: skip


RANGES = (keys.ALLOWED_RANGES, keys.SOURCE_RANGES)


def _annotated_ranges(it: Declaration) -> list[str]:
    return [r for key in RANGES for r in grammar.comma_list(it.service.annotations.get(key))]


@rule("ip-ranges-invalid", family=MANIFEST, severity=HIGH, per="declaration")
def ip_ranges_invalid(it: Declaration, _: Facts) -> Claim | None:
    """An allowed source range is no CIDR, or has host bits set.

    Why it matters: there is no error and no event. The controller leaves the range out and puts the Service's address
    into the network security group's deny-all rule.

    How to fix: write the network, as in `10.0.0.0/8`.

    When it is wrong: never.
    """
    written = [(key, grammar.comma_list(it.service.annotations.get(key))) for key in RANGES]
    written.append(("spec.loadBalancerSourceRanges", tuple(grammar.trim(r) for r in it.service.source_ranges or ())))
    bad = [r for _, ranges in written for r in ranges if grammar.cidr(r) is None]
    about = tuple(where for where, ranges in written if any(grammar.cidr(r) is None for r in ranges))
    if not bad:
        return None
    return declared(
        it, f"{', '.join(repr(r) for r in bad)} is no CIDR without host bits: the range is silently denied.",
        field=about[0], about=about, value=bad,
        summary="write each range as a network, as in 10.0.0.0/8, in Git",
        commands=(f"kubectl get service -n {it.key.namespace} {it.key.name} -o yaml | grep -n -i ranges",),
    )  # fmt: skip


@rule("source-ranges-conflict", family=MANIFEST, severity=HIGH, per="declaration")
def source_ranges_conflict(it: Declaration, _: Facts) -> Claim | None:
    """`spec.loadBalancerSourceRanges` and a range annotation are both set.

    Why it matters: the controller refuses the combination and does not reconcile the Service.

    How to fix: keep one of the two.

    When it is wrong: never.
    """
    spec = [r for r in it.service.source_ranges or () if grammar.cidr(grammar.trim(r))]
    noted = [r for r in _annotated_ranges(it) if grammar.cidr(r)]
    if not spec or not noted:
        return None
    about = tuple(k for k in RANGES if k in it.service.annotations)
    return declared(
        it, "The controller refuses source ranges in both the spec and an annotation.",
        field="spec.loadBalancerSourceRanges", about=about, value={"spec": spec, "annotation": noted},
        summary="keep one of the two; " + IN_GIT, commands=(patch(it.key, '{"loadBalancerSourceRanges":null}'),),
    )  # fmt: skip
