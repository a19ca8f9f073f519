"""Manifest rules about the lists of a Private Link Service: how they are written, and whom they let in."""

from auditor.controller import grammar, keys
from auditor.model.finding import Claim
from auditor.rules.facts import Declaration, Facts
from auditor.rules.pls_asked import clean
from auditor.rules.registry import rule
from auditor.rules.say import CRITICAL, HIGH, IN_GIT, MANIFEST, MEDIUM, annotate, declared

LISTS = (keys.PLS_VISIBILITY, keys.PLS_AUTO_APPROVAL, keys.PLS_FQDNS, keys.PLS_STATIC_IPS)


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
        commands=(annotate(it.key, keys.PLS_VISIBILITY, rest or "$SUBSCRIPTION_ID"),),
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
