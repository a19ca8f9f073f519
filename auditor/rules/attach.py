"""Which Service a partial declaration speaks of: the one that its object has made.

What it says is laid over the live Service, so that the rules see one declared Service in which nothing differs from
the cluster but what Git decides. Where it cannot be told which Service is meant, or what of two contradicting maps
counts, nothing is judged, and that is said. Of the other Services of the object Git decides nothing; but they are
made by what is in Git.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from auditor.controller import keys
from auditor.model.service import LOAD_BALANCER, Declared, Live, Partial, Place, Service, ServiceKey
from auditor.model.snapshot import Gap, Snapshot
from auditor.rules.choice import choose
from auditor.rules.ignored import agreed
from auditor.rules.made_by import by_maker, made_by
from auditor.rules.settle import Told, gap_of, settle, untold
from auditor.rules.unknown import FOLDER, is_followed, unknown, unread_folders

COPIED = tuple(field.name for field in dataclasses.fields(Service))
SPEC = {
    "type": "spec.type", "load_balancer_ip": "spec.loadBalancerIP", "source_ranges": "spec.loadBalancerSourceRanges",
    "external_traffic_policy": "spec.externalTrafficPolicy", "load_balancer_class": "spec.loadBalancerClass",
    "ip_family_policy": "spec.ipFamilyPolicy", "ip_families": "spec.ipFamilies",
}  # fmt: skip
"""Attributes of a Service that a partial declaration may set, as the rules call them."""
BALANCED = ("load_balancer_ip", "source_ranges", "external_traffic_policy", "load_balancer_class")
"""Those that charts leave out of a Service that is no load balancer: the API server refuses most of them there."""


def attached(snapshot: Snapshot, namespaces: frozenset[str] = frozenset()) -> Snapshot:
    """The snapshot with each partial declaration turned into one of the Service that its object has made.

    A Service that is declared whole stays as it is. Nothing is attached where the Services were not read. Of all of
    them the differences that are to be ignored are none. `namespaces`: those that were asked for; empty: all.
    """
    if snapshot.services is None:
        return snapshot
    whole = _attached(snapshot, snapshot.services, namespaces) if snapshot.partials else snapshot
    if not whole.ignored or not whole.declared:
        return whole
    live = {one.key: one for one in snapshot.services}
    declared = (agreed(one, live[one.key], whole.ignored) if one.key in live else one for one in whole.declared)
    return dataclasses.replace(whole, declared=tuple(declared))


def _attached(snapshot: Snapshot, services: tuple[Live, ...], namespaces: frozenset[str]) -> Snapshot:
    live = {one.key: one for one in services}
    whole = {one.key for one in snapshot.declared or ()}
    makers = by_maker(services)
    blind = any(gap.source == "kubernetes" and gap.kind == "services" for gap in snapshot.gaps)
    told: list[Told] = []
    others: dict[ServiceKey, Partial] = {}
    gaps: list[Gap] = []
    for partial in snapshot.partials:
        if partial.owner.kind == FOLDER or (not partial.speaks and is_followed(partial.owner, snapshot)):
            continue  # what it applies is looked at as a whole
        found = made_by(partial, makers)
        for one in found:
            others.setdefault(one.key, partial)
        if partial.unknown:
            gaps += unknown(partial, [one for one in found if one.key not in whole])
        elif partial.speaks:
            told.append(Told(partial, found, choose(partial, found)))
    gaps += unread_folders(snapshot, {*whole, *others})
    settled = settle(told, whole)
    for each in told:
        at_home = not namespaces or _home(each.partial) in namespaces
        if not each.choice.services and not each.partial.elsewhere and (each.made or at_home):
            gaps.append(untold(each.partial, (), blind=blind))
    laid = []
    for key in sorted(others.keys() - whole):
        declared, contradictions = _laid(live[key], settled.kept.get(key, ()), others[key])
        laid.append(declared)
        gaps += contradictions
    gaps += settled.gaps
    if snapshot.declared is None and not any(gap.source == "git" and gap.kind == "manifests" for gap in snapshot.gaps):
        gaps.append(Gap(source="git", scope="*", kind="manifests", reason="was not read"))
    return dataclasses.replace(
        snapshot, declared=(*(snapshot.declared or ()), *laid), gaps=tuple(dict.fromkeys((*snapshot.gaps, *gaps)))
    )


def _home(partial: Partial) -> str:
    """The namespace in which the Service of an object is, as far as the object says it."""
    return partial.release.namespace if partial.release else partial.owner.namespace


def _laid(live: Live, partials: Iterable[Partial], maker: Partial) -> tuple[Declared, list[Gap]]:
    """What Git says of a Service, laid over what the cluster has; and a gap for what it says in two ways."""
    given = list(partials)
    first = given[0] if given else maker
    fields: dict[str, Any] = {name: getattr(live, name) for name in COPIED}
    annotations = dict(live.annotations)
    places, not_strings = dict[str, Place](), dict[str, str]()
    spoken: set[str] = set()
    split, gaps = _contradictions(given)
    for one in given:
        told = {key: text for key, text in one.annotations.items() if keys.canonical(key) not in split}
        named = {name: value for name, value in one.fields.items() if name in SPEC and SPEC[name] not in split}
        fields.update({name: value for name, value in named.items() if value or SPEC[name] not in spoken})
        annotations = _over(annotations, told)
        spoken |= {*told, *(SPEC[name] for name in named)}
        elsewhere = one.path if one.path != first.path else ""
        places |= {key: place._replace(path=place.path or elsewhere) for key, place in one.places.items()}
        # What the cluster has taken over word by word was put in quotes by its chart.
        not_strings |= {
            k: kind for k, kind in one.not_strings.items() if k in told and live.annotations.get(k) != told[k]
        }
    if fields["type"] != LOAD_BALANCER:
        fields |= {name: getattr(live, name) for name in BALANCED}
        spoken -= {SPEC[name] for name in BALANCED}
    declared = Declared(
        **{**fields, "annotations": annotations}, source=first.source, path=first.path, line=first.line,
        places={key: place for key, place in places.items() if key in spoken}, not_strings=not_strings,
        declared_by=first.owner, speaks_for=frozenset(spoken),
    )  # fmt: skip
    return declared, gaps


def _contradictions(given: list[Partial]) -> tuple[set[str], list[Gap]]:
    """Canonical annotation keys and fields that are set in two ways, each with the places."""
    said: dict[str, list[tuple[Any, Partial]]] = defaultdict(list)
    for one in given:
        for key, text in one.annotations.items():
            said[keys.canonical(key)].append((text, one))
        for name, value in one.fields.items():
            said[SPEC.get(name, name)].append((value, one))
    # What is left empty in one map gives way to what another sets.
    set_ = {key: [one for one in told if one[0]] or told for key, told in said.items()}
    split = {key: told for key, told in set_.items() if any(value != told[0][0] for value, _ in told)}
    gaps = []
    for key, told in sorted(split.items()):
        places = " and ".join(dict.fromkeys(_where(key, one) for _, one in told))
        gaps.append(gap_of(told[-1][1], f"sets {key} in two ways, so it is not compared: {places}; keep one"))
    return set(split), gaps


def _where(key: str, partial: Partial) -> str:
    place = partial.places.get(key) or Place(partial.line, 1)
    path = place.path or partial.path
    return f"{path}:{place.line}" if place.line else path


def _over(live: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The live annotations with those that are declared; the same key in another spelling gives way."""
    names = {keys.canonical(key) for key in given}
    return {key: value for key, value in live.items() if keys.canonical(key) not in names} | dict(given)
