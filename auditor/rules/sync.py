"""Sync rules: does the cluster have what Git declares?"""

import shlex
from collections.abc import Iterator
from typing import Any

from auditor.controller import keys, meaning
from auditor.model.finding import Blind, Claim
from auditor.model.service import LOAD_BALANCER, Declared, Live, Port, Service
from auditor.rules.facts import Declaration, Facts, Pair
from auditor.rules.ignored import applied_by, extraneous, marked
from auditor.rules.made_by import FLUX_NAME, HELM_NAME, of_another_object
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, MEDIUM, SYNC, annotate, patch, show

GRAVE = frozenset({keys.INTERNAL, keys.PLS_VISIBILITY, keys.PLS_AUTO_APPROVAL, keys.PLS_CREATE})
UNREAD = (
    "an Application or Kustomization of which nothing is read applied it; add its repository, or set `intent` to "
    "`argocd` or `flux`"
)
AS_GIT_SAYS = "let the GitOps tool apply Git, or take the change over into Git"


@rule("service-missing", family=SYNC, severity=HIGH, per="declaration", needs=("manifests", "services"))
def service_missing(it: Declaration, facts: Facts) -> Claim | Blind | None:
    """Git declares the Service, the cluster does not have it.

    Why it matters: whoever relies on its address or Private Link Service reaches nothing.

    How to fix: find out why the GitOps tool did not apply it, and apply it.

    When it is wrong: if the manifest is meant for another cluster; exclude its path then.
    """
    if it.live is not None or not isinstance(it.service, Declared):
        return None
    if facts.blind("services"):
        return Blind(str(it.key), "services")
    return Claim(
        message=f"Git declares {it.key}, the cluster does not have it.", service=it.key, about=("metadata.name",),
        values={"git": "declared", "cluster": None},
        summary="apply the manifest" if it.service.root is None else f"apply what is built of {it.service.root}",
        commands=_manifest(it.service, "apply"),
    )  # fmt: skip


@rule("service-not-in-git", family=SYNC, severity=MEDIUM, per="declaration", needs=("manifests", "services"))
def service_not_in_git(it: Declaration, facts: Facts) -> Claim | Blind | None:
    """A live internal or Private Link Service that no manifest declares.

    Why it matters: nobody reviews it, and nobody brings it back after a rebuild.

    How to fix: put its manifest into Git, or delete the Service.

    When it is wrong: for Services that an operator or a Helm release makes; those with an ownerReference, a release
    annotation or the label of a gateway are not reported, nor those that Argo CD is told to leave
    (`IgnoreExtraneous`), nor those that carry the name of an Application in Git. What was applied
    by an Application or Kustomization of which nothing is read is not judged. Ignore other namespaces by policy.
    """
    live = it.service
    if not isinstance(live, Live) or not (it.asked.internal or it.asked.pls):
        return None
    made = of_another_object(live) or HELM_NAME in live.annotations or FLUX_NAME in live.labels
    if made or extraneous(live) or live.deleted_at or live.namespace in facts.policy.ignored_namespaces:
        return None
    if facts.blind("manifests"):
        return Blind(str(it.key), "manifests")
    if marked(live) and not any(applied_by(owner, live) for source in facts.snapshot.git for owner in source.owners):
        return Blind(str(it.key), "manifests", UNREAD)
    return Claim(
        message=f"{it.key} is live, and no manifest in Git declares it.", service=it.key,
        values={"git": None, "cluster": "live"}, summary="put its manifest into Git, or delete the Service",
        commands=(show(it.key),),
    )  # fmt: skip


def _compared(pair: Pair) -> bool:
    """contract.md, *Which Services are audited*."""
    if pair.declared.type == LOAD_BALANCER or pair.live.in_scope:
        return True
    both = (*pair.declared.annotations, *pair.live.annotations)
    return any(key.startswith(keys.PREFIX + "azure-") for key in both)


@rule("annotation-drifted", family=SYNC, severity=MEDIUM, per="pair", subject="field", needs=("manifests", "services"),
      variants="high for internal, visibility, auto-approval and pls-create")  # fmt: skip
def annotation_drifted(pair: Pair, _: Facts) -> Iterator[Claim]:
    """An annotation means something else in the cluster than in Git.

    Why it matters: the controller follows the cluster. The next sync, or nobody, brings it back.

    How to fix: let the GitOps tool apply Git, or take the change over into Git.

    When it is wrong: if a webhook changes the annotation on purpose.
    """
    here, there = pair.declared.annotations, pair.live.annotations
    if here == there or pair.declared.undecided or not _compared(pair):
        return
    done = set()
    for key in sorted({*here, *there}):
        name = keys.canonical(key)
        if here.get(key) == there.get(key) or name in done or not meaning.compared(key):
            continue
        done.add(name)
        wanted = [meaning.meaning(key, one.annotations) for one in (pair.declared, *pair.declared.also)]
        if meaning.meaning(key, there) in wanted:  # of several declarations, nobody knows which one counts
            continue
        yield Claim(
            message=_how_differs(key, here.get(key), there.get(key)), service=pair.live.key, field=key,
            values={"git": here.get(key), "cluster": there.get(key)}, severity=HIGH if name in GRAVE else None,
            summary=AS_GIT_SAYS, commands=(annotate(pair.live.key, key, here.get(key)),),
        )  # fmt: skip


def _how_differs(key: str, here: str | None, there: str | None) -> str:
    name = key.removeprefix(keys.PREFIX)
    if here is None:
        return f'The cluster has {name} "{there}", Git does not set it.'
    if there is None:
        return f'Git sets {name} to "{here}", the cluster does not have it.'
    return f'Git sets {name} to "{here}", the cluster has "{there}".'


def _port_key(port: Port) -> tuple[str, int]:
    return port.protocol, port.port


def _same_ports(here: tuple[Port, ...], there: tuple[Port, ...] | None, *, bare: bool) -> bool:
    """Compare as sets; a node port only where Git sets it, and not on a ClusterIP Service, which has none (`bare`)."""
    given = {_port_key(p): p for p in there or ()}
    if {_port_key(p) for p in here} != set(given):
        return False
    for port in here:
        other = given[_port_key(port)]
        if (port.name, port.target_port, port.app_protocol) != (other.name, other.target_port, other.app_protocol):
            return False
        if not bare and port.node_port is not None and port.node_port != other.node_port:
            return False
    return True


def _ranges(service: Service) -> frozenset[str]:
    return frozenset(r.strip() for r in service.source_ranges or ())


def _differences(here: Declared, there: Live) -> Iterator[tuple[str, Any, Any]]:
    """Field, declared value, live value; only what Git sets."""
    if here.type != there.type:
        yield "spec.type", here.type, there.type
    if here.ports is not None and not _same_ports(here.ports, there.ports, bare=there.type == "ClusterIP"):
        yield "spec.ports", _show_ports(here.ports), _show_ports(there.ports or ())
    if here.source_ranges is not None and _ranges(here) != _ranges(there):
        yield "spec.loadBalancerSourceRanges", sorted(_ranges(here)), sorted(_ranges(there))
    if here.ip_families and here.ip_families != there.ip_families:
        yield "spec.ipFamilies", list(here.ip_families), list(there.ip_families or ())
    if here.load_balancer_ip is not None and here.load_balancer_ip != (there.load_balancer_ip or ""):
        yield "spec.loadBalancerIP", here.load_balancer_ip, there.load_balancer_ip
    plain: list[tuple[str, Any, Any]] = [
        ("spec.ipFamilyPolicy", here.ip_family_policy, there.ip_family_policy),
        ("spec.sessionAffinity", here.session_affinity, there.session_affinity),
    ]
    balancing: list[tuple[str, Any, Any]] = [
        ("spec.externalTrafficPolicy", here.external_traffic_policy, there.external_traffic_policy),
        ("spec.loadBalancerClass", here.load_balancer_class, there.load_balancer_class),
        ("spec.allocateLoadBalancerNodePorts", here.allocate_node_ports, there.allocate_node_ports),
    ]
    if there.type != LOAD_BALANCER:  # the API server drops these from other types: they are one difference, of the type
        balancing = [found for found in balancing if found[2] is not None]
    for field, declared, live in (*plain, *balancing):
        if declared not in {None, ""} and declared != live:
            yield field, declared, live


def _show_ports(ports: tuple[Port, ...]) -> list[str]:
    return [
        f"{p.protocol} {p.port} to {p.target_port}" + (f" ({p.name})" if p.name else "")
        + (f", {p.app_protocol}" if p.app_protocol else "") + (f", node port {p.node_port}" if p.node_port else "")
        for p in sorted(ports, key=_port_key)
    ]  # fmt: skip


@rule("spec-drifted", family=SYNC, severity=MEDIUM, per="pair", subject="field", needs=("manifests", "services"),
      variants="high for `type`")  # fmt: skip
def spec_drifted(pair: Pair, _: Facts) -> Iterator[Claim]:
    """A field of the spec differs between Git and cluster.

    Why it matters: ports, families, policy or type decide what the controller makes.

    How to fix: let the GitOps tool apply Git, or take the change over into Git.

    When it is wrong: fields that Git leaves out are never compared (a missing `type` means ClusterIP).
    """
    if pair.declared.undecided or not _compared(pair):
        return
    others = [{field for field, *_ in _differences(one, pair.live)} for one in pair.declared.also]
    for field, here, there in _differences(pair.declared, pair.live):
        if any(field not in differing for differing in others):
            continue
        yield Claim(
            message=f"Git sets {field} to {_show(here)}, the cluster has {_show(there)}.", service=pair.live.key,
            field=field, values={"git": here, "cluster": there}, severity=HIGH if field == "spec.type" else None,
            summary=AS_GIT_SAYS, commands=_restore(pair, field, here),
        )  # fmt: skip


def _show(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    return "nothing" if value is None else str(value)


def _restore(pair: Pair, field: str, here: Any) -> tuple[str, ...]:
    name = field.removeprefix("spec.")
    if isinstance(here, str):
        return (patch(pair.live.key, f'{{"{name}":"{here}"}}'),)
    return _manifest(pair.declared, "diff")


def _manifest(declared: Declared, verb: str) -> tuple[str, ...]:
    """A command on the manifest of a Service; none where no file is that manifest."""
    if declared.root is not None or declared.declared_by is not None:
        return ()
    return (f"kubectl {verb} -n {declared.namespace} -f {shlex.quote(declared.path)}",)
