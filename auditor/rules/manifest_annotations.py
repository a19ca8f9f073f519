"""Manifest rules about annotations that do not do what they seem to: almost true, misspelt, obsolete, unread."""

import difflib
from collections.abc import Iterator

from auditor.controller import grammar, keys
from auditor.model.finding import Claim, Confidence
from auditor.rules.facts import Declaration, Facts
from auditor.rules.registry import rule
from auditor.rules.say import CRITICAL, HIGH, IN_GIT, LOW, MANIFEST, MEDIUM, annotate, declared, some

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
            value=shown, summary="remove it in Git" if text is None else f'write it in quotes, in Git: "{text}"',
            commands=(annotate(it.key, key, text),),
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
            it, ("This Service is public: the" if exposed else "The") + f" controller does not read {key}{hint}",
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
        it, f"Nobody reads {some(found)} here: the Service is {shape}.", about=tuple(found),
        value={key: it.service.annotations[key] for key in found}, summary="remove the annotations; " + IN_GIT,
        commands=tuple(annotate(it.key, key, None) for key in found),
    )  # fmt: skip
