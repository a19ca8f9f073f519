"""The live objects through which Git speaks of Services: did a change stop before them, or at them?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.controller import keys
from auditor.model.service import Owner, Partial
from auditor.sources.declarations.partials import FLEET_INTERNAL
from auditor.sources.discovery import flux_shapes as flux
from auditor.sources.discovery import objects
from auditor.sources.discovery.flux_status import release_cause
from auditor.sources.discovery.objects import Objects, Resource, decoded
from auditor.sources.gathered import Gathered, SourceError

KINDS: Mapping[str, tuple[Resource, str]] = {
    "Gateway": (objects.GATEWAYS, "spec.infrastructure.annotations"),
    "NginxIngressController": (objects.NGINX_CONTROLLERS, "spec.loadBalancerAnnotations"),
    "MultiClusterService": (objects.MULTI_CLUSTER_SERVICES, ""),
    "HelmRelease": (objects.HELM_RELEASES, ""),
}
"""The resource, and where its annotations for the Service stand; of a HelmRelease the declaration says where."""
_STEPS = re.compile(r"[^.\[\]]+")
_RELEASE = msgspec.json.Decoder(flux.HelmRelease)
_DOCUMENT = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class LiveOwner:
    """One of those objects as the API server answered it: the part that is compared."""

    owner: Owner
    spec: Mapping[str, Any]
    annotations: Mapping[str, Any]
    held: str | None = None
    """Of a HelmRelease: why it may not have passed on what it says."""


def live_owners(partials: Iterable[Partial], source: Objects, gathered: Gathered) -> dict[Owner, LiveOwner]:
    """The live objects of those kinds that Git's declarations name; what may not be read is a gap of no rule."""
    wanted = {one.owner for one in partials if one.owner.kind in KINDS}
    found: dict[Owner, LiveOwner] = {}
    for kind in sorted({owner.kind for owner in wanted}):
        try:
            raw = source.every(KINDS[kind][0])
        except objects.AbsentError:
            continue
        except SourceError as e:
            gathered.missed("*", "declarations", f"whether changes stopped at a {kind} is not known: {e}")
            continue
        for one in filter(None, (_live(kind, data) for data in raw)):
            if one.owner in wanted:
                found[one.owner] = one
    return found


def _live(kind: str, data: bytes) -> LiveOwner | None:
    document = decoded(data, _DOCUMENT)
    if isinstance(document, str):
        return None
    metadata, spec = document.get("metadata"), document.get("spec")
    if not isinstance(metadata, dict):
        return None
    annotations = metadata.get("annotations")
    return LiveOwner(
        Owner(kind, str(metadata.get("namespace") or ""), str(metadata.get("name") or "")),
        spec if isinstance(spec, dict) else {},
        annotations if isinstance(annotations, dict) else {},
        _held(data) if kind == "HelmRelease" else None,
    )


def _held(data: bytes) -> str | None:
    one = decoded(data, _RELEASE)
    return None if isinstance(one, str) else release_cause(one)


def stopped_at(partial: Partial, live: LiveOwner | None, keys: Iterable[str] | None = None) -> str | None:
    """Where a change stopped that is in Git and not on the Service; None where the object is not known.

    `keys`: the annotations in which the Service differs; without them all that Git sets.
    """
    if live is None:
        return None
    has = _annotations(partial, live)
    if has is None:
        return None
    wanted = [key for key in (partial.annotations if keys is None else keys) if key in partial.annotations]
    other = [key for key in wanted if _text(has.get(key)) != partial.annotations[key]]
    if other:
        return f"{partial.owner} has another {other[0]} than Git: the change is not applied to it yet"
    if not wanted:
        return None
    return live.held or f"{partial.owner} has Git's value already: what makes the Service of it has not passed it on"


def _annotations(partial: Partial, live: LiveOwner) -> Mapping[str, Any] | None:
    """What the live object says of the Service where Git's does; None: it cannot be found there."""
    where = KINDS[partial.owner.kind][1] if partial.owner.kind in KINDS else partial.where
    if partial.owner.kind == "MultiClusterService":
        yes = str(live.annotations.get(FLEET_INTERNAL)) in ("1", "t", "T", "TRUE", "true", "True")
        return {keys.INTERNAL: "true"} if yes else {}
    here: Any = {"spec": live.spec}
    for step in _STEPS.findall(where or partial.where):
        if isinstance(here, list):
            here = here[int(step)] if step.isdigit() and int(step) < len(here) else None
        else:
            here = here.get(step) if isinstance(here, dict) else None
    if partial.owner.kind != "HelmRelease":
        return here if isinstance(here, dict) else {}
    if not isinstance(here, dict):
        return None  # it takes its values from elsewhere
    inner = here.get("annotations")
    return inner if isinstance(inner, dict) else here


def _text(value: Any) -> str | None:
    """A value as an annotation has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
