"""Manifest rules about the subnets that a Service names."""

from auditor.controller import grammar, keys
from auditor.controller.naming import MAX_NAME
from auditor.model.finding import Claim
from auditor.rules.facts import Declaration, Facts
from auditor.rules.net_asked import not_a_name
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, IN_GIT, LOW, MANIFEST, MEDIUM, annotate, declared

ROOM_FOR_SUBNET = MAX_NAME - 33
"""What `a` + 31 hex digits and a dash leave."""


@rule("subnet-without-internal", family=MANIFEST, severity=MEDIUM, per="declaration")
def subnet_without_internal(it: Declaration, _: Facts) -> Claim | None:
    """An internal-subnet annotation on a Service that is not internal.

    Why it matters: it is not read, and whoever wrote it meant the Service to be private.

    How to fix: set the internal annotation to exactly `"true"`, or remove the subnet.

    When it is wrong: never.
    """
    text = it.service.annotations.get(keys.INTERNAL_SUBNET)
    if it.asked.internal or not text or not grammar.trim(text):
        return None
    return declared(
        it, f"The internal subnet {text} is not read: the Service is not internal.", field=keys.INTERNAL_SUBNET,
        about=(keys.INTERNAL,), summary="make the Service internal; " + IN_GIT,
        commands=(annotate(it.key, keys.INTERNAL, "true"),),
    )  # fmt: skip


@rule("subnet-not-a-name", family=MANIFEST, severity=HIGH, per="declaration")
def subnet_not_a_name(it: Declaration, _: Facts) -> Claim | None:
    """A subnet annotation has white space around it, or is a resource id.

    Why it matters: the controller looks for a subnet of exactly that name in the cluster's virtual network and finds
    none.

    How to fix: write the bare name of the subnet.

    When it is wrong: never.
    """
    bad = [k for k in (keys.INTERNAL_SUBNET, keys.PLS_SUBNET) if not_a_name(it.service.annotations.get(k))]
    if not bad:
        return None
    text = it.service.annotations[bad[0]]
    name = grammar.trim(text).rstrip("/").rpartition("/")[2]
    return declared(
        it, f'"{text}" is not the bare name of a subnet.', field=bad[0], about=tuple(bad),
        summary="write the bare name; " + IN_GIT, commands=(annotate(it.key, bad[0], name),),
    )  # fmt: skip


@rule("subnet-name-truncated", family=MANIFEST, severity=LOW, per="declaration")
def subnet_name_truncated(it: Declaration, _: Facts) -> Claim | None:
    """The internal subnet's name is longer than 42 characters, so the frontend's name is cut.

    Why it matters: two subnets that begin alike give frontends of one name, and releases before 1.27 cut elsewhere,
    so that an upgrade makes the frontend anew.

    How to fix: use a shorter name for the subnet.

    When it is wrong: harmless while no other subnet begins with the same 42 characters.
    """
    subnet = it.asked.subnet
    if subnet is None or len(subnet) <= ROOM_FOR_SUBNET or not_a_name(subnet):
        return None
    return declared(
        it, f"The subnet's name has {len(subnet)} characters; frontend names keep the first {ROOM_FOR_SUBNET}.",
        field=keys.INTERNAL_SUBNET, summary="use a subnet with a shorter name",
        commands=("az network vnet subnet list -g RESOURCE_GROUP --vnet-name VNET --query '[].name' -o tsv",),
    )  # fmt: skip
