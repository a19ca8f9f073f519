"""Differences that the GitOps tool is told to ignore: Argo CD's ignoreDifferences, Flux's driftIgnoreRules.

They are taken out of a comparison by laying the live value over the declared one (`agreed`), so no rule has to know.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from auditor.model.service import Declared, Live, Owner

TRACKING, INSTANCE = "argocd.argoproj.io/tracking-id", "app.kubernetes.io/instance"
COMPARE = "argocd.argoproj.io/compare-options"
FLUX = "kustomize.toolkit.fluxcd.io"
ANNOTATIONS = "/metadata/annotations"
SPEC = {
    "type": "type", "loadBalancerIP": "load_balancer_ip", "loadBalancerClass": "load_balancer_class",
    "loadBalancerSourceRanges": "source_ranges", "ports": "ports", "ipFamilies": "ip_families",
    "ipFamilyPolicy": "ip_family_policy", "externalTrafficPolicy": "external_traffic_policy",
    "sessionAffinity": "session_affinity", "allocateLoadBalancerNodePorts": "allocate_node_ports",
    "healthCheckNodePort": "health_check_node_port",
}  # fmt: skip
"""Fields of a Service's spec to the attributes that a rule compares."""
_STEP = re.compile(r"""\.?\["((?:[^"\\]|\\.)+)"\]|\."((?:[^"\\]|\\.)+)"|\.([A-Za-z_]\w*)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """One rule that concerns Services."""

    owner: Owner
    """The Application or Kustomization that has it."""
    name: str = ""
    """Glob of the Service's name; empty: any."""
    namespace: str = ""
    pointers: tuple[str, ...] = ()
    """JSON pointers of what is ignored."""
    managers: tuple[str, ...] = ()
    """What these field managers wrote is ignored. Which fields those are is not known of a Service that was read, so
    all of them count as theirs where the latest write was."""

    def concerns(self, live: Live) -> bool:
        """True if it is about this Service."""
        named = fnmatchcase(live.name, self.name or "*") and fnmatchcase(live.namespace, self.namespace or "*")
        return named and applied_by(self.owner, live)


def applied_by(owner: Owner, live: Live) -> bool:
    """True if the Service carries the mark of this Application or Kustomization."""
    if owner.kind == "Kustomization":
        found = live.labels.get(f"{FLUX}/namespace"), live.labels.get(f"{FLUX}/name")
        return found == (owner.namespace, owner.name)
    if tracked := live.annotations.get(TRACKING):
        return tracked.partition(":")[0] in {owner.name, f"{owner.namespace}_{owner.name}"}
    return live.labels.get(INSTANCE) == owner.name


def pointer(expression: str) -> str | None:
    """The JSON pointer that a jq path is, as `.spec.loadBalancerIP` or `.metadata.annotations["a/b"]`; None: none."""
    at, steps = 0, list[str]()
    while at < len(expression):
        found = _STEP.match(expression, at)
        if found is None:
            return None
        step = next(group for group in found.groups() if group is not None)
        steps.append(re.sub(r"\\(.)", r"\1", step).replace("~", "~0").replace("/", "~1"))
        at = found.end()
    return "".join(f"/{step}" for step in steps) or None


def agreed(declared: Declared, live: Live, rules: Iterable[Ignored]) -> Declared:
    """What Git declares, with the live value wherever the difference is to be ignored."""
    pointers: list[str] = []
    for rule in rules:
        if rule.concerns(live):
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
    return dataclasses.replace(declared, annotations=annotations, **fields)


def _take(annotations: dict[str, str], live: Live, key: str) -> None:
    if key in live.annotations:
        annotations[key] = live.annotations[key]
    else:
        annotations.pop(key, None)


def extraneous(live: Live) -> bool:
    """True if Argo CD is told that it is no fault of this Service not to be in Git."""
    return "IgnoreExtraneous" in {one.strip() for one in live.annotations.get(COMPARE, "").split(",")}
