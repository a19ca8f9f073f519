"""Manifest rules about a Service's own shape: which load balancer it gets, and its annotation keys."""

import difflib
from collections.abc import Iterator

from auditor.controller import grammar, keys
from auditor.model.finding import Claim, Confidence
from auditor.rules.facts import Declaration, Facts
from auditor.rules.registry import rule
from auditor.rules.say import CRITICAL, HIGH, IN_GIT, LOW, MANIFEST, MEDIUM, annotate, declared, patch

MEANS_YES = frozenset({"yes", "y", "1", "on", "t", "enable", "enabled"})


@rule("internal-not-exactly-true", family=MANIFEST, severity=CRITICAL, per="declaration")
def internal_not_exactly_true(it: Declaration, _: Facts) -> Claim | None:
    """The internal annotation is almost `true`, so the Service is public.

    Why it matters: the controller compares byte for byte. `"True"` or `" true "` gives the Service a public address,
    and nobody sees an error.

    How to fix: write exactly `"true"`, in quotes.

    When it is wrong: never; the API server stores the text as it is.
    """
    text = it.service.annotations.get(keys.INTERNAL)
    if text is None or text == "true" or not grammar.trim_fold_true(text):
        return None
    return declared(
        it, f'"{text}" is not "true": Azure gives this Service a public address.', field=keys.INTERNAL,
        summary='write exactly "true"; ' + IN_GIT, commands=(annotate(it.key, keys.INTERNAL, "true"),),
    )  # fmt: skip


@rule("internal-not-a-boolean", family=MANIFEST, severity=HIGH, per="declaration")
def internal_not_a_boolean(it: Declaration, _: Facts) -> Claim | None:
    """The internal annotation says yes in a word that the controller takes for no.

    Why it matters: `yes`, `1` or `on` mean public, like every text that is not exactly `true`.

    How to fix: write exactly `"true"`, or remove the annotation if the Service is meant to be public.

    When it is wrong: never for the words it lists.
    """
    text = it.service.annotations.get(keys.INTERNAL)
    if text is None or grammar.trim(text).lower() not in MEANS_YES:
        return None
    return declared(
        it, f'"{text}" is not "true": the controller makes this Service public.', field=keys.INTERNAL,
        summary='write exactly "true"; ' + IN_GIT, commands=(annotate(it.key, keys.INTERNAL, "true"),),
    )  # fmt: skip


@rule("annotation-not-a-string", family=MANIFEST, severity=HIGH, per="declaration", subject="field")
def annotation_not_a_string(it: Declaration, _: Facts) -> Iterator[Claim]:
    """An annotation's value is not a string in YAML, so the API server refuses the manifest.

    Why it matters: `true`, `15` or `*` without quotes is a boolean, a number or a broken alias. `kubectl apply` fails
    and the cluster keeps what it had.

    How to fix: put the value in quotes.

    When it is wrong: kustomize quotes such values by itself; what it renders is never reported.
    """
    for key, kind in sorted(getattr(it.service, "not_strings", {}).items()):
        text = it.service.annotations.get(key)
        shown = "null" if text is None else text
        yield declared(
            it, f"{key} is {_article(kind)} in YAML, not a string: the API server refuses the manifest.", field=key,
            value=shown, summary=f'write it in quotes: "{text or ""}"',
            commands=() if text is None else (annotate(it.key, key, text),),
        )  # fmt: skip


def _article(kind: str) -> str:
    return {"bool": "a boolean", "alias": "a broken alias"}.get(kind, f"a {kind}")


@rule("annotation-unknown", family=MANIFEST, severity=MEDIUM, per="declaration", subject="field",
      variants="critical when it was meant to keep the Service private")  # fmt: skip
def annotation_unknown(it: Declaration, _: Facts) -> Iterator[Claim]:
    """An annotation looks like one of the controller's, but no release reads this key.

    Why it matters: keys are matched letter by letter, so a misspelt one does nothing at all. If it was to make the
    Service internal, the Service is public.

    How to fix: write the key as the message suggests, or remove it.

    When it is wrong: a release newer than this tool may know the key.
    """
    for key in sorted(it.service.annotations):
        if not keys.is_mistaken(key):
            continue
        value = it.service.annotations[key]
        exposed = keys.meant_internal(key) and grammar.trim_fold_true(value) and not it.asked.internal
        near = nearest(key)
        hint = f"; did you mean {near}?" if near else "."
        yield declared(
            it, ("This Service is public: " if exposed else "") + f"the controller does not read {key}{hint}",
            field=key, severity=CRITICAL if exposed else None,
            summary=f"rename it to {near}; {IN_GIT}" if near else "remove it in Git",
            commands=(annotate(it.key, near, value),) if near else (annotate(it.key, key, None),),
        )  # fmt: skip


def nearest(key: str) -> str | None:
    """The known key that a mistaken one is nearest to; None if none is near."""
    if keys.meant_internal(key):
        return keys.INTERNAL
    known = {k.lower(): k for k in keys.KNOWN}
    name = key.lower()
    if not name.startswith(keys.PREFIX):
        name = keys.PREFIX + name.rpartition("/")[2]
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return known[found[0]] if found else None


@rule("annotation-obsolete", family=MANIFEST, severity=LOW, per="declaration", subject="field")
def annotation_obsolete(it: Declaration, facts: Facts) -> Iterator[Claim]:
    """An annotation that no release reads any more, or that a Standard load balancer ignores.

    Why it matters: it suggests a behaviour that is not there.

    How to fix: remove it.

    When it is wrong: `azure-load-balancer-mode` works on Basic load balancers, which were retired in 2025.
    """
    basic = any((lb.sku or "").lower() == "basic" for lb in facts.estate.lbs)
    for key in sorted(it.service.annotations):
        if key in keys.OBSOLETE or (key == keys.MODE and not basic):
            seen = key in keys.OBSOLETE or bool(facts.estate.lbs)
            yield declared(
                it, f"{key} has no effect: "
                + ("no release reads it any more." if key in keys.OBSOLETE else "a Standard load balancer ignores it."),
                field=key, confidence=Confidence.HIGH if seen else Confidence.MEDIUM, summary="remove it; " + IN_GIT,
                commands=(annotate(it.key, key, None),),
            )  # fmt: skip


@rule("annotation-without-effect", family=MANIFEST, severity=LOW, per="any-declaration")
def annotation_without_effect(it: Declaration, _: Facts) -> Claim | None:
    """Load-balancer or PLS annotations on a Service that the Azure controller does not look at.

    Why it matters: the controller handles `type: LoadBalancer` without a `loadBalancerClass`, and nothing else.

    How to fix: change the type, remove the class, or remove the annotations.

    When it is wrong: another controller may read the same keys for its own load balancer class.
    """
    if it.service.in_scope:
        return None
    found = sorted(key for key in it.service.annotations if keys.is_ours(key))
    if not found:
        return None
    shape = f"type {it.service.type}"
    if it.service.load_balancer_class:
        shape += f", loadBalancerClass {it.service.load_balancer_class}"
    return declared(
        it, f"Nobody reads {_some(found)} here: the Service is {shape}.", about=tuple(found),
        value={key: it.service.annotations[key] for key in found}, summary="remove the annotations; " + IN_GIT,
        commands=tuple(annotate(it.key, key, None) for key in found),
    )  # fmt: skip


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


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
        commands=(annotate(it.key, asked[0][0], sorted(known)[0]),),
    )  # fmt: skip


@rule("idle-timeout-invalid", family=MANIFEST, severity=MEDIUM, per="declaration")
def idle_timeout_invalid(it: Declaration, _: Facts) -> Claim | None:
    """The idle timeout is not a whole number of minutes from 4 to 100.

    Why it matters: the controller refuses the whole Service, with an error that speaks of high-availability ports.

    How to fix: write a whole number from 4 to 100, in quotes.

    When it is wrong: never.
    """
    text = it.service.annotations.get(keys.IDLE_TIMEOUT)
    if text is None:
        return None
    minutes = grammar.int32(text)
    if minutes is not None and 4 <= minutes <= 100:  # noqa: PLR2004 - Azure's limits, said in the page
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
    spec = [grammar.trim(r) for r in it.service.source_ranges or ()]
    bad = [r for r in [*_annotated_ranges(it), *spec] if grammar.cidr(r) is None]
    if not bad:
        return None
    about = tuple(k for k in RANGES if k in it.service.annotations)
    return declared(
        it, f"{', '.join(repr(r) for r in bad)} is no CIDR without host bits: the range is silently denied.",
        field=about[0] if about else "spec.loadBalancerSourceRanges", about=about, value=bad,
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
