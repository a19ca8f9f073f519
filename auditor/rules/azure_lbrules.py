"""Azure rules about load-balancing rules and probes: missing, extra, or different."""

from collections.abc import Iterator
from typing import Any

from auditor.controller.placement import Placement
from auditor.model.finding import Claim
from auditor.rules.facts import Facts
from auditor.rules.lbrules_state import compare, probe_differences, rule_differences
from auditor.rules.registry import LBS, rule
from auditor.rules.say import AZURE, HIGH, LOW, MEDIUM, RECONCILE, shown, touch


def _drift(place: Placement, what: str, name: str, resource: str, found: dict[str, Any]) -> Claim:
    said = "; ".join(f"{k} is {shown(right)}, not {shown(left)}" for k, (left, right) in found.items())
    return Claim(
        message=f"The {what} {name} differs: {said}.", service=place.live.key, resource=resource, field=",".join(found),
        values={"expected": {k: v[0] for k, v in found.items()}, "azure": {k: v[1] for k, v in found.items()}},
        summary=RECONCILE, commands=(touch(place.live.key),),
    )  # fmt: skip


def _presence(place: Placement, message: str, resource: str, *, expected: str | None, azure: str | None) -> Claim:
    return Claim(
        message=message, service=place.live.key, resource=resource, values={"expected": expected, "azure": azure},
        summary=RECONCILE, commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("lb-rule-missing", family=AZURE, severity=HIGH, per="service", subject="resource", needs=LBS)
def lb_rule_missing(place: Placement, facts: Facts) -> Iterator[Claim]:
    """A load-balancing rule of the Service does not exist.

    Why it matters: nothing is forwarded for that port.

    How to fix: touch the Service; the controller writes its rules again.

    When it is wrong: never while the load balancer was read.
    """
    for spot, wanted in compare(place, facts).missing_rules:
        yield _presence(
            place,
            f"Port {wanted.frontend_port or 'any'} of {place.live.key} is not forwarded: its rule does not exist.",
            f"{spot.lb.id}/loadBalancingRules/{wanted.name}", expected=wanted.name, azure=None,
        )  # fmt: skip


@rule("lb-rule-extra", family=AZURE, severity=MEDIUM, per="service", subject="resource", needs=LBS)
def lb_rule_extra(place: Placement, facts: Facts) -> Iterator[Claim]:
    """A load-balancing rule bears the Service's prefix, and the Service does not ask for it.

    Why it matters: a port is forwarded that nobody declares.

    How to fix: touch the Service; the controller removes the rule.

    When it is wrong: never.
    """
    for seen in compare(place, facts).extra_rules:
        yield _presence(
            place, f"The rule {seen.name} forwards port {seen.frontend_port}, which {place.live.key} does not ask for.",
            seen.id, expected=None, azure=seen.name,
        )  # fmt: skip


@rule("lb-rule-drifted", family=AZURE, severity=HIGH, per="service", subject="resource", needs=LBS)
def lb_rule_drifted(place: Placement, facts: Facts) -> Iterator[Claim]:
    """A load-balancing rule differs from what the controller writes.

    Why it matters: traffic goes elsewhere, or is treated otherwise, than the Service says.

    How to fix: touch the Service; the controller writes the rule again.

    When it is wrong: fields that depend on controller configuration (outbound SNAT) are not compared.
    """
    for spot, wanted, seen in compare(place, facts).rules:
        found = rule_differences(place, facts, spot, wanted, seen)
        if found:
            yield _drift(place, "rule", seen.name, seen.id, found)


@rule("probe-missing", family=AZURE, severity=HIGH, per="service", subject="resource", needs=LBS)
def probe_missing(place: Placement, facts: Facts) -> Iterator[Claim]:
    """A health probe of the Service does not exist.

    Why it matters: traffic goes to nodes that are not healthy.

    How to fix: touch the Service; the controller writes its probes again.

    When it is wrong: never while the load balancer was read.
    """
    for spot, wanted in compare(place, facts).missing_probes:
        yield _presence(
            place, f"The health probe {wanted.name} of {place.live.key} does not exist.",
            f"{spot.lb.id}/probes/{wanted.name}", expected=wanted.name, azure=None,
        )  # fmt: skip


@rule("probe-extra", family=AZURE, severity=LOW, per="service", subject="resource", needs=LBS)
def probe_extra(place: Placement, facts: Facts) -> Iterator[Claim]:
    """A health probe bears the Service's prefix, and the controller would not make it.

    Why it matters: it is clutter, and it hides what really decides health.

    How to fix: touch the Service; the controller removes it.

    When it is wrong: never.
    """
    for seen in compare(place, facts).extra_probes:
        yield _presence(
            place, f"The health probe {seen.name} is not one that {place.live.key} asks for.", seen.id,
            expected=None, azure=seen.name,
        )  # fmt: skip


@rule("probe-drifted", family=AZURE, severity=MEDIUM, per="service", subject="resource", needs=LBS)
def probe_drifted(place: Placement, facts: Facts) -> Iterator[Claim]:
    """A health probe differs from what the controller writes.

    Why it matters: healthy nodes get no traffic, or sick ones do.

    How to fix: touch the Service; the controller writes the probe again.

    When it is wrong: a path that differs in letter case only is not reported; the controller never corrects it.
    """
    for wanted, seen in compare(place, facts).probes:
        found = probe_differences(wanted, seen)
        if found:
            yield _drift(place, "health probe", seen.name, seen.id, found)
