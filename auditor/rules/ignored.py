"""Differences that the GitOps tool is told to ignore: Argo CD's ignoreDifferences, Flux's driftIgnoreRules.

They are taken out of a comparison by laying the live value over the declared one, so no rule has to know.
"""

import dataclasses
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Any

from auditor.model.service import Declared, Live, Owner
from auditor.model.snapshot import Ignored
from auditor.rules.made_by import ARGO_ID, ARGO_INSTANCE, ARGO_LABEL, KUSTOMIZATION_NAME

COMPARE = "argocd.argoproj.io/compare-options"
FLUX = {"Kustomization": "kustomize.toolkit.fluxcd.io", "HelmRelease": "helm.toolkit.fluxcd.io"}
ANNOTATIONS = "/metadata/annotations"
SPEC = {
    "type": "type", "loadBalancerIP": "load_balancer_ip", "loadBalancerClass": "load_balancer_class",
    "loadBalancerSourceRanges": "source_ranges", "ports": "ports", "ipFamilies": "ip_families",
    "ipFamilyPolicy": "ip_family_policy", "externalTrafficPolicy": "external_traffic_policy",
    "sessionAffinity": "session_affinity", "allocateLoadBalancerNodePorts": "allocate_node_ports",
    "healthCheckNodePort": "health_check_node_port",
}  # fmt: skip
"""Fields of a Service's spec to the attributes that a rule compares."""


def concerned(rule: Ignored, live: Live) -> bool:
    """True if a rule is about this Service."""
    named = fnmatchcase(live.name, rule.name or "*") and fnmatchcase(live.namespace, rule.namespace or "*")
    return named and applied_by(rule.owner, live)


def applied_by(owner: Owner, live: Live) -> bool:
    """True if the Service carries the mark of this Application, Kustomization or HelmRelease."""
    if flux := FLUX.get(owner.kind):
        found = live.labels.get(f"{flux}/namespace"), live.labels.get(f"{flux}/name")
        return found == (owner.namespace, owner.name)
    if tracked := live.annotations.get(ARGO_ID):
        return tracked.partition(":")[0] in {owner.name, f"{owner.namespace}_{owner.name}"}
    return (live.labels.get(ARGO_LABEL) or live.labels.get(ARGO_INSTANCE)) == owner.name


def marked(live: Live) -> bool:
    """True if Argo CD or Flux applied this very Service: copies of marks of other objects do not count."""
    tracked = live.annotations.get(ARGO_ID, "").endswith(f":/Service:{live.namespace}/{live.name}")
    return tracked or ARGO_LABEL in live.labels or KUSTOMIZATION_NAME in live.labels


def agreed(declared: Declared, live: Live, rules: Collection[Ignored]) -> Declared:
    """What Git declares, with the live value wherever the difference is to be ignored."""
    pointers: list[str] = []
    for rule in rules:
        if concerned(rule, live):
            pointers += rule.pointers
            if live.changed_by in rule.managers:
                pointers += [ANNOTATIONS, "/spec"]
    if not pointers:
        return declared
    annotations = dict(declared.annotations)
    fields: dict[str, Any] = {}
    for one in dict.fromkeys(pointers):
        if one in ("", "/metadata", ANNOTATIONS):
            annotations = dict(live.annotations)
        elif one.startswith(f"{ANNOTATIONS}/"):
            _take(annotations, live, one.removeprefix(f"{ANNOTATIONS}/").replace("~1", "/").replace("~0", "~"))
        if one in ("", "/spec"):
            fields |= {name: getattr(live, name) for name in SPEC.values()}
        elif (name := SPEC.get(one.removeprefix("/spec/"))) is not None:
            fields[name] = getattr(live, name)
    also = tuple(agreed(one, live, rules) for one in declared.also)
    return dataclasses.replace(declared, annotations=annotations, also=also, **fields)


def _take(annotations: dict[str, str], live: Live, key: str) -> None:
    if key in live.annotations:
        annotations[key] = live.annotations[key]
    else:
        annotations.pop(key, None)


def extraneous(live: Live) -> bool:
    """True if Argo CD is told that it is no fault of this Service not to be in Git."""
    return "IgnoreExtraneous" in {one.strip() for one in live.annotations.get(COMPARE, "").split(",")}
