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
from auditor.rules.ignored import agreed
from auditor.rules.made_by import by_maker, made_by

COPIED = tuple(field.name for field in dataclasses.fields(Service))
SPEC = {
    "type": "spec.type", "load_balancer_ip": "spec.loadBalancerIP", "source_ranges": "spec.loadBalancerSourceRanges",
    "external_traffic_policy": "spec.externalTrafficPolicy", "load_balancer_class": "spec.loadBalancerClass",
    "ip_family_policy": "spec.ipFamilyPolicy", "ip_families": "spec.ipFamilies",
}  # fmt: skip
"""Attributes of a Service that a partial declaration may set, as the rules call them."""
Choice = tuple[Partial, list[Live]]
"""A partial declaration, and the Services that its object has made."""


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
    makers = by_maker(services)
    blind = any(gap.source == "kubernetes" and gap.kind == "services" for gap in snapshot.gaps)
    chosen: dict[ServiceKey, list[Choice]] = defaultdict(list)
    others: dict[ServiceKey, Partial] = {}
    gaps: list[Gap] = []
    for partial in snapshot.partials:
        found = made_by(partial, makers)
        best = _chosen(partial, found)
        for one in found:
            others.setdefault(one.key, partial)
        if isinstance(best, Live):
            chosen[best.key].append((partial, found))
        elif found or not namespaces or _home(partial) in namespaces:
            gaps.append(_untold(partial, best, blind=blind))
    settled = {key: _settled(key, chosen) for key in chosen}
    gaps += [gap for _, doubtful in settled.values() for gap in doubtful]
    whole = {one.key for one in snapshot.declared or ()}
    laid = []
    for key in sorted(others.keys() - whole):
        declared, contradictions = _laid(live[key], settled[key][0] if key in settled else (), others[key])
        laid.append(declared)
        gaps += contradictions
    if snapshot.declared is None and not any(gap.source == "git" and gap.kind == "manifests" for gap in snapshot.gaps):
        gaps.append(Gap(source="git", scope="*", kind="manifests", reason="was not read"))
    return dataclasses.replace(
        snapshot, declared=(*(snapshot.declared or ()), *laid), gaps=tuple(dict.fromkeys((*snapshot.gaps, *gaps)))
    )


def _home(partial: Partial) -> str:
    """The namespace in which the Service of an object is, as far as the object says it."""
    return partial.release.namespace if partial.release else partial.owner.namespace


def _chosen(partial: Partial, candidates: list[Live]) -> Live | list[Live]:
    """The only LoadBalancer Service, else the one that carries most of the keys; several: nobody knows."""
    balancing = [one for one in candidates if one.type == LOAD_BALANCER] or candidates
    if len(balancing) < 2:  # noqa: PLR2004 - one is no choice
        return balancing[0] if balancing else []
    carried = {one.key: sum(key in one.annotations for key in partial.annotations) for one in balancing}
    most = max(carried.values())
    best = [one for one in balancing if carried[one.key] == most]
    return best[0] if len(best) == 1 else best


def _settled(key: ServiceKey, chosen: Mapping[ServiceKey, list[Choice]]) -> tuple[list[Partial], list[Gap]]:
    """Several maps of one object, where another Service of it is left without any: one of them may be that one's."""
    kept: list[Partial] = []
    gaps: list[Gap] = []
    for partial, found in chosen[key]:
        rivals = any(one.owner == partial.owner and one.where != partial.where for one, _ in chosen[key])
        free = [one for one in found if one.key != key and one.type == LOAD_BALANCER and one.key not in chosen]
        if rivals and free:
            gaps.append(_untold(partial, [*(one for one in found if one.key == key), *free], blind=False))
        else:
            kept.append(partial)
    return kept, gaps


def _untold(partial: Partial, found: list[Live], *, blind: bool) -> Gap:
    if found:
        names = ", ".join(sorted(str(one.key) for one in found))
        reason = f"does not say of which Service it speaks: it may be {names}"
    elif blind:
        reason = "speaks of a Service that was not seen: not all Services could be read"
    else:
        reason = "speaks of a Service, and the cluster has none that it made"
    return _gap(partial, f"({partial.where or 'its annotations'}) {reason}")


def _gap(partial: Partial, reason: str) -> Gap:
    return Gap(
        source="git", scope=f"{partial.source}/{partial.path}", kind="declarations",
        reason=f"{partial.path}:{partial.line} {partial.owner} {reason}",
    )  # fmt: skip


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
        fields.update(named)
        annotations = _over(annotations, told)
        spoken |= {*told, *(SPEC[name] for name in named)}
        elsewhere = one.path if one.path != first.path else ""
        places |= {key: place._replace(path=place.path or elsewhere) for key, place in one.places.items()}
        # What the cluster has taken over word by word was put in quotes by its chart.
        not_strings |= {
            k: kind for k, kind in one.not_strings.items() if k in told and live.annotations.get(k) != told[k]
        }
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
    split = {key: told for key, told in said.items() if any(value != told[0][0] for value, _ in told)}
    gaps = []
    for key, told in sorted(split.items()):
        places = " and ".join(dict.fromkeys(_where(key, one) for _, one in told))
        gaps.append(_gap(told[-1][1], f"sets {key} in two ways, so it is not compared: {places}; keep one"))
    return set(split), gaps


def _where(key: str, partial: Partial) -> str:
    place = partial.places.get(key)
    return f"{(place.path if place else '') or partial.path}:{place.line if place else partial.line}"


def _over(live: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The live annotations with those that are declared; the same key in another spelling gives way."""
    names = {keys.canonical(key) for key in given}
    return {key: value for key, value in live.items() if keys.canonical(key) not in names} | dict(given)
