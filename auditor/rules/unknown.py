"""Objects in Git of which nobody knows what their Services get: a gap where they made any, and nothing elsewhere."""

from collections.abc import Collection, Iterable, Iterator

from auditor.controller import keys
from auditor.model.service import LOAD_BALANCER, Live, Owner, Partial, ServiceKey
from auditor.model.snapshot import Gap, Snapshot
from auditor.rules.made_by import FLUX_NAME, KUSTOMIZATION_NAME
from auditor.rules.say import some
from auditor.rules.settle import gap_of

FOLDER = "Kustomization"
"""Of Flux: what it applies stands in a folder."""
_OF_SEVERAL = frozenset({"ApplicationSet", "EnvoyProxy"})
"""Kinds of which it is not followed what they are used for."""
_ARGO = frozenset({"Application", "ApplicationSet"})


def is_followed(owner: Owner, snapshot: Snapshot) -> bool:
    """True of Applications with `intent: argocd`: the cluster says which there are, and what is not read is a gap."""
    kinds = {one.kind for source in snapshot.git for one in source.owners}
    return owner.kind in _ARGO and "Application" in kinds


def unknown(partial: Partial, made: Iterable[Live]) -> Iterator[Gap]:
    """The gap of an object that made load balancers, those of `made` that have no manifest of their own."""
    names = sorted(str(one.key) for one in made if one.type == LOAD_BALANCER)
    if names:
        made_it = "may have made" if partial.owner.kind in _OF_SEVERAL else "made"
        yield gap_of(partial, f"{partial.unknown}; it {made_it} {some(names)}")


def unread_folders(snapshot: Snapshot, told: Collection[ServiceKey]) -> Iterator[Gap]:
    """Folders that Flux applies and of which nothing was read, where Flux made load balancers that nothing declares.

    `told`: Services that something in Git speaks of.
    """
    folders = [one for one in snapshot.partials if one.owner.kind == FOLDER]
    if not folders or any(owner.kind == FOLDER for source in snapshot.git for owner in source.owners):
        return
    strays = sorted(str(one.key) for one in snapshot.services or () if one.key not in told and _is_stray(one))
    if strays:
        read = {(one.source, one.path) for one in snapshot.declared or ()}
        read |= {(one.source, one.path) for one in snapshot.partials if one.owner.kind != FOLDER}
        roots = {(one.source, f"{one.root}/") for one in snapshot.declared or () if one.root}
        for one in folders:
            if not any(source == one.source and _within(path, one.where) for source, path in (*read, *roots)):
                yield gap_of(one, f"{one.unknown}; it may hold {strays[0]}")


def _is_stray(live: Live) -> bool:
    by_flux = FLUX_NAME in live.labels or KUSTOMIZATION_NAME in live.labels
    return by_flux and live.type == LOAD_BALANCER and any(map(keys.is_ours, live.annotations))


def _within(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")
