"""Which Service a partial declaration speaks of: the one that its object has made.

What it says is laid over the live Service, so that the rules see one declared Service in which nothing differs from
the cluster but what Git decides. Where it cannot be told which Service is meant, nothing is judged, and that is said.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping

from auditor.controller import keys
from auditor.model.service import LOAD_BALANCER, Declared, Live, Owner, Partial, Place, Service, ServiceKey
from auditor.model.snapshot import Gap, Snapshot

FLUX_NAME, FLUX_NAMESPACE = "helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"
HELM_NAME, HELM_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
ARGO_ID, ARGO_INSTANCE = "argocd.argoproj.io/tracking-id", "app.kubernetes.io/instance"
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
FLEET_NAME, FLEET_NAMESPACE = (
    "networking.fleet.azure.com/multi-cluster-service-name",
    "networking.fleet.azure.com/multi-cluster-service-namespace",
)
COPIED = tuple(field.name for field in dataclasses.fields(Service))
SPEC = {
    "type": "spec.type", "load_balancer_ip": "spec.loadBalancerIP", "source_ranges": "spec.loadBalancerSourceRanges",
    "external_traffic_policy": "spec.externalTrafficPolicy", "load_balancer_class": "spec.loadBalancerClass",
    "ip_family_policy": "spec.ipFamilyPolicy", "ip_families": "spec.ipFamilies",
}  # fmt: skip
"""Attributes of a Service that a partial declaration may set, as the rules call them."""


def attached(snapshot: Snapshot) -> Snapshot:
    """The snapshot with each partial declaration turned into one of the Service that its object has made.

    A Service that is declared whole stays as it is. Nothing is attached where the Services were not read.
    """
    if not snapshot.partials or snapshot.services is None:
        return snapshot
    whole = {one.key for one in snapshot.declared or ()}
    chosen: dict[ServiceKey, list[Partial]] = defaultdict(list)
    live = {one.key: one for one in snapshot.services}
    gaps: list[Gap] = []
    for partial in snapshot.partials:
        found = _chosen(partial, [one for one in snapshot.services if made(partial, one)])
        if isinstance(found, Live):
            chosen[found.key].append(partial)
        else:
            gaps.append(_untold(partial, found))
    laid = [_laid(live[key], partials) for key, partials in sorted(chosen.items()) if key not in whole]
    return dataclasses.replace(
        snapshot, declared=(*(snapshot.declared or ()), *laid), gaps=tuple(dict.fromkeys((*snapshot.gaps, *gaps)))
    )


def made(partial: Partial, live: Live) -> bool:
    """True if the object of the declaration has made the Service, by what its controller writes on it."""
    owner = partial.owner
    if owner.kind == "HelmRelease":
        return _of_release(partial, live)
    if owner.kind == "Application":
        return _of_application(owner, live)
    if owner.kind == "Gateway":
        named = live.labels.get(GATEWAY_NAME) == owner.name or ("Gateway", owner.name) in live.owners
        return named and live.namespace == owner.namespace
    if owner.kind == "MultiClusterService":
        labels = (live.labels.get(FLEET_NAMESPACE), live.labels.get(FLEET_NAME))
        return labels == (owner.namespace, owner.name)
    return (owner.kind, owner.name) in live.owners


def _of_release(partial: Partial, live: Live) -> bool:
    owner = partial.owner
    if FLUX_NAME in live.labels:
        return (live.labels.get(FLUX_NAMESPACE), live.labels[FLUX_NAME]) == (owner.namespace, owner.name)
    release = partial.release or ServiceKey(owner.namespace, owner.name)
    return (live.annotations.get(HELM_NAMESPACE), live.annotations.get(HELM_NAME)) == release


def _of_application(owner: Owner, live: Live) -> bool:
    if tracked := live.annotations.get(ARGO_ID):
        # `[<namespace>_]<application>:<group>/<kind>:<namespace>/<name>`
        return tracked.partition(":")[0] in {owner.name, f"{owner.namespace}_{owner.name}"}
    return live.labels.get(ARGO_INSTANCE) == owner.name


def _chosen(partial: Partial, candidates: list[Live]) -> Live | list[Live]:
    """The only LoadBalancer Service, else the one that carries most of the keys; several: nobody knows."""
    balancing = [one for one in candidates if one.type == LOAD_BALANCER] or candidates
    if len(balancing) < 2:  # noqa: PLR2004 - one is no choice
        return balancing[0] if balancing else []
    carried = {one.key: sum(key in one.annotations for key in partial.annotations) for one in balancing}
    most = max(carried.values())
    best = [one for one in balancing if carried[one.key] == most]
    return best[0] if len(best) == 1 else best


def _untold(partial: Partial, found: list[Live]) -> Gap:
    if found:
        names = ", ".join(sorted(str(one.key) for one in found))
        reason = f"says of which Service it speaks as little as the cluster does: it may be {names}"
    else:
        reason = "speaks of a Service, and the cluster has none of type LoadBalancer that it made"
    return Gap(
        source="git", scope=f"{partial.source}/{partial.path}", kind="declarations",
        reason=f"{partial.path}:{partial.line} {partial.owner} ({partial.where or 'its annotations'}) {reason}",
    )  # fmt: skip


def _laid(live: Live, partials: Iterable[Partial]) -> Declared:
    """What Git says of a Service, laid over what the cluster has; of two that set the same the last counts."""
    given = list(partials)
    first = given[0]
    fields: dict[str, object] = {name: getattr(live, name) for name in COPIED}
    spoken: set[str] = set()
    places, not_strings = dict[str, Place](), dict[str, str]()
    annotations: Mapping[str, str] = live.annotations
    for one in given:
        fields.update(one.fields)
        annotations = _over(annotations, one.annotations)
        spoken |= {*one.annotations, *one.not_strings, *(SPEC[name] for name in one.fields if name in SPEC)}
        elsewhere = one.path if one.path != first.path else ""
        places |= {key: place._replace(path=place.path or elsewhere) for key, place in one.places.items()}
        not_strings |= one.not_strings
    return Declared(
        **{**fields, "annotations": annotations},  # type: ignore[arg-type]
        source=first.source, path=first.path, line=first.line, places=places, not_strings=not_strings,
        declared_by=first.owner, speaks_for=frozenset(spoken),
    )  # fmt: skip


def _over(live: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The live annotations with those that are declared; the same key in another spelling gives way."""
    names = {keys.canonical(key) for key in given}
    return {key: value for key, value in live.items() if keys.canonical(key) not in names} | dict(given)
