"""Where a change stopped that is in Git and not on the Service: asked only of objects whose Service differs."""

from __future__ import annotations

from auditor.model.service import Declared, Partial
from auditor.model.snapshot import Snapshot
from auditor.rules.attach import attached
from auditor.sources.discovery.live_owners import KINDS, live_owners, stopped_at
from auditor.sources.discovery.objects import Objects
from auditor.sources.gathered import Gathered


def stops(snapshot: Snapshot, objects: Objects, gathered: Gathered) -> dict[str, str]:
    """By object, as sentences call it: whether the change is not on it yet, or has gone no further than it."""
    keys = {
        str(one.declared_by): found for one in attached(snapshot).declared or () if (found := _other(one, snapshot))
    }
    asked = [one for one in snapshot.partials if str(one.owner) in keys and one.owner.kind in KINDS]
    if not asked:
        return {}
    live = live_owners(asked, objects, gathered)
    said = {str(one.owner): stopped_at(one, live.get(one.owner), _mine(one, keys)) for one in asked}
    return {owner: text for owner, text in said.items() if text}


def _other(declared: Declared, snapshot: Snapshot) -> set[str]:
    """The annotations that Git decides through another object, and in which the live Service differs."""
    if declared.declared_by is None or declared.speaks_for is None:
        return set()
    live = next((one for one in snapshot.services or () if one.key == declared.key), None)
    if live is None:
        return set()
    return {
        key for key in declared.speaks_for
        if key in declared.annotations and live.annotations.get(key) != declared.annotations[key]
    }  # fmt: skip


def _mine(partial: Partial, keys: dict[str, set[str]]) -> list[str]:
    return sorted(keys[str(partial.owner)] & set(partial.annotations))
